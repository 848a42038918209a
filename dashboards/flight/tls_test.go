package flight

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"phdp/dashboards"
)

// With a certificate nobody is answered in the clear. Nobody has a token here: who reaches the server is told so.
func TestTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	nobody := func(string, string) (*dashboards.Reader, error) { return nil, dashboards.ErrSignIn }
	server, err := New(Config{Reader: nobody, TLS: &tls.Config{Certificates: web.TLS.Certificates}, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	known := x509.NewCertPool()
	known.AddCert(web.Certificate())
	for name, c := range map[string]struct {
		how  credentials.TransportCredentials
		code codes.Code
	}{
		"TLS":                  {credentials.NewClientTLSFromCert(known, "example.com"), codes.Unauthenticated},
		"in the clear":         {insecure.NewCredentials(), codes.Unavailable},
		"another server's key": {credentials.NewClientTLSFromCert(x509.NewCertPool(), "example.com"), codes.Unavailable},
	} {
		client, err := flightsql.NewClient(listener.Addr().String(), nil, nil, grpc.WithTransportCredentials(c.how))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.GetTableTypes(t.Context()); status.Code(err) != c.code {
			t.Errorf("%s: %v, want %v", name, err, c.code)
		}
		client.Close()
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
