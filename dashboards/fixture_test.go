package dashboards

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	_ "github.com/duckdb/duckdb-go/v2"

	"phdp/dashboards/access"
	"phdp/sql/duckdb"
)

//go:embed testdata/warehouse.sql
var warehouseSQL string

//go:embed testdata/marts.sql
var martsSQL string

// writeWarehouse builds an invented warehouse of so many patients and returns its path.
func writeWarehouse(t testing.TB, patients int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("warehouse-%d.duckdb", patients))
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatalf("open the fixture: %v", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // variables and temporary tables belong to one connection
	if _, err := db.Exec(fmt.Sprintf("set variable patients = %d", patients)); err != nil {
		t.Fatalf("set the number of patients: %v", err)
	}
	beforeMeta, meta, _ := strings.Cut(warehouseSQL, "create table meta.sources") // the lists of tables come last
	meta = "create table meta.sources" + meta
	for _, statement := range strings.Split(strings.TrimSuffix(beforeMeta+martsSQL+meta, ";\n"), ";\n") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("build the fixture: %v in\n%s", err, statement)
		}
	}
	return path
}

// openReadOnly opens a warehouse the way the program does: read-only and without access to files.
func openReadOnly(_ context.Context, path string) (*sql.DB, error) {
	return sql.Open("duckdb", path+"?access_mode=read_only&enable_external_access=false&lock_configuration=true")
}

// openViews opens the views of a role the way the program does.
func openViews(ctx context.Context, path string, statements []string) (*sql.DB, error) {
	return duckdb.OpenViews(ctx, path, statements, duckdb.Options{MemoryMB: 256})
}

// localAccess lets everybody in, as on the machine of the reader.
func localAccess(t testing.TB) *Access {
	t.Helper()
	audit, err := access.OpenAudit(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &Access{Local: true, Audit: audit, Hosts: []string{"example.com"}}
}

// published returns a Config.Current that always names one path, or none when it is empty.
func published(path string) func() (string, error) {
	return func() (string, error) {
		if path == "" {
			return "", fs.ErrNotExist
		}
		return path, nil
	}
}

// fixture is a server over an invented warehouse, with the warehouse itself to compare with.
type fixture struct {
	t    testing.TB
	web  *httptest.Server
	db   *sql.DB
	logs *lockedBuffer

	server *Server
}

func newFixture(t testing.TB, patients int) fixture {
	t.Helper()
	path := writeWarehouse(t, patients)
	db, err := openReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	logs := &lockedBuffer{}
	server, err := New(Config{Open: openReadOnly, OpenViews: openViews, Access: localAccess(t), StateDir: t.TempDir(), Current: published(path), Log: slog.New(slog.NewTextHandler(logs, nil)),
		Now: func() time.Time { return time.Date(2026, 4, 1, 9, 0, 0, 0, shanghai) }})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() { web.Close(); server.Close() })
	return fixture{t: t, web: web, db: db, logs: logs, server: server}
}

// lockedBuffer collects what is logged.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// get fetches an address and fails unless the status is as wanted.
func (f fixture) get(path string, status int) (string, http.Header) {
	f.t.Helper()
	response, err := f.web.Client().Get(f.web.URL + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if response.StatusCode != status {
		f.t.Fatalf("GET %s: status %d, want %d", path, response.StatusCode, status)
	}
	return string(body), response.Header
}

// page fetches an address as a document.
func (f fixture) page(path string) *goquery.Document {
	f.t.Helper()
	body, _ := f.get(path, http.StatusOK)
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	return doc
}

// number runs a statement that returns one number.
func (f fixture) number(statement string, values ...any) float64 {
	f.t.Helper()
	var x float64
	if err := f.db.QueryRow("select cast(("+statement+") as double)", values...).Scan(&x); err != nil {
		f.t.Fatalf("%s: %v", statement, err)
	}
	return x
}

// text is the trimmed text of the first match of a selector.
func text(doc *goquery.Document, selector string) string {
	return strings.TrimSpace(doc.Find(selector).First().Text())
}
