// Package flight serves the tables of a role over Arrow Flight SQL, so that ADBC and JDBC clients (pandas, DBeaver,
// Power BI) read what the SQL page reads. A client comes with a token, as a bearer token or as the password of a
// name; its statements run in the sandbox of package dashboards, under the same rules and with the same rows in the
// audit log. Results are streamed in batches of bounded size. Nothing can be written.
package flight

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"

	"phdp/dashboards"
)

// Limits of a server: the size of a message that it takes, the calls of a connection at a time, how long a
// connection may do nothing, and how long running calls may take after a stop.
const (
	maxMessage = 1 << 20
	maxStreams = 16
	idleTime   = 30 * time.Minute
	stopTime   = 5 * time.Second
)

// Config is what a server needs.
type Config struct {
	// Reader finds out for whom a token stands; (*dashboards.Server).Reader does.
	Reader func(token, from string) (*dashboards.Reader, error)
	// TLS is how clients are spoken to; nil for the loopback address only.
	TLS *tls.Config
	// Log gets one line per error that is the server's.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// Version is what clients are told of the server.
	Version string
}

// Server answers Flight SQL. Make it with New.
type Server struct {
	grpc *grpc.Server
}

// New makes a server that listens nowhere yet.
func New(cfg Config) (*Server, error) {
	desk := &desk{cfg: cfg, handles: newHandles(cfg.Now)}
	desk.Alloc = memory.DefaultAllocator
	if err := desk.registerInfo(); err != nil {
		return nil, fmt.Errorf("make a Flight SQL server: %w", err)
	}
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxConcurrentStreams(maxStreams), grpc.ConnectionTimeout(10 * time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionIdle: idleTime}),
		grpc.ChainUnaryInterceptor(desk.unary), grpc.ChainStreamInterceptor(desk.stream),
	}
	if cfg.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(cfg.TLS)))
	}
	s := &Server{grpc: grpc.NewServer(options...)}
	flight.RegisterFlightServiceServer(s.grpc, flightsql.NewFlightServer(desk))
	return s, nil
}

// Serve answers on a listener until ctx ends, then lets running calls finish for a moment.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		hard := time.AfterFunc(stopTime, s.grpc.Stop)
		defer hard.Stop()
		s.grpc.GracefulStop()
	})
	err := s.grpc.Serve(listener)
	if !stop() {
		<-stopped
	}
	if err != nil {
		return fmt.Errorf("serve Flight SQL: %w", err)
	}
	return nil
}

// tell turns an error into a status. What is the server's is logged, and the client learns only that it failed.
func (d *desk) tell(err error) error {
	var refused dashboards.Refused
	code := codes.InvalidArgument
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		switch refused.Kind {
		case "busy", "too-many":
			code = codes.ResourceExhausted
		case "timeout":
			code = codes.DeadlineExceeded
		case "not-ready":
			code = codes.Unavailable
		}
		return status.Error(code, refused.Detail)
	case errors.Is(err, dashboards.ErrForbidden):
		return status.Error(codes.PermissionDenied, "the account or the token has no right to statements: it needs the scope read:sql")
	case errors.Is(err, dashboards.ErrSignIn):
		return status.Error(codes.Unauthenticated, "a valid token is needed, as a bearer token or as the password")
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "the time limit was reached")
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	d.cfg.Log.Error("flight call failed", "error", err)
	return status.Error(codes.Internal, "the server failed")
}
