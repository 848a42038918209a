package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"time"

	"phdp/dashboards"
	"phdp/dashboards/flight"
)

// listenFlight takes the address of Flight SQL. Tokens and rows do not leave the machine in the clear, and nobody
// comes in from elsewhere where nobody signs in.
func (f *accessFlags) listenFlight(who *dashboards.Access) (net.Listener, error) {
	listener, err := net.Listen("tcp", f.Flight)
	if err != nil {
		return nil, fmt.Errorf("serve Flight SQL: %w", err)
	}
	tcp, ok := listener.Addr().(*net.TCPAddr)
	switch {
	case ok && tcp.IP.IsLoopback():
		return listener, nil
	case who.Local:
		err = errors.New("nobody signs in here, and the address can be reached from other machines: make accounts and tokens first, or stay on 127.0.0.1")
	case f.TLSCert == "":
		err = errors.New("tokens would travel in the clear to other machines: give --tls-cert and --tls-key, or stay on 127.0.0.1")
	default:
		return listener, nil
	}
	return nil, errors.Join(fmt.Errorf("serve Flight SQL on %s: %w", listener.Addr(), err), listener.Close())
}

// serveFlight serves Flight SQL, when it is asked for, until ctx ends. The returned function waits for the end.
func (f *accessFlags) serveFlight(ctx context.Context, a *app, pages *dashboards.Server, who *dashboards.Access) (wait func() error, err error) {
	if f.Flight == "" {
		return func() error { return nil }, nil
	}
	cfg := flight.Config{Reader: pages.Reader, Log: a.log, Now: time.Now, Version: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		cfg.Version = info.Main.Version
	}
	if f.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(f.TLSCert, f.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("serve Flight SQL: %w", err)
		}
		cfg.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}
	}
	server, err := flight.New(cfg)
	if err != nil {
		return nil, err
	}
	listener, err := f.listenFlight(who)
	if err != nil {
		return nil, err
	}
	fmt.Printf("flight sql: %s://%s\n", map[bool]string{true: "grpc+tls", false: "grpc"}[cfg.TLS != nil], listener.Addr())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	return func() error { return <-done }, nil
}
