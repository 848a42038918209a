package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
	"github.com/twmb/franz-go/pkg/kgo"
	franzsasl "github.com/twmb/franz-go/pkg/sasl"
	franzplain "github.com/twmb/franz-go/pkg/sasl/plain"
	franzscram "github.com/twmb/franz-go/pkg/sasl/scram"
)

// dialTimeout bounds opening a connection: TCP, TLS and SASL.
const dialTimeout = 10 * time.Second

// SASL mechanisms that NewSecurity knows.
const (
	MechanismPlain       = "plain"
	MechanismSCRAMSHA256 = "scram-sha-256"
	MechanismSCRAMSHA512 = "scram-sha-512"
)

// SecurityConfig says how to reach brokers that are protected; its zero value means not at all.
type SecurityConfig struct {
	TLS        bool   // with the system's CAs; CAFile and CertFile imply it
	CAFile     string // PEM; the only CAs that are trusted when it is given
	CertFile   string // PEM; the client's certificate, and its chain
	KeyFile    string // PEM; the client certificate's key, not encrypted
	ServerName string // expected in the brokers' certificates; default: the host that is dialled
	Mechanism  string // SASL: plain, scram-sha-256, scram-sha-512, or "" for none
	User       string
	Password   Secret
}

// Security is a checked SecurityConfig with its files read. A nil *Security is a plain connection.
type Security struct {
	tls      *tls.Config
	dialSASL sasl.Mechanism
	sasl     franzsasl.Mechanism
}

// NewSecurity reads the files and checks that the parts fit together; errors name the file or the
// setting and what is wrong with it. Brokers' certificates are always verified.
func NewSecurity(cfg SecurityConfig) (*Security, error) {
	s := &Security{}
	var err error
	if cfg.TLS || cfg.CAFile != "" || cfg.CertFile != "" || cfg.KeyFile != "" || cfg.ServerName != "" {
		if s.tls, err = tlsConfig(cfg); err != nil {
			return nil, fmt.Errorf("kafka TLS: %w", err)
		}
	}
	if err := s.useSASL(cfg); err != nil {
		return nil, fmt.Errorf("kafka SASL: %w", err)
	}
	return s, nil
}

func tlsConfig(cfg SecurityConfig) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: cfg.ServerName}
	if cfg.CAFile != "" {
		content, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read CA file: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(content) {
			return nil, fmt.Errorf("CA file %s holds no certificate in PEM", cfg.CAFile)
		}
	}
	if cfg.CertFile == "" && cfg.KeyFile == "" {
		return c, nil
	}
	if cfg.CertFile == "" || cfg.KeyFile == "" {
		return nil, errors.New("a client certificate needs both files, the certificate and its key")
	}
	cert, err := clientCertificate(cfg.CertFile, cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	c.Certificates = []tls.Certificate{cert}
	return c, nil
}

// clientCertificate never quotes the files' content in an error.
func clientCertificate(certFile, keyFile string) (tls.Certificate, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read client certificate: %w", err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read client key: %w", err)
	}
	if block, _ := pem.Decode(key); block == nil {
		return tls.Certificate{}, fmt.Errorf("client key %s holds no key in PEM", keyFile)
	} else if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
		return tls.Certificate{}, fmt.Errorf("client key %s is encrypted; give a decrypted one that only this program may read", keyFile)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("client certificate %s and key %s: %w", certFile, keyFile, err)
	}
	if pair.Leaf != nil && time.Now().After(pair.Leaf.NotAfter) {
		return tls.Certificate{}, fmt.Errorf("client certificate %s expired on %s", certFile, pair.Leaf.NotAfter.Format(time.DateOnly))
	}
	return pair, nil
}

func (s *Security) useSASL(cfg SecurityConfig) error {
	if cfg.Mechanism == "" {
		if cfg.User != "" || cfg.Password != "" {
			return fmt.Errorf("a user or password is given but no mechanism; choose %s, %s or %s", MechanismSCRAMSHA512, MechanismSCRAMSHA256, MechanismPlain)
		}
		return nil
	}
	if cfg.User == "" || cfg.Password == "" {
		return fmt.Errorf("mechanism %s needs a user and a password", cfg.Mechanism)
	}
	user, password := cfg.User, string(cfg.Password)
	var err error
	switch strings.ToLower(cfg.Mechanism) {
	case MechanismPlain:
		if s.tls == nil {
			return errors.New("mechanism plain sends the password readable; use it with TLS, or use SCRAM")
		}
		s.dialSASL, s.sasl = plain.Mechanism{Username: user, Password: password}, franzplain.Auth{User: user, Pass: password}.AsMechanism()
	case MechanismSCRAMSHA256:
		s.dialSASL, err = scram.Mechanism(scram.SHA256, user, password)
		s.sasl = franzscram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	case MechanismSCRAMSHA512:
		s.dialSASL, err = scram.Mechanism(scram.SHA512, user, password)
		s.sasl = franzscram.Auth{User: user, Pass: password}.AsSha512Mechanism()
	default:
		return fmt.Errorf("unknown mechanism %q; there are %s, %s and %s", cfg.Mechanism, MechanismSCRAMSHA512, MechanismSCRAMSHA256, MechanismPlain)
	}
	if err != nil {
		return errors.New("the user or password holds characters that SCRAM does not allow") // err may quote them
	}
	return nil
}

// dialer is how kafka-go connects.
func (s *Security) dialer() *kafka.Dialer {
	d := &kafka.Dialer{ClientID: clientID, Timeout: dialTimeout}
	if s != nil {
		d.TLS, d.SASLMechanism = s.tls, s.dialSASL
	}
	return d
}

// options is how franz-go connects.
func (s *Security) options(brokers []string) []kgo.Opt {
	all := []kgo.Opt{kgo.SeedBrokers(brokers...), kgo.ClientID(clientID), kgo.DialTimeout(dialTimeout)}
	if s != nil && s.tls != nil {
		all = append(all, kgo.DialTLSConfig(s.tls))
	}
	if s != nil && s.sasl != nil {
		all = append(all, kgo.SASL(s.sasl))
	}
	return all
}

// String says what is used, without the secrets.
func (s *Security) String() string {
	parts := []string{"no TLS"}
	if s != nil && s.tls != nil {
		parts[0] = "TLS"
		if len(s.tls.Certificates) > 0 {
			parts = append(parts, "client certificate")
		}
	}
	if s != nil && s.sasl != nil {
		parts = append(parts, "SASL "+s.sasl.Name())
	}
	return strings.Join(parts, ", ")
}
