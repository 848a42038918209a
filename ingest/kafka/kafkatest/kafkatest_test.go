package kafkatest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnavailableSaysWhy(t *testing.T) {
	t.Setenv(existing, "")
	t.Setenv("PHDP_KAFKA_DIR", t.TempDir())
	if _, err := Launch(Options{}); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "fetch") && !strings.Contains(err.Error(), "java") {
		t.Errorf("launch: %v, want ErrUnavailable and what to do", err)
	}
	t.Setenv(existing, "127.0.0.1:1")
	if _, err := Launch(Options{Nodes: 3}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("launch of three nodes on a given cluster: %v, want ErrUnavailable", err)
	}
}

func TestSweepRemovesWhatTheDeadLeft(t *testing.T) {
	temp := t.TempDir()
	dead, ours, other := filepath.Join(temp, prefix+"4194305-x"), filepath.Join(temp, fmt.Sprintf("%s%d-x", prefix, os.Getpid())), filepath.Join(temp, "other")
	for _, dir := range []string{dead, ours, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sweep(temp)
	left, _ := filepath.Glob(filepath.Join(temp, "*"))
	if len(left) != 2 {
		t.Errorf("left %v, want ours and the other", left)
	}
}

func TestPortsAreFreeAndDifferent(t *testing.T) {
	ports, err := freePorts(12)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range ports {
		if seen[p] || p >= 32000 {
			t.Errorf("ports %v", ports)
		}
		seen[p] = true
	}
}

func TestCertificatesAreSignedByTheCA(t *testing.T) {
	c, err := makeCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(c.client, c.clientKey)
	if err != nil {
		t.Fatal(err)
	}
	server, err := tls.LoadX509KeyPair(c.server, c.server)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(ca string, cert *x509.Certificate, usage x509.ExtKeyUsage) error {
		pem, err := os.ReadFile(ca)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		_, err = cert.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{usage}})
		return err
	}
	if err := verify(c.ca, pair.Leaf, x509.ExtKeyUsageClientAuth); err != nil {
		t.Error(err)
	}
	if err := verify(c.ca, server.Leaf, x509.ExtKeyUsageServerAuth); err != nil || server.Leaf.VerifyHostname("127.0.0.1") != nil {
		t.Error(err)
	}
	if verify(c.stranger, pair.Leaf, x509.ExtKeyUsageClientAuth) == nil {
		t.Error("the stranger's CA verifies the client")
	}
}
