package delivery

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"net"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

func TestABucketGetsASignedObject(t *testing.T) {
	r := newReceiver(t, func(n int) string { return map[bool]string{true: "500"}[n == 0] })
	d := newDesk(t, strings.ReplaceAll(`
account: lead
targets: {store: {bucket: lists, endpoint: "URL", region: cn-north-1, prefix: phdp/, key_id: ID, secret: KEY}}
lists: [{name: daily, segment: s, purpose: p, at: "07:30", to: [store]}]
`, "URL", r.URL))
	d.ticks(3, time.Minute)
	paths := slices.Clone(r.paths)
	slices.Sort(paths)
	if !slices.Equal(paths, []string{"PUT /lists/phdp/list.csv", "PUT /lists/phdp/list.manifest.json"}) {
		t.Fatalf("objects %q", r.paths)
	}
	for i, h := range r.headers {
		sum := sha256.Sum256([]byte(r.bodies[i]))
		if got := h.Get("X-Amz-Content-Sha256"); got != hex.EncodeToString(sum[:]) {
			t.Errorf("hash of the body %s", got)
		}
		if got := h.Get("Authorization"); !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=secret of ID/20260331/cn-north-1/s3/aws4_request, SignedHeaders=") {
			t.Errorf("authorization %s", got)
		}
		if got, want := signatureOf(h), signatureByHand(strings.Fields(r.paths[i])[1], "cn-north-1", "secret of KEY", h); got != want {
			t.Errorf("signature %s, by the specification %s", got, want)
		}
	}
}

func signatureOf(h http.Header) string {
	_, signature, _ := strings.Cut(h.Get("Authorization"), "Signature=")
	return signature
}

// signatureByHand signs a PUT without a query as AWS Signature Version 4 specifies.
func signatureByHand(path, region, secret string, h http.Header) string {
	_, names, _ := strings.Cut(h.Get("Authorization"), "SignedHeaders=")
	names, _, _ = strings.Cut(names, ",")
	canonical := "PUT\n" + path + "\n\n"
	for _, name := range strings.Split(names, ";") {
		canonical += name + ":" + strings.Join(strings.Fields(h.Get(name)), " ") + "\n"
	}
	canonical += "\n" + names + "\n" + h.Get("X-Amz-Content-Sha256")
	sum := sha256.Sum256([]byte(canonical))
	at := h.Get("X-Amz-Date")
	key := []byte("AWS4" + secret)
	for _, part := range []string{at[:8], region, "s3", "aws4_request", "AWS4-HMAC-SHA256\n" + at + "\n" + at[:8] + "/" + region + "/s3/aws4_request\n" + hex.EncodeToString(sum[:])} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func TestATopicGetsARecordForEachLine(t *testing.T) {
	var got []string
	fails := 1
	to := topic{"phdp.lists", func(_ context.Context, topic, key string, records [][]byte) error {
		if fails--; fails >= 0 {
			return errors.New("no leader")
		}
		for _, r := range records {
			got = append(got, topic+" "+key+" "+string(r))
		}
		return nil
	}}
	p := Parcel{Message: Message{Key: "k", ContentType: "application/x-ndjson", Body: []byte("{\"a\":1}\n{\"a\":2}\n")}}
	if err := to.Send(t.Context(), p); err == nil {
		t.Error("a failure passed for a delivery")
	}
	if err := to.Send(t.Context(), p); err != nil || !slices.Equal(got, []string{`phdp.lists k {"a":1}`, `phdp.lists k {"a":2}`}) {
		t.Errorf("records %q (%v)", got, err)
	}
}

// inbox is an SMTP server's mailbox.
type inbox struct {
	mails    []string
	refuse   int // how many mails to refuse
	signedIn bool
}

type smtpSession struct{ box *inbox }

func (s *smtpSession) Reset()                               {}
func (s *smtpSession) Logout() error                        { return nil }
func (s *smtpSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *smtpSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (s *smtpSession) AuthMechanisms() []string             { return []string{sasl.Plain} }
func (s *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.box.signedIn = user == "phdp" && password == "secret of PW"; !s.box.signedIn {
			return errors.New("wrong")
		}
		return nil
	}), nil
}

func (s *smtpSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if s.box.refuse--; s.box.refuse >= 0 {
		return &smtp.SMTPError{Code: 451, Message: "later"}
	}
	s.box.mails = append(s.box.mails, string(text))
	return err
}

// newMailServer starts an SMTP server and returns its address and the file with its certificate.
func newMailServer(t *testing.T, box *inbox, withTLS bool) (address, ca string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &smtpSession{box}, nil }))
	server.Domain = "localhost"
	if withTLS {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String(), ca
}

const mailPlan = `
account: lead
targets: {post: {mail: "ADDR", from: "PHDP <phdp@example.org>", to: [lead@example.org], user: phdp, secret: PW, ca: CA}}
reports: [{name: weekly, page: /adherence, at: "07:30", to: [post]}]
alerts: [{name: due, metric: alert.refill_due, above: 10, to: [post]}]
`

func TestMailsGoThroughSTARTTLS(t *testing.T) {
	box := &inbox{refuse: 2}
	address, ca := newMailServer(t, box, true)
	d := newDesk(t, strings.NewReplacer("ADDR", address, "CA", ca).Replace(mailPlan))
	d.value = 11
	d.ticks(12, time.Minute)
	if len(box.mails) != 2 || !box.signedIn || d.states() != "delivered delivered" {
		t.Fatalf("%d mails, signed in %v, outbox %q", len(box.mails), box.signedIn, d.states())
	}
	want := map[string][2]string{"依从性": {"text/html; charset=utf-8", "<h1>依从性</h1>"}, "告警 · due": {"text/plain; charset=utf-8", "11（高于阈值 10）"}}
	for _, text := range box.mails {
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
		subject, err2 := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if x, ok := want[subject]; err != nil || err2 != nil || !ok || m.Header.Get("Content-Type") != x[0] || !strings.Contains(string(body), x[1]) {
			t.Errorf("mail %q of %s: %s (%v %v)", subject, m.Header.Get("Content-Type"), body, err, err2)
		}
		if id := m.Header.Get("Message-Id"); !strings.HasSuffix(id, "@example.org>") {
			t.Errorf("id %s", id)
		}
	}
}

func TestNoMailWithoutTLS(t *testing.T) {
	box := &inbox{}
	address, ca := newMailServer(t, box, false)
	d := newDesk(t, strings.NewReplacer("ADDR", address, "CA", ca).Replace(mailPlan))
	d.ticks(2, time.Minute)
	if len(box.mails) != 0 || d.states() != "waiting" {
		t.Errorf("%d mails, outbox %q", len(box.mails), d.states())
	}
}

// What goes wrong is written down without the address of a robot, which is a secret.
func TestErrorsHoldNoSecret(t *testing.T) {
	r := &robot{http.DefaultClient, "http://127.0.0.1:1/send?key=SECRET"}
	err := r.Send(t.Context(), Parcel{Message: Message{Kind: kindAlert, Body: []byte("{}")}})
	if err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("error %v", err)
	}
}
