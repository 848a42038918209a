package dashboards

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// savedQuery is a version, under a name, of the definition of a segment or of a statement. There are no people in it, so every reader
// of /segments or /sql sees it; whom it holds depends on the reader's rules.
type savedQuery struct {
	Name    string    `json:"name"`
	Owner   string    `json:"owner"`
	Version int       `json:"version"`
	Query   string    `json:"query"` // canonical, of /segments; or the text of the statement
	Hash    string    `json:"definition_hash"`
	SavedAt time.Time `json:"saved_at"`
}

// Day is the day on which the version was saved.
func (x savedQuery) Day() string { return x.SavedAt.In(shanghai).Format(time.DateOnly) }

// savedQueries keeps all versions of all segments in one file, or of all statements in another.
type savedQueries struct {
	dir, file string
	mu        sync.Mutex
}

// maxSaved bounds the file.
const maxSaved = 2000

func (s *savedQueries) path() string { return filepath.Join(s.dir, s.file) }

func (s *savedQueries) read() ([]savedQuery, error) {
	data, err := os.ReadFile(s.path())
	if s.dir == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what is saved: %w", err)
	}
	var all []savedQuery
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read what is saved: %w", err)
	}
	return all, nil
}

// list returns the newest version of each, by name.
func (s *savedQueries) list() ([]savedQuery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	newest := map[string]savedQuery{}
	for _, one := range all {
		if one.Version > newest[one.Name].Version {
			newest[one.Name] = one
		}
	}
	var out []savedQuery
	for _, one := range newest {
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b savedQuery) int { return cmp.Compare(a.Name, b.Name) })
	return out, err
}

// errNotOwner tells that a name is somebody else's.
var errNotOwner = errors.New("the name is taken by somebody else")

// save adds a version; the same definition again is no new version. Only the owner of a name may add to it.
func (s *savedQueries) save(one savedQuery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Name != one.Name {
			continue
		}
		if old.Owner != one.Owner {
			return errNotOwner
		}
		if one.Version = max(one.Version, old.Version); old.Version == one.Version && old.Query == one.Query {
			return nil
		}
	}
	one.Version++
	if len(all) >= maxSaved {
		return badRequest{"too many are saved"}
	}
	data, err := json.MarshalIndent(append(all, one), "", "  ")
	if err != nil {
		return fmt.Errorf("save query: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("save query: %w", err)
	}
	if err := os.WriteFile(s.path()+".new", data, 0o600); err != nil {
		return fmt.Errorf("save query: %w", err)
	}
	return os.Rename(s.path()+".new", s.path())
}

// saveSegment keeps the definition of the posted query under a name and leads back to it.
func (s *Server) saveSegment(_ context.Context, w http.ResponseWriter, rq *request) error {
	rq.Body = http.MaxBytesReader(w, rq.Body, 16<<10)
	if err := rq.ParseForm(); err != nil || s.saved.dir == "" {
		return badRequest{"save segment: no form"}
	}
	name := strings.TrimSpace(rq.PostForm.Get("name"))
	form, err := url.ParseQuery(strings.TrimPrefix(rq.PostForm.Get("query"), "?"))
	if err != nil || name == "" || utf8.RuneCountInString(name) > 60 {
		return badRequest{"save segment: no name"}
	}
	rq.state, rq.ignored = readState(form, segmentParams, rq.wh)
	if err := refuseIgnored(rq); err != nil {
		return err
	}
	d := readDefinition(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	if err := s.audit(rq, "save_segment", "segment "+d.Hash()[:12], ""); err != nil {
		return err
	}
	err = s.saved.save(savedQuery{Name: name, Owner: rq.who.Name, Query: rq.state.Query(), Hash: d.Hash(), SavedAt: s.cfg.Now()})
	if errors.Is(err, errNotOwner) {
		return badRequest{"save segment: the name is taken"}
	}
	if err != nil {
		return err
	}
	http.Redirect(w, rq.Request, "/segments"+rq.state.Query(), http.StatusSeeOther)
	return nil
}
