package delivery

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// mailbox sends mails through a server that knows STARTTLS.
type mailbox struct {
	target Target
	secret string
	roots  *x509.CertPool
	now    func() time.Time
}

// Send sends an alert as text or a report as HTML. The Message-ID is made of the message's key, by which a mailbox may
// know a mail that comes twice.
func (m *mailbox) Send(ctx context.Context, p Parcel) error {
	text, err := m.letter(p)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(m.target.Mail)
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	var dialer net.Dialer
	line, err := dialer.DialContext(ctx, "tcp", m.target.Mail)
	if err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	defer line.Close()
	if end, ok := ctx.Deadline(); ok {
		if err := line.SetDeadline(end); err != nil {
			return fmt.Errorf("send mail: %w", err)
		}
	}
	server, err := smtp.NewClient(line, host)
	if err != nil {
		return fmt.Errorf("send mail: %w", smtpError(err))
	}
	defer server.Close()
	if err := m.hand(server, host, text); err != nil {
		return fmt.Errorf("send mail: %w", smtpError(err))
	}
	return nil
}

// hand goes through the steps of SMTP. Without TLS nothing is sent.
func (m *mailbox) hand(server *smtp.Client, host string, text []byte) error {
	if ok, _ := server.Extension("STARTTLS"); !ok {
		return errors.New("the server does not know STARTTLS")
	}
	if err := server.StartTLS(&tls.Config{ServerName: host, RootCAs: m.roots, MinVersion: tls.VersionTLS12}); err != nil {
		return err
	}
	if m.target.User != "" {
		if err := server.Auth(smtp.PlainAuth("", m.target.User, m.secret, host)); err != nil {
			return err
		}
	}
	from, err := mail.ParseAddress(m.target.From)
	if err != nil {
		return err
	}
	if err := server.Mail(from.Address); err != nil {
		return err
	}
	for _, to := range m.target.To {
		if err := server.Rcpt(to); err != nil {
			return err
		}
	}
	out, err := server.Data()
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return err
	}
	if err := out.Close(); err != nil { // the server has the mail when this succeeds
		return err
	}
	_ = server.Quit()
	return nil
}

// smtpError keeps the code of a server's answer and leaves out its text.
func smtpError(err error) error {
	var coded *textproto.Error
	if !errors.As(err, &coded) {
		return err
	}
	short := fmt.Errorf("the server says %d", coded.Code)
	if coded.Code == 552 || coded.Code == 554 { // too large, or refused for good
		return permanent{short}
	}
	return short
}

// letter writes the mail.
func (m *mailbox) letter(p Parcel) ([]byte, error) {
	body, kind, subject := p.Body, "text/html; charset=utf-8", p.Subject
	if p.Kind == kindAlert {
		n, err := p.notice()
		if err != nil {
			return nil, err
		}
		body, kind, subject = []byte(n.plain()), "text/plain; charset=utf-8", n.title()
	}
	_, domain, _ := strings.Cut(strings.TrimSuffix(m.target.From, ">"), "@")
	var out bytes.Buffer
	for _, h := range [][2]string{{"From", m.target.From}, {"To", strings.Join(m.target.To, ", ")}, {"Subject", mime.BEncoding.Encode("utf-8", subject)},
		{"Date", m.now().Format(time.RFC1123Z)}, {"Message-ID", "<" + p.Key + "@" + domain + ">"}, {"MIME-Version", "1.0"},
		{"Auto-Submitted", "auto-generated"}, {"Content-Type", kind}, {"Content-Transfer-Encoding", "base64"}} {
		fmt.Fprintf(&out, "%s: %s\r\n", h[0], h[1])
	}
	out.WriteString("\r\n")
	for text := base64.StdEncoding.EncodeToString(body); text != ""; {
		line := text[:min(76, len(text))]
		text = text[len(line):]
		out.WriteString(line + "\r\n")
	}
	return out.Bytes(), nil
}
