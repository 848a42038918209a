package dashboards

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"phdp/dashboards/access"
)

// keptExport is a list that was made: what it is, and until it expires the file itself.
type keptExport struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Manifest manifest `json:"manifest"`
}

// keptExports keeps the lists in one folder that only the owner of the machine can read: a manifest for each, which
// stays as the record of what left, and the file, which goes when it expires.
type keptExports struct {
	dir string // empty: nothing is kept
	now func() time.Time
}

// keep writes a file and its manifest.
func (k keptExports) keep(kind string, m manifest, write func(io.Writer) error) (keptExport, error) {
	one := keptExport{ID: strings.ToLower(rand.Text()[:16]), Kind: kind, Manifest: m}
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return one, fmt.Errorf("keep export: %w", err)
	}
	file, err := os.OpenFile(k.path(one), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return one, fmt.Errorf("keep export: %w", err)
	}
	out := bufio.NewWriter(file)
	if err := errors.Join(write(out), out.Flush(), file.Close()); err != nil {
		return one, errors.Join(fmt.Errorf("keep export: %w", err), os.Remove(k.path(one)))
	}
	data, err := json.Marshal(one)
	if err != nil {
		return one, fmt.Errorf("keep export: %w", err)
	}
	if err := os.WriteFile(filepath.Join(k.dir, one.ID+".json"), data, 0o600); err != nil {
		return one, fmt.Errorf("keep export: %w", err)
	}
	return one, nil
}

func (k keptExports) path(one keptExport) string { return filepath.Join(k.dir, one.ID+"."+one.Kind) }

// expired tells whether a list may no longer be used.
func (k keptExports) expired(one keptExport) bool {
	end, err := time.Parse(time.RFC3339, one.Manifest.ExpiresAt)
	return err != nil || !k.now().Before(end)
}

// list returns what was exported, newest first, and removes the files that have expired.
func (k keptExports) list() ([]keptExport, error) {
	names, err := filepath.Glob(filepath.Join(k.dir, "*.json"))
	if err != nil || k.dir == "" {
		return nil, err
	}
	var all []keptExport
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read exports: %w", err)
		}
		var one keptExport
		if err := json.Unmarshal(data, &one); err != nil || filepath.Base(name) != one.ID+".json" {
			return nil, errors.New("read exports: a manifest cannot be read")
		}
		if k.expired(one) {
			if err := os.Remove(k.path(one)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("remove expired export: %w", err)
			}
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b keptExport) int {
		return strings.Compare(b.Manifest.MadeAt+b.ID, a.Manifest.MadeAt+a.ID)
	})
	return all, nil
}

// export keeps a list, writes the audit row and sends the file: nothing leaves before the row is written.
func (s *Server) export(w http.ResponseWriter, rq *request, m manifest, kind string, write func(io.Writer) error) error {
	id := ""
	if s.kept.dir != "" {
		one, err := s.kept.keep(kind, m, write)
		if err != nil {
			return err
		}
		id = one.ID
		path := s.kept.path(one)
		write = func(to io.Writer) error { return copyFile(to, path) }
	}
	object := map[bool]string{true: "segment", false: m.Page}[m.Page == "segments"]
	if err := s.audit(rq, "export", object+" "+strings.TrimPrefix(m.Hash, "sha256:")[:12], fmt.Sprintf("kind=%s rows=%d dropped=%d purpose=%s id=%s", kind, m.Rows, m.Members-m.Rows, m.Purpose, id)); err != nil {
		return err
	}
	startFile(w, m, fileKinds[kind])
	return write(w)
}

// fileKinds are the content types of the files.
var fileKinds = map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "parquet": "application/vnd.apache.parquet", "jsonl": "application/x-ndjson"}

func copyFile(to io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("send export: %w", err)
	}
	defer file.Close()
	_, err = io.Copy(to, file)
	return err
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// shownExport is a row of the page of exports.
type shownExport struct {
	keptExport
	Dropped []string // who was left out and why
	Expired bool
	Mine    bool // may be downloaded again by the reader
}

// Expires is the end of the list's life, to the minute.
func (x shownExport) Expires() string { return minute(x.Manifest.ExpiresAt) }

// Made is when it was made, to the minute.
func (x shownExport) Made() string { return minute(x.Manifest.MadeAt) }

func minute(at string) string { return strings.Replace(at[:min(16, len(at))], "T", " ", 1) }

// Place is the address of what the list was made from.
func (x shownExport) Place() string {
	if x.Manifest.Segment == "" {
		return "/" + x.Manifest.Page
	}
	return "/" + x.Manifest.Page + "?" + x.Manifest.Segment
}

type exportsData struct {
	Rows  []shownExport
	All   bool // everybody's, not only the reader's
	Total int
}

// shownExports is how many exports the page lists.
const shownExports = 200

// exports shows what left the system: to everybody their own, to those who see the audit log everybody's.
func (s *Server) exports(_ context.Context, rq *request) (view, error) {
	if !rq.who.May(access.Export) && !rq.who.May(access.SeeAudit) {
		return view{}, errForbidden
	}
	if err := s.audit(rq, "list", "exports", ""); err != nil {
		return view{}, err
	}
	t, data := s.render.texts[rq.lang], exportsData{All: rq.who.May(access.SeeAudit)}
	all, err := s.kept.list()
	if err != nil {
		return view{}, err
	}
	for _, one := range all {
		if !data.All && one.Manifest.User != rq.who.Name {
			continue
		}
		x := shownExport{keptExport: one, Expired: s.kept.expired(one), Mine: s.mayFetch(rq, one)}
		for _, why := range dropReasons {
			if n := one.Manifest.Dropped[why]; n > 0 {
				x.Dropped = append(x.Dropped, t.get("exports.dropped."+why, formatInt(n)))
			}
		}
		data.Rows = append(data.Rows, x)
	}
	data.Total = len(data.Rows)
	data.Rows = data.Rows[:min(shownExports, len(data.Rows))]
	return view{Page: "exports", Title: t.get("exports.title"), Data: data}, nil
}

// mayFetch tells whether the reader may take a list again: it is theirs, has not expired, and their rules are still
// those under which it was made.
func (s *Server) mayFetch(rq *request, one keptExport) bool {
	mine, err1 := json.Marshal(scopeOf(rq.who))
	made, err2 := json.Marshal(one.Manifest.Scope)
	return err1 == nil && err2 == nil && rq.who.May(access.Export) && one.Manifest.User == rq.who.Name && string(mine) == string(made) && !s.kept.expired(one)
}

// exportAgain sends a list once more.
func (s *Server) exportAgain(_ context.Context, w http.ResponseWriter, rq *request) error {
	all, err := s.kept.list()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.ID == rq.PathValue("id") && s.mayFetch(rq, one) {
			if err := s.audit(rq, "export", "again "+one.ID, fmt.Sprintf("kind=%s rows=%d purpose=%s", one.Kind, one.Manifest.Rows, one.Manifest.Purpose)); err != nil {
				return err
			}
			startFile(w, one.Manifest, fileKinds[one.Kind])
			return copyFile(w, s.kept.path(one))
		}
	}
	return errNotFound
}
