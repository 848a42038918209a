package kafka

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
)

var (
	// ErrOffsetGone says that the broker no longer holds the offset that the lake needs next, or holds
	// less than the lake has. Reading on would lose records, so the run stops.
	ErrOffsetGone = errors.New("kafka does not hold the offset that the lake needs next")
	// ErrReplaced says that a topic was deleted and made again since it was first read: its offsets now
	// mean other records, so the run stops.
	ErrReplaced = errors.New("topic was deleted and made again")
	// ErrRefused says that the cluster does not let this client in, or that the client does not trust
	// the cluster. Trying again does not help, so the run stops.
	ErrRefused = errors.New("kafka refused the connection")
	// ErrNoTopic says that a topic is not there. It is waited for.
	ErrNoTopic = errors.New("topic does not exist")
)

// permanent tells the errors that stop a run from those that are retried in place.
func permanent(err error) bool {
	return errors.Is(err, ErrOffsetGone) || errors.Is(err, ErrReplaced) || errors.Is(err, ErrRefused)
}

// refusals are answers of a broker that say why it does not serve this client.
var refusals = []struct {
	is   []error
	what string
}{
	{[]error{kerr.SaslAuthenticationFailed, kafka.SASLAuthenticationFailed}, "user or password is wrong"},
	{[]error{kerr.UnsupportedSaslMechanism, kafka.UnsupportedSASLMechanism}, "the brokers do not offer this SASL mechanism"},
	{[]error{kerr.IllegalSaslState, kafka.IllegalSASLState}, "the brokers want SASL on this port"},
	{[]error{kerr.TopicAuthorizationFailed, kafka.TopicAuthorizationFailed}, "the user may not use the topic (ACL: allow Read on topics that are read, Write on those that are written)"},
	{[]error{kerr.GroupAuthorizationFailed, kafka.GroupAuthorizationFailed}, "the user may not use the consumer group (ACL: allow Read on the group)"},
	{[]error{kerr.ClusterAuthorizationFailed, kafka.ClusterAuthorizationFailed}, "the user may not use the cluster (ACL)"},
}

// explain turns the libraries' errors for a refusal into ErrRefused with the reason; other errors come
// back as they are.
func explain(err error) error {
	if err == nil || permanent(err) {
		return err
	}
	for _, r := range refusals {
		for _, is := range r.is {
			if errors.Is(err, is) {
				return fmt.Errorf("%w: %s: %w", ErrRefused, r.what, err)
			}
		}
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return fmt.Errorf("%w: the broker's certificate is not trusted: %w", ErrRefused, err)
	}
	var noTLS tls.RecordHeaderError
	if errors.As(err, &noTLS) {
		return fmt.Errorf("%w: the port does not speak TLS: %w", ErrRefused, err)
	}
	var remote *net.OpError
	if errors.As(err, &remote) && remote.Op == "remote error" { // a TLS alert
		return fmt.Errorf("%w: the broker does not accept the client's certificate, or wants one: %w", ErrRefused, err)
	}
	return err
}
