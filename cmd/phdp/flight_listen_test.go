package main

import (
	"strings"
	"testing"

	"phdp/dashboards"
)

func TestWhereFlightMayListen(t *testing.T) {
	local, accounts := &dashboards.Access{Local: true}, &dashboards.Access{}
	for name, c := range map[string]struct {
		addr, cert string
		who        *dashboards.Access
		says       string
	}{
		"this machine":             {"127.0.0.1:0", "", local, ""},
		"this machine, accounts":   {"127.0.0.1:0", "", accounts, ""},
		"others, nobody signs in":  {"0.0.0.0:0", "cert.pem", local, "nobody signs in"},
		"others, in the clear":     {"0.0.0.0:0", "", accounts, "in the clear"},
		"others, TLS and accounts": {"0.0.0.0:0", "cert.pem", accounts, ""},
		"no address":               {"nowhere", "", accounts, "serve Flight SQL"},
	} {
		flags := accessFlags{Flight: c.addr, TLSCert: c.cert}
		listener, err := flags.listenFlight(c.who)
		if listener != nil {
			listener.Close()
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
}
