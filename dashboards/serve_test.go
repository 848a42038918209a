package dashboards

import (
	"net"
	"net/http"
	"os"
	"os/signal"
	"testing"
	"time"
)

// TestServeFixture serves the invented warehouse, or the one that PHDP_SERVE_WAREHOUSE names: at the address
// PHDP_SERVE until an interrupt, for the browser tests; without an address for one request.
func TestServeFixture(t *testing.T) {
	address := os.Getenv("PHDP_SERVE")
	once := address == ""
	if once {
		address = "127.0.0.1:0"
	}
	path := os.Getenv("PHDP_SERVE_WAREHOUSE")
	if path == "" {
		path = writeWarehouse(t, 600)
	}
	server, err := New(Config{Open: openReadOnly, OpenViews: openViews, Access: localAccess(t), StateDir: t.TempDir(), Current: published(path), Now: func() time.Time { return time.Date(2026, 4, 1, 9, 0, 0, 0, shanghai) }})
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
	if once {
		go func() {
			defer close(stop)
			answer, err := http.Get("http://" + listener.Addr().String() + "/home")
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("GET /home: %s", answer.Status)
			}
		}()
	}
	t.Logf("serving on http://%s", listener.Addr())
	_ = web.Serve(listener) // ends with the interrupt
}
