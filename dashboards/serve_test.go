package dashboards

import (
	"net"
	"net/http"
	"os"
	"os/signal"
	"testing"
	"time"
)

// TestServeFixture serves the invented warehouse for the browser tests when PHDP_SERVE names an address, or the
// warehouse that PHDP_SERVE_WAREHOUSE names.
func TestServeFixture(t *testing.T) {
	address := os.Getenv("PHDP_SERVE")
	if address == "" {
		t.Skip("PHDP_SERVE is not set: nothing to serve")
	}
	path := os.Getenv("PHDP_SERVE_WAREHOUSE")
	if path == "" {
		path = writeWarehouse(t, 600)
	}
	server, err := New(Config{Open: openReadOnly, Current: published(path), Now: func() time.Time { return time.Date(2026, 4, 1, 9, 0, 0, 0, shanghai) }})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	web := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-stop
		web.Close()
	}()
	t.Logf("serving on http://%s", listener.Addr())
	_ = web.Serve(listener) // ends with the interrupt
}
