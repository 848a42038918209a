package dashboards

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"phdp/dashboards/access"
)

// pageTimeout bounds the work of one page.
const pageTimeout = 15 * time.Second

// errNotFound makes the edge answer 404.
var errNotFound = errors.New("not found")

// request is one request on one warehouse, with its parameters read.
type request struct {
	*http.Request
	state   state
	ignored []ignored
	lang    string
	theme   string
	wh      *warehouse   // as the reader's rules show it, and the segment that was asked for
	beside  *warehouse   // the same of the segment that the page is compared with
	saved   []savedQuery // the segments that the page can be limited to
	who     access.Identity
	totals  bool // the reader sees protected totals only

	isRehearsal bool // nobody reads it
}

// view is what a template gets. Handlers fill the upper part, the edge the rest.
type view struct {
	Page    string // template
	Nav     string // entry of the navigation that is current; Page when empty
	Title   string // text, not a key
	Data    any
	Status  int
	Refresh int // seconds until the browser asks again; 0 never
	Partial string

	Lang, Theme string
	Path        string
	State       state
	Ignored     []ignored
	Build       build
	Ready       bool
	Stale       bool
	AssetsReady bool
	Asset       func(string) string
	Who         access.Identity
	Local       bool // nobody signs in here
	Tried       string
	Totals      bool // counts are protected
	Now         time.Time
	wh          *warehouse
	text        texts
}

type pageFunc func(ctx context.Context, rq *request) (view, error)
type fileFunc func(ctx context.Context, w http.ResponseWriter, rq *request) error

// page makes a handler that renders a view.
func (s *Server) page(name string, right access.Right, params []param, fn pageFunc) http.Handler {
	return s.file(name, right, params, func(ctx context.Context, w http.ResponseWriter, rq *request) error {
		v, err := fn(ctx, rq)
		if err != nil {
			return err
		}
		return s.write(w, rq, v)
	})
}

// file makes a handler that writes its own response for somebody who is signed in and has a right. Before the
// first build it shows the progress instead.
func (s *Server) file(name string, right access.Right, params []param, fn fileFunc) http.Handler {
	return s.metrics.count(name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
		defer cancel()
		wh, release := s.store.acquire()
		defer release()
		rq := &request{Request: r, wh: wh, lang: preference(w, r, "lang", languages), theme: preference(w, r, "theme", themes)}
		s.edge(w, rq, s.answer(ctx, w, rq, right, params, fn))
	}))
}

// answer finds out who asks and whether they may, and hands on the warehouse as their rules show it.
func (s *Server) answer(ctx context.Context, w http.ResponseWriter, rq *request, right access.Right, params []param, fn fileFunc) (err error) {
	if rq.who, err = s.identify(rq.Request); err != nil {
		return err
	}
	rq.totals = !rq.who.May(access.SeePatients)
	if !rq.who.May(right) {
		if err := s.audit(rq, "refused", rq.Pattern, ""); err != nil {
			return err
		}
		return errForbidden
	}
	if rq.wh == nil {
		return s.write(w, rq, s.progress(rq))
	}
	if s.cfg.Access.Local {
		rq.who = limitTrial(rq.who, rq.wh)
	}
	if rq.wh, err = rq.wh.scoped(ctx, s.cfg, scopeOf(rq.who)); err != nil {
		return err
	}
	if rq.Method == http.MethodGet {
		rq.state, rq.ignored = readState(rq.URL.Query(), params, rq.wh)
		release, err := s.useSegments(ctx, rq)
		defer func() { release() }()
		if err != nil {
			return err
		}
	}
	return fn(ctx, w, rq)
}

