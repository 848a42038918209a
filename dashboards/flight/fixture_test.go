package flight

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	_ "github.com/duckdb/duckdb-go/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"phdp/dashboards"
	"phdp/dashboards/access"
	"phdp/sql/duckdb"
)

// fixture is a server over an invented warehouse, with a client and the warehouse itself to compare with.
type fixture struct {
	t      *testing.T
	addr   string
	client *flightsql.Client
	db     *sql.DB
	audit  *access.Audit
	tokens *access.Tokens
	logs   *buffer
}

// buffer collects what is logged.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func writeWarehouse(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/warehouse.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "warehouse.duckdb")
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // variables belong to one connection
	for _, statement := range append([]string{"set variable patients = 200"}, strings.Split(strings.TrimSuffix(string(text), ";\n"), ";\n")...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("build the fixture: %v", err)
		}
	}
	return path
}

var accountsOnce struct {
	sync.Once
	data []byte
	err  error
}

// accountsFile makes the accounts once: hashing their passwords takes its time.
func accountsFile(t *testing.T) []byte {
	t.Helper()
	accountsOnce.Do(func() {
		dir := t.TempDir()
		accounts, err := access.OpenAccounts(dir)
		for _, who := range []access.Identity{{Name: "analyst", Roles: []access.Role{access.Analyst}}, {Name: "limited", Roles: []access.Role{access.Analyst}, Lines: []string{"htn"}}, {Name: "lead", Roles: []access.Role{access.OpsLead}}} {
			if err == nil {
				err = accounts.Add(who, "correct horse battery", time.Now())
			}
		}
		if accountsOnce.err = err; err == nil {
			accountsOnce.data, accountsOnce.err = os.ReadFile(filepath.Join(dir, "accounts.json"))
		}
	})
	if accountsOnce.err != nil {
		t.Fatal(accountsOnce.err)
	}
	return accountsOnce.data
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	path, dir := writeWarehouse(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "accounts.json"), accountsFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	accounts, err := access.OpenAccounts(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{t: t, logs: &buffer{}}
	if f.tokens, err = access.OpenTokens(dir, accounts); err != nil {
		t.Fatal(err)
	}
	if f.audit, err = access.OpenAudit(dir, time.Now); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(f.logs, nil))
	pages, err := dashboards.New(dashboards.Config{
		Open: func(_ context.Context, path string) (*sql.DB, error) {
			return duckdb.OpenReadOnly(path, duckdb.Options{MemoryMB: 256})
		},
		OpenViews: func(ctx context.Context, path string, statements []string) (*sql.DB, error) {
			return duckdb.OpenViews(ctx, path, statements, duckdb.Options{MemoryMB: 256})
		},
		Current: func() (string, error) { return path, nil }, Log: log, StateDir: dir,
		Access: &dashboards.Access{Accounts: accounts, Tokens: f.tokens, Audit: f.audit},
	})
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(Config{Reader: pages.Reader, Log: log, Now: time.Now, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = listener.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	if f.client, err = flightsql.NewClient(f.addr, nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		t.Fatal(err)
	}
	if f.db, err = sql.Open("duckdb", path+"?access_mode=read_only"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.client.Close()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		f.db.Close()
		pages.Close()
	})
	return f
}

// token makes a token of an account.
func (f fixture) token(account string, scopes ...access.Scope) string {
	f.t.Helper()
	_, text, err := f.tokens.Add(access.Token{Name: "test", Account: account, Scopes: scopes}, time.Hour, time.Now())
	if err != nil {
		f.t.Fatal(err)
	}
	return text
}

// as is the context of an account's calls.
func (f fixture) as(account string, scopes ...access.Scope) context.Context {
	if len(scopes) == 0 {
		scopes = []access.Scope{access.ReadSQL, access.ReadPeople}
	}
	return metadata.AppendToOutgoingContext(f.t.Context(), "authorization", "Bearer "+f.token(account, scopes...))
}

// rows runs a statement and returns its rows as text.
func (f fixture) rows(ctx context.Context, statement string) ([][]string, error) {
	info, err := f.client.Execute(ctx, statement)
	if err != nil {
		return nil, err
	}
	return f.read(ctx, info)
}

// number runs a statement on the warehouse itself.
func (f fixture) number(statement string) string {
	f.t.Helper()
	var x any
	if err := f.db.QueryRow(statement).Scan(&x); err != nil {
		f.t.Fatal(err)
	}
	return fmt.Sprint(x)
}
