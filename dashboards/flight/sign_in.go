package flight

import (
	"context"
	"encoding/base64"
	"net"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"phdp/dashboards"
)

const header = "authorization"

// readerKey is under what a call's context holds its reader.
type readerKey struct{}

// reader returns who asks; the interceptors let no call through without one.
func reader(ctx context.Context) *dashboards.Reader {
	r, _ := ctx.Value(readerKey{}).(*dashboards.Reader)
	return r
}

// signIn finds out who calls, by the token in the call's header.
func (d *desk) signIn(ctx context.Context) (context.Context, string, error) {
	from := ""
	if client, ok := peer.FromContext(ctx); ok {
		from = client.Addr.String()
		if host, _, err := net.SplitHostPort(from); err == nil {
			from = host
		}
	}
	token := tokenOf(ctx)
	r, err := d.cfg.Reader(token, from)
	if err != nil {
		return ctx, "", d.tell(err)
	}
	return context.WithValue(ctx, readerKey{}, r), token, nil
}

// tokenOf is the bearer token of a call, or the password of its basic authentication.
func tokenOf(ctx context.Context) string {
	values := metadata.ValueFromIncomingContext(ctx, header)
	if len(values) == 0 {
		return ""
	}
	kind, text, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	text = strings.TrimSpace(text)
	switch {
	case strings.EqualFold(kind, "Bearer"):
		return text
	case strings.EqualFold(kind, "Basic"):
		pair, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			return ""
		}
		_, password, _ := strings.Cut(string(pair), ":")
		return password
	}
	return ""
}

func (d *desk) unary(ctx context.Context, rq any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, _, err := d.signIn(ctx)
	if err != nil {
		return nil, err
	}
	return next(ctx, rq)
}

// stream lets a call through. A handshake ends here: it gives the token back as the bearer token of later calls.
func (d *desk) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	ctx, token, err := d.signIn(stream.Context())
	if err != nil {
		return err
	}
	if strings.HasSuffix(info.FullMethod, "/Handshake") {
		bearer := metadata.Pairs(header, "Bearer "+token)
		stream.SetTrailer(bearer)
		return stream.SendHeader(bearer)
	}
	return next(srv, known{stream, ctx})
}

// known is a stream whose caller is known.
type known struct {
	grpc.ServerStream
	ctx context.Context
}

func (k known) Context() context.Context { return k.ctx }
