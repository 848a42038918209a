package kafkatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// ClientName is the principal that ACLs see for the client certificate: User:CN=phdp-client. It may do
// everything.
const ClientName = "CN=phdp-client"

// certificates are PEM files: a CA, the nodes' certificate and a client's, made for one cluster.
type certificates struct {
	ca, server, client, clientKey string
	stranger                      string
}

// CAFile is the certificate that the nodes' certificates are signed with.
func (c *Cluster) CAFile() string { return c.certs.ca }

// StrangerCAFile is a CA that has nothing to do with the cluster.
func (c *Cluster) StrangerCAFile() string { return c.certs.stranger }

// ClientFiles are a certificate that the cluster's mutual listener accepts, and its key.
func (c *Cluster) ClientFiles() (cert, key string) { return c.certs.client, c.certs.clientKey }

// security is what a node's configuration says about TLS, users and ACLs.
func (c *Cluster) security() []string {
	const scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	plain := "org.apache.kafka.common.security.plain.PlainLoginModule required"
	for name, password := range c.options.Users {
		plain += fmt.Sprintf(" user_%s=%q", name, password)
	}
	return []string{
		"ssl.keystore.type=PEM",
		"ssl.keystore.location=" + c.certs.server,
		"ssl.truststore.type=PEM",
		"ssl.truststore.location=" + c.certs.ca,
		"listener.name.mutual.ssl.client.auth=required",
		"listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"listener.name.sasl.plain.sasl.jaas.config=" + plain + ";",
		"listener.name.sasl.scram-sha-256.sasl.jaas.config=" + scram,
		"listener.name.sasl.scram-sha-512.sasl.jaas.config=" + scram,
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users=User:ANONYMOUS;User:" + ClientName,
	}
}

func makeCertificates(dir string) (*certificates, error) {
	c := &certificates{
		ca: filepath.Join(dir, "ca.pem"), server: filepath.Join(dir, "server.pem"), stranger: filepath.Join(dir, "stranger.pem"),
		client: filepath.Join(dir, "client.pem"), clientKey: filepath.Join(dir, "client-key.pem"),
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make certificates: %w", err)
	}
	ca, err := issue(nil, "phdp-test-ca")
	if err != nil {
		return nil, fmt.Errorf("make certificates: %w", err)
	}
	made := []struct {
		name   string
		issuer *issued
		write  func(*issued) map[string][]byte
	}{
		{"phdp-test-ca", nil, func(*issued) map[string][]byte { return map[string][]byte{c.ca: ca.cert} }},
		{"stranger", nil, func(i *issued) map[string][]byte { return map[string][]byte{c.stranger: i.cert} }},
		{"localhost", ca, func(i *issued) map[string][]byte { return map[string][]byte{c.server: append(i.key, i.cert...)} }},
		{"phdp-client", ca, func(i *issued) map[string][]byte {
			return map[string][]byte{c.client: i.cert, c.clientKey: i.key}
		}},
	}
	for _, m := range made {
		i, err := issue(m.issuer, m.name)
		if err != nil {
			return nil, fmt.Errorf("make certificates: %w", err)
		}
		for path, content := range m.write(i) {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				return nil, fmt.Errorf("make certificates: %w", err)
			}
		}
	}
	return c, nil
}

// issued is a certificate and its key, as PEM and parsed.
type issued struct {
	cert, key []byte
	parsed    *x509.Certificate
	private   *ecdsa.PrivateKey
}

// issue makes a certificate for loopback; without an issuer it is a CA that signs itself.
func issue(issuer *issued, name string) (*issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.parsed, issuer.private
	} else {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	return &issued{
		cert:   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:    pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		parsed: parsed, private: key,
	}, err
}