// write renders a view and sends it. For htmx it also tells the canonical address.
func (s *Server) write(w http.ResponseWriter, rq *request, v view) error {
	s.fill(&v, rq)
	var body bytes.Buffer
	if err := s.render.page(&body, v); err != nil {
		return fmt.Errorf("render %s: %w", v.Page, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", rq.lang)
	h.Add("Vary", "Cookie, HX-Request")
	if v.Refresh > 0 {
		h.Set("Refresh", fmt.Sprint(v.Refresh))
	}
	if rq.Header.Get("HX-Request") == "true" && v.Partial == "" {
		h.Set("HX-Push-Url", v.Canonical())
	}
	if v.Status != 0 {
		w.WriteHeader(v.Status)
	}
	_, _ = w.Write(body.Bytes()) // the reader has gone when this fails
	return nil
}

func (s *Server) fill(v *view, rq *request) {
	v.Lang, v.Theme, v.Path, v.State, v.Ignored = rq.lang, rq.theme, rq.URL.Path, rq.state, rq.ignored
	v.Asset, v.AssetsReady, v.text = s.assets.url, s.assets.ready(), s.render.texts[rq.lang]
	v.Now = s.cfg.Now()
	v.Who, v.Totals, v.Local = rq.who, rq.totals, s.cfg.Access.Local
	if v.Local && len(rq.who.Roles) == 1 {
		v.Tried = string(rq.who.Roles[0])
	}
	if v.Nav == "" {
		v.Nav = v.Page
	}
	if rq.wh == nil {
		return
	}
	v.wh, v.Build, v.Ready = rq.wh, rq.wh.build, true
	if built, err := time.ParseInLocation("2006-01-02 15:04", rq.wh.BuiltAt, shanghai); err == nil {
		v.Stale = s.cfg.Now().Sub(built) > 36*time.Hour
	}
}

// edge turns an error into a response and logs it once. It is the only place that picks a status.
func (s *Server) edge(w http.ResponseWriter, rq *request, err error) {
	var bad badRequest
	switch {
	case err == nil:
		return
	case rq.Context().Err() != nil:
		return // the reader has gone
	case errors.Is(err, errSignIn):
		s.askSignIn(w, rq)
	case errors.Is(err, errForbidden):
		s.writeError(w, rq, http.StatusForbidden, "")
	case errors.Is(err, errNotFound):
		s.writeError(w, rq, http.StatusNotFound, "")
	case errors.As(err, &bad):
		s.writeError(w, rq, http.StatusBadRequest, "")
	default:
		id := rand.Text()[:8]
		s.log.Error("request failed", "error_id", id, "error", err)
		s.writeError(w, rq, http.StatusInternalServerError, id)
	}
}

// badRequest is an error that the reader made.
type badRequest struct{ reason string }

func (b badRequest) Error() string { return b.reason }

// errorData is what the error page shows.
type errorData struct {
	Status int
	ID     string
}

func (s *Server) writeError(w http.ResponseWriter, rq *request, status int, id string) {
	title := s.render.texts[rq.lang].get("error.title." + fmt.Sprint(status))
	v := view{Page: "error", Title: title, Status: status, Data: errorData{Status: status, ID: id}}
	if err := s.write(w, rq, v); err != nil {
		s.log.Error("error page failed", "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

// askSignIn leads a reader to the sign-in page, and tells a program that it needs to sign in.
func (s *Server) askSignIn(w http.ResponseWriter, rq *request) {
	place := "/sign-in?next=" + url.QueryEscape(rq.URL.RequestURI())
	if rq.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", "/sign-in")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if rq.Method != http.MethodGet {
		place = "/sign-in"
	}
	http.Redirect(w, rq.Request, place, http.StatusSeeOther)
}

func (s *Server) notFound(context.Context, *request) (view, error) { return view{}, errNotFound }

// shanghai is the business clock. It has had no summer time since 1991, so a fixed zone is exact.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

var (
	languages = []string{"zh-CN", "en"}
	themes    = []string{"auto", "light", "dark"}
)

// preference reads a choice of the reader from ?name= or else a cookie; the first of the choices is the
// default. A choice in the URL is remembered in the cookie.
func preference(w http.ResponseWriter, r *http.Request, name string, choices []string) string {
	if asked := r.URL.Query().Get(name); asked != "" {
		for _, c := range choices {
			if c == asked || c == "zh-CN" && asked == "zh" {
				http.SetCookie(w, &http.Cookie{Name: "phdp_" + name, Value: c, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode})
				return c
			}
		}
	}
	if cookie, err := r.Cookie("phdp_" + name); err == nil {
		for _, c := range choices {
			if c == cookie.Value {
				return c
			}
		}
	}
	return choices[0]
}
