package dashboards

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"phdp/dashboards/columnar"
)

// parameter is a $name of a statement with the value that the reader gave. Values become quoted texts of the statement before it
// is inspected, so that what runs is what was looked at.
type parameter struct{ Name, Value string }

// eachParameter calls put with the text of a statement piece by piece; name is set when the piece is a parameter.
func eachParameter(text string, put func(piece, name string)) {
	for len(text) > 0 {
		size, _ := nextToken(text)
		if text[:size] == "$" && size < len(text) {
			next, isWord := nextToken(text[size:])
			if name := text[size : size+next]; isWord && !unicode.IsDigit([]rune(name)[0]) {
				put(text[:size+next], name)
				text = text[size+next:]
				continue
			}
		}
		put(text[:size], "")
		text = text[size:]
	}
}

// parametersOf are the parameters of a statement in their order, each once, with the values of a form. missing tells whether one
// has none.
func parametersOf(text string, form url.Values) (all []parameter, missing bool) {
	eachParameter(text, func(_, name string) {
		if name == "" || slices.ContainsFunc(all, func(p parameter) bool { return p.Name == name }) {
			return
		}
		all = append(all, parameter{name, strings.TrimSpace(form.Get("p." + name))})
		missing = missing || !form.Has("p."+name)
	})
	return all, missing
}

// fillIn writes the values in the place of the parameters.
func fillIn(text string, all []parameter) string {
	var out strings.Builder
	eachParameter(text, func(piece, name string) {
		if at := slices.IndexFunc(all, func(p parameter) bool { return p.Name == name }); name != "" && at >= 0 {
			piece = "'" + strings.ReplaceAll(all[at].Value, "'", "''") + "'"
		}
		out.WriteString(piece)
	})
	return out.String()
}

// saveStatement keeps the posted statement under a name, for everybody who may run SQL, and leads back to it.
func (s *Server) saveStatement(ctx context.Context, w http.ResponseWriter, rq *request) error {
	rq.Body = http.MaxBytesReader(w, rq.Body, maxStatement)
	if err := rq.ParseForm(); err != nil || s.queries.dir == "" {
		return badRequest{"save statement: no form"}
	}
	name, text := strings.TrimSpace(rq.PostForm.Get("name")), rq.PostForm.Get("sql")
	if name == "" || utf8.RuneCountInString(name) > 60 {
		return badRequest{"save statement: no name"}
	}
	all, _ := parametersOf(text, nil)
	refused, err := rq.wh.inspect(ctx, fillIn(text, all))
	if err != nil {
		return err
	}
	if refused != nil {
		return s.refuse(ctx, w, rq, text, refused)
	}
	if err := s.audit(rq, "save_query", "sha256:"+sum(text), ""); err != nil {
		return err
	}
	err = s.queries.save(savedQuery{Name: name, Owner: rq.who.Name, Query: text, Hash: hashOf(text), SavedAt: s.cfg.Now()})
	if errors.Is(err, errNotOwner) {
		return badRequest{"save statement: the name is taken"}
	}
	if err != nil {
		return err
	}
	http.Redirect(w, rq.Request, "/sql?saved="+url.QueryEscape(name), http.StatusSeeOther)
	return nil
}

// of returns the latest runs of an owner, newest first.
func (rs *runs) of(owner string) []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var all []*run
	for _, id := range slices.Backward(rs.order) {
		if r := rs.byID[id]; r.Owner == owner && len(all) < 12 {
			all = append(all, r)
		}
	}
	return all
}

// At is when the run began, on the clock of Shanghai.
func (r *run) At() string { return r.Started.In(shanghai).Format("15:04") }

// Brief is the beginning of the statement on one line.
func (r *run) Brief() string {
	text := []rune(strings.Join(strings.Fields(r.Text), " "))
	if len(text) > 90 {
		return string(text[:90]) + "…"
	}
	return string(text)
}

// runFile runs the statement of a run again on the current warehouse and sends up to exportedRows rows in a format.
func (s *Server) runFile(kind string) fileFunc {
	return func(_ context.Context, w http.ResponseWriter, rq *request) error {
		r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
		if r == nil {
			return errNotFound
		}
		ctx, cancel := context.WithTimeout(rq.Context(), runTimeout+slotWait)
		defer cancel()
		if err := s.audit(rq, "export", "sha256:"+sum(r.Text), "kind="+kind+" "+shape(r.Text)); err != nil {
			return err
		}
		rows, done, err := s.rows(ctx, rq.wh, r.Text)
		if err != nil {
			return badRequest{"the statement fails"}
		}
		defer done()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTimeout)) // a writer without deadlines has time enough
		read, err := columnar.NewReader(rows, exportedRows)
		if err != nil {
			return err
		}
		send := s.formats()[kind]
		w.Header().Set("Content-Type", send.kind)
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="phdp-sql-%s-%s.%s"`, rq.wh.AsOf, r.ID[:8], kind))
		if err := send.write(w, rq, read); err != nil {
			s.log.Error("result not sent whole", "kind", kind)
			panic(http.ErrAbortHandler) // a file that ends early must not look whole
		}
		return nil
	}
}
