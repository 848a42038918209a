package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSecretsArePrintedByNobody(t *testing.T) {
	s := Secret("Geheim-4711")
	out := &output{}
	out.log().Info("x", "a", s, "b", SecurityConfig{Password: s})
	text, _ := s.MarshalText()
	all := fmt.Sprintf("%s %v %+v %#v %q %x %d", s, s, SecurityConfig{Password: s}, SecurityConfig{Password: s}, s, s, &s) + out.String() + string(text) + slog.AnyValue(s).Resolve().String()
	if strings.Contains(all, "4711") || strings.Contains(all, "34373131") {
		t.Errorf("the secret is in %s", all)
	}
	if string(s) != "Geheim-4711" {
		t.Error("a conversion does not give the value")
	}
}

func TestSecurityConfigIsChecked(t *testing.T) {
	dir := t.TempDir()
	empty, encrypted := filepath.Join(dir, "empty.pem"), filepath.Join(dir, "encrypted.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(encrypted, []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		cfg  SecurityConfig
		says string // "" when it is fine
	}{
		{"nothing", SecurityConfig{}, ""},
		{"system CAs", SecurityConfig{TLS: true}, ""},
		{"no CA file", SecurityConfig{CAFile: filepath.Join(dir, "none.pem")}, "none.pem: no such file"},
		{"CA file without a certificate", SecurityConfig{CAFile: empty}, "empty.pem holds no certificate"},
		{"certificate without key", SecurityConfig{CertFile: empty}, "needs both files"},
		{"no key in the key file", SecurityConfig{CertFile: empty, KeyFile: empty}, "empty.pem holds no key"},
		{"encrypted key", SecurityConfig{CertFile: empty, KeyFile: encrypted}, "encrypted.pem is encrypted"},
		{"plain without TLS", SecurityConfig{Mechanism: "plain", User: "anna", Password: password}, "sends the password readable"},
		{"plain with TLS", SecurityConfig{TLS: true, Mechanism: "plain", User: "anna", Password: password}, ""},
		{"SCRAM in capitals", SecurityConfig{Mechanism: "SCRAM-SHA-512", User: "anna", Password: password}, ""},
		{"unknown mechanism", SecurityConfig{Mechanism: "gssapi", User: "anna", Password: password}, `unknown mechanism "gssapi"`},
		{"no password", SecurityConfig{Mechanism: "scram-sha-256", User: "anna"}, "needs a user and a password"},
		{"no mechanism", SecurityConfig{User: "anna", Password: password}, "no mechanism"},
		{"password that SCRAM forbids", SecurityConfig{Mechanism: "scram-sha-256", User: "anna", Password: "4711\u0000"}, "does not allow"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewSecurity(test.cfg)
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %q", err, test.says)
			}
			if err != nil && strings.Contains(err.Error(), "4711") {
				t.Errorf("the password is in: %v", err)
			}
		})
	}
}

