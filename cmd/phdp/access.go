package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"phdp/dashboards"
	"phdp/dashboards/access"
)

// accessFlags say how people reach the dashboards and sign in.
type accessFlags struct {
	PublicURL     string            `placeholder:"URL" help:"Address under which people reach the dashboards, such as https://phdp.example.org."`
	Host          []string          `placeholder:"NAME" help:"Further host names under which the dashboards are reached."`
	TLSCert       string            `type:"path" help:"Certificate chain of the dashboards (PEM)."`
	TLSKey        string            `type:"path" help:"Key of the certificate (PEM)."`
	OIDCIssuer    string            `name:"oidc-issuer" placeholder:"URL" help:"OpenID Connect provider that signs people in. The client's secret comes from PHDP_OIDC_SECRET."`
	OIDCClientID  string            `name:"oidc-client-id" help:"Client id of PHDP at the provider."`
	OIDCRoleClaim string            `name:"oidc-role-claim" default:"roles" help:"Claim with somebody's roles or groups."`
	OIDCRole      map[string]string `name:"oidc-role" placeholder:"GROUP=ROLE" help:"What a value of the claim means here; without any, values that are role names count."`
	Flight        string            `placeholder:"ADDRESS" help:"Address on which Arrow Flight SQL is served too, such as 127.0.0.1:31337; other addresses need --tls-cert."`
}

// url is where people find the dashboards.
func (f *accessFlags) url(listener net.Listener) string {
	switch {
	case f.PublicURL != "":
		return f.PublicURL
	case f.TLSCert != "":
		return "https://" + listener.Addr().String()
	}
	return "http://" + listener.Addr().String()
}

// access decides how people sign in on a listener. Only on the loopback address may nobody have to.
func (f *accessFlags) access(ctx context.Context, a *app, listener net.Listener) (*dashboards.Access, error) {
	audit, err := access.OpenAudit(a.path("access"), time.Now)
	if err != nil {
		return nil, err
	}
	accounts, err := access.OpenAccounts(a.path("access"))
	if err != nil {
		return nil, err
	}
	all, err := accounts.List()
	if err != nil {
		return nil, err
	}
	out := &dashboards.Access{Audit: audit, Hosts: f.Host, Secure: f.TLSCert != ""}
	if f.PublicURL != "" {
		public, err := url.Parse(f.PublicURL)
		if err != nil || public.Host == "" {
			return nil, fmt.Errorf("--public-url %q is not an address such as https://phdp.example.org", f.PublicURL)
		}
		out.Hosts, out.Secure = append(out.Hosts, public.Hostname()), out.Secure || public.Scheme == "https"
	}
	if len(all) > 0 {
		out.Accounts = accounts
		if out.Tokens, err = access.OpenTokens(a.path("access"), accounts); err != nil {
			return nil, err
		}
	}
	if out.OIDC, err = f.provider(ctx, listener); err != nil {
		return nil, err
	}
	if len(all) == 0 && out.OIDC == nil {
		tcp, ok := listener.Addr().(*net.TCPAddr)
		if !ok || !tcp.IP.IsLoopback() {
			return nil, errors.New(`nobody could sign in, and the address can be reached from other machines, so this does not start
      make an account first: phdp users add NAME --role admin --role analyst
      or name a provider: --oidc-issuer and --oidc-client-id
      or stay on this machine: --addr 127.0.0.1:8080`)
		}
		out.Local = true
	}
	return out, nil
}

func (f *accessFlags) provider(ctx context.Context, listener net.Listener) (*dashboards.OIDC, error) {
	if f.OIDCIssuer == "" {
		return nil, nil
	}
	if f.OIDCClientID == "" {
		return nil, errors.New("--oidc-issuer needs --oidc-client-id")
	}
	base := f.PublicURL
	if base == "" {
		base = f.url(listener)
	}
	roles := map[string]access.Role{}
	for group, role := range f.OIDCRole {
		roles[group] = access.Role(role)
	}
	bounded, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	back, err := url.JoinPath(base, "/sign-in/callback")
	if err != nil {
		return nil, fmt.Errorf("--public-url: %w", err)
	}
	return dashboards.NewOIDC(bounded, dashboards.OIDCConfig{Issuer: f.OIDCIssuer, ClientID: f.OIDCClientID, Secret: os.Getenv("PHDP_OIDC_SECRET"),
		RedirectURL: back, RolesClaim: f.OIDCRoleClaim, Roles: roles})
}
