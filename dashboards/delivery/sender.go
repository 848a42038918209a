package delivery

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Parcel is a message on its way. Marks name people by external_userid and are in memory only.
type Parcel struct {
	Message
	Marks []Mark
}

// Sender hands a parcel to a receiver. It returns nil when the receiver has it, and may be called again with the same one.
type Sender interface {
	Send(ctx context.Context, p Parcel) error
}

// Publish hands records to a Kafka topic and returns when all are acknowledged; each has its key in a header.
type Publish func(ctx context.Context, topic, key string, records [][]byte) error

// Senders makes the senders of a plan. Secrets are looked up by getenv; publish may be nil where there is no Kafka.
func (p *Plan) Senders(getenv func(string) string, publish Publish, now func() time.Time) (map[string]Sender, error) {
	all := map[string]Sender{}
	for name, t := range p.Targets {
		for _, variable := range []string{t.Secret, t.KeyID, t.Robot} {
			if variable != "" && getenv(variable) == "" {
				return nil, fmt.Errorf("target %s: the variable %s is empty", name, variable)
			}
		}
		client, err := t.client()
		if err != nil {
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
		switch t.kind() {
		case "webhook":
			all[name] = &webhook{client, t.Webhook, []byte(getenv(t.Secret)), now}
		case "robot":
			if err := checkAddress(getenv(t.Robot)); err != nil {
				return nil, fmt.Errorf("target %s: %s: %w", name, t.Robot, err)
			}
			all[name] = &robot{client, getenv(t.Robot)}
		case "wecom":
			all[name] = &wecom{client: client, address: t.WeCom, corp: t.CorpID, secret: getenv(t.Secret)}
		case "bucket":
			all[name] = &bucket{client, t, getenv(t.KeyID), getenv(t.Secret), now}
		case "mail":
			roots, err := t.roots()
			if err != nil {
				return nil, fmt.Errorf("target %s: %w", name, err)
			}
			all[name] = &mailbox{t, getenv(t.Secret), roots, now}
		case "folder":
			all[name] = folder{t.Folder}
		case "topic":
			if publish == nil {
				return nil, fmt.Errorf("target %s: topics are reached by 'phdp run' only", name)
			}
			all[name] = topic{t.Topic, publish}
		}
	}
	return all, nil
}

// body is what the receiver gets: the file, or the marks as a line each.
func (p Parcel) body() ([]byte, error) {
	if p.Kind == kindMarks {
		var out bytes.Buffer
		lines := json.NewEncoder(&out)
		for _, m := range p.Marks {
			if err := lines.Encode(m); err != nil {
				return nil, fmt.Errorf("write marks: %w", err)
			}
		}
		return out.Bytes(), nil
	}
	if p.File == "" {
		return p.Body, nil
	}
	data, err := os.ReadFile(p.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil, permanent{errors.New("the list has expired")}
	}
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	return data, nil
}

// webhook posts to an address and signs what it posts.
type webhook struct {
	client  *http.Client
	address string
	secret  []byte
	now     func() time.Time
}

// Send posts the body; any status of 200 to 299 means that the receiver has it.
func (h *webhook) Send(ctx context.Context, p Parcel) error {
	body, err := p.body()
	if err != nil {
		return err
	}
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("call webhook: %w", hide(err))
	}
	at := strconv.FormatInt(h.now().Unix(), 10)
	mac := hmac.New(sha256.New, h.secret)
	fmt.Fprintf(mac, "%s.%s.", at, p.Key)
	mac.Write(body)
	for name, value := range map[string]string{"Content-Type": p.ContentType, "Idempotency-Key": p.Key, "X-PHDP-Kind": p.Kind, "X-PHDP-Name": p.Name,
		"X-PHDP-Timestamp": at, "X-PHDP-Signature": "sha256=" + hex.EncodeToString(mac.Sum(nil))} {
		rq.Header.Set(name, value)
	}
	if _, err := call(h.client, rq); err != nil {
		return fmt.Errorf("call webhook: %w", err)
	}
	return nil
}

// call sends a request and returns the beginning of the answer. Its errors hold neither the address, which may have a
// secret in it, nor anything of the answer.
func call(client *http.Client, rq *http.Request) ([]byte, error) {
	answer, err := client.Do(rq)
	if err != nil {
		return nil, hide(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	return text, err
}

// folder writes files for another program.
type folder struct{ dir string }

// Send writes the file under another name first, so that nobody reads half of it. Once it is there it is handed over.
func (f folder) Send(_ context.Context, p Parcel) (err error) {
	body, err := p.body()
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, filepath.Base(p.Name))
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = file.Write(body)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	dir, err := os.Open(f.dir)
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// topic hands lines to Kafka.
type topic struct {
	name    string
	publish Publish
}

// Send makes a record of each line of lists and marks, and one of anything else.
func (t topic) Send(ctx context.Context, p Parcel) error {
	body, err := p.body()
	if err != nil {
		return err
	}
	records := [][]byte{body}
	if p.ContentType == "application/x-ndjson" {
		records = bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	}
	return t.publish(ctx, t.name, p.Key, records)
}