// Every way to be let in, and every way to be kept out, of a real cluster.
func TestSecurityOnKafka(t *testing.T) {
	cluster := oneNode.cluster(t)
	topic, group := newTopic(t, cluster, 1), unique(t)
	fill(t, cluster, topic, 20)
	if err := cluster.Allow(t.Context(), "anna", topic, group); err != nil {
		t.Fatal(err)
	}
	if err := cluster.Allow(t.Context(), "bert", topic, ""); err != nil {
		t.Fatal(err)
	}
	ca := cluster.CAFile()
	cert, key := cluster.ClientFiles()
	user := func(name, mechanism, word string) SecurityConfig {
		return SecurityConfig{CAFile: ca, Mechanism: mechanism, User: name, Password: Secret(word)}
	}
	cases := []struct {
		name    string
		brokers []string
		cfg     SecurityConfig
		says    string // "" when the records come
	}{
		{"TLS and SCRAM-SHA-256", cluster.SASLBrokers(), user("anna", "scram-sha-256", password), ""},
		{"TLS and SCRAM-SHA-512", cluster.SASLBrokers(), user("anna", "scram-sha-512", password), ""},
		{"TLS and PLAIN", cluster.SASLBrokers(), user("anna", "plain", password), ""},
		{"client certificate", cluster.MutualBrokers(), SecurityConfig{CAFile: ca, CertFile: cert, KeyFile: key}, ""},
		{"wrong SCRAM password", cluster.SASLBrokers(), user("anna", "scram-sha-256", "falsch-0815"), "user or password is wrong"},
		{"wrong PLAIN password", cluster.SASLBrokers(), user("anna", "plain", "falsch-0815"), "user or password is wrong"},
		{"no SASL", cluster.SASLBrokers(), SecurityConfig{CAFile: ca}, "is SASL missing"},
		{"no client certificate", cluster.MutualBrokers(), SecurityConfig{CAFile: ca}, "client's certificate"},
		{"CA of somebody else", cluster.SASLBrokers(), SecurityConfig{CAFile: cluster.StrangerCAFile()}, "not trusted"},
		{"other server name", cluster.SASLBrokers(), SecurityConfig{CAFile: ca, ServerName: "kafka.example.org"}, "not trusted"},
		{"port without TLS", cluster.Brokers(), SecurityConfig{CAFile: ca}, "is TLS misconfigured"},
		{"group not allowed", cluster.SASLBrokers(), user("bert", "scram-sha-256", password), "may not use the consumer group"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			security, err := NewSecurity(test.cfg)
			if err != nil {
				t.Fatal(err)
			}
			l, out := newLedger(), &output{}
			m := join(t, Config{Brokers: test.brokers, Security: security, Group: group, Topics: []string{topic}, Log: out.log()}, l, 1)
			if test.says == "" {
				eventually(t, "the records come", func() bool { return l.records() == 20 })
				return
			}
			err = m.trouble(t)
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("run: %v, want %q", err, test.says)
			}
			if text := err.Error() + out.String(); strings.Contains(text, "0815") || strings.Contains(text, "4711") {
				t.Errorf("the password is in: %s", text)
			}
		})
	}
}

func TestTopicNotAllowed(t *testing.T) {
	cluster := oneNode.cluster(t)
	topic := newTopic(t, cluster, 1)
	security, err := NewSecurity(SecurityConfig{CAFile: cluster.CAFile(), Mechanism: MechanismSCRAMSHA256, User: "anna", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	m := join(t, Config{Brokers: cluster.SASLBrokers(), Security: security, Group: unique(t), Topics: []string{topic}}, newLedger(), 1)
	if err := m.trouble(t); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "may not use the topic") || !strings.Contains(err.Error(), topic) {
		t.Errorf("run: %v, want ErrRefused with the topic", err)
	}
}

func TestSecureProducer(t *testing.T) {
	cluster := oneNode.cluster(t)
	topic := newTopic(t, cluster, 1)
	cert, key := cluster.ClientFiles()
	security, err := NewSecurity(SecurityConfig{CAFile: cluster.CAFile(), CertFile: cert, KeyFile: key})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProducer(cluster.MutualBrokers(), security)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := p.Prepare(ctx, topic, 1); err != nil {
		t.Fatal(err)
	}
	if err := p.Produce(ctx, topic, []byte("k"), []byte("v"), nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(ctx); err != nil || p.Acked() != 1 {
		t.Errorf("flush: %v, %d acknowledged", err, p.Acked())
	}
}

// A user that may write to a topic but not make one can write to a topic that is there.
func TestProducerThatMayNotMakeTopics(t *testing.T) {
	cluster := oneNode.cluster(t)
	topic := newTopic(t, cluster, 2)
	if err := cluster.AllowWrite(t.Context(), "bert", topic); err != nil {
		t.Fatal(err)
	}
	security, err := NewSecurity(SecurityConfig{CAFile: cluster.CAFile(), Mechanism: MechanismSCRAMSHA512, User: "bert", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProducer(cluster.SASLBrokers(), security)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := p.Prepare(ctx, topic, 1); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Produce(ctx, topic, nil, []byte("v"), nil), p.Flush(ctx)); err != nil {
		t.Error(err)
	}
	if err := p.Prepare(ctx, unique(t), 1); !errors.Is(err, ErrRefused) {
		t.Errorf("prepare a topic that the user may not make: %v, want ErrRefused", err)
	}
}
