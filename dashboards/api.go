package dashboards

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"phdp/dashboards/access"
)

// apiRoot begins the addresses of the API.
const apiRoot = "/api/v1"

// apiRoute is an address of the API. The routes are what serves and what the OpenAPI document is made from.
type apiRoute struct {
	method, path string // path without apiRoot
	name         string
	summary      string
	right        access.Right
	params       []param
	// body says that the parameters come in the body, not in the address: they name a person.
	body bool

	page pageFunc // shows what a page shows; data is the type of what it returns
	data any

	file  fileFunc // writes its own answer
	input any      // the body that file takes
	gives map[string]any
}

// apiPages are the addresses that show what a page shows, read by the page's own handler.
func (s *Server) apiPages() []apiRoute {
	all := []apiRoute{
		{path: "/home", name: "home", summary: "The outcomes: safety, effectiveness, adherence, economy", right: access.SeeTotals, params: homeParams, page: s.home, data: homeData{}},
		{path: "/adherence", name: "adherence", summary: "How well people take their medicine", right: access.SeeTotals, params: adherenceParams, page: s.adherence, data: adherenceData{}},
		{path: "/journey", name: "journey", summary: "Where people are lost; with lost, the people who were lost at a step", right: access.SeeTotals, params: journeyParams, page: s.journey, data: journeyData{}},
		{path: "/segments", name: "segments", summary: "How many people a definition has, and the first of them", right: access.SeeTotals, params: segmentParams, page: s.segments, data: segmentsData{}},
		{path: "/patients/search", name: "patients", summary: "People by line and the beginning of their pseudonym", right: access.SeePatients, params: patientsParams, body: true, page: s.patients, data: patientsData{}},
		{path: "/patients/one", name: "patient", summary: "One person", right: access.SeePatients, params: append([]param{personParam}, patientParams...), body: true, page: s.apiPatient, data: patientData{}},
		{path: "/exports", name: "exports", summary: "The lists that were made", right: access.SeeTotals, page: s.exports, data: exportsData{}},
		{path: "/data", name: "data", summary: "What the warehouse was built from, and its checks", right: access.SeeData, page: s.data, data: dataData{}},
		{path: "/admin", name: "admin", summary: "Accounts and the newest rows of the audit log", right: access.SeeAudit, page: s.admin, data: adminData{}},
		{path: "/glossary", name: "glossary", summary: "How everything is counted", right: access.SeeTotals, page: s.glossary, data: glossaryData{}},
		{path: "/sql/tables", name: "sql_tables", summary: "The tables that statements may name", right: access.RunSQL, page: s.apiTables, data: apiTables{}},
	}
	for _, p := range append(reports(), overlapPage()) {
		params := p.params
		if p.people != nil {
			params = slices.Concat(params, []param{pageParam})
		}
		title := s.render.texts["en"].get(p.name + ".title")
		all = append(all, apiRoute{path: "/" + p.name, name: p.name, summary: title, right: p.right, params: params, page: s.reportView(p), data: report{}})
	}
	return all
}

// apiFiles are the addresses that write something else than a page's JSON.
func (s *Server) apiFiles() []apiRoute {
	list := func(page, name, summary, kind string, params []param, fn fileFunc) apiRoute {
		return apiRoute{path: "/" + page + "/" + name, name: page + "_" + strings.Replace(name, ".", "_", 1), summary: summary, right: access.Export, params: params, file: fn, gives: map[string]any{kind: nil}}
	}
	all := []apiRoute{
		list("segments", "list.csv", "The people of a segment who may be contacted", kindCSV, segmentParams, s.segmentList("csv", writeCSV)),
		list("segments", "list.xlsx", "The same as a workbook", kindXLSX, segmentParams, s.segmentList("xlsx", writeXLSX)),
		list("segments", "list.parquet", "The same as Parquet", kindParquet, segmentParams, s.segmentList("parquet", writeParquet)),
		list("segments", "manifest.json", "What the list of a segment is", kindJSON, segmentParams, s.segmentManifest),
	}
	all = append(all, apiRoute{path: "/exports/{id}", name: "export_again", summary: "A list that was made, until it expires", right: access.Export, file: s.exportAgain, gives: map[string]any{kindCSV: nil, kindXLSX: nil, kindParquet: nil}})
	for _, p := range append(reports(), overlapPage()) {
		if p.people != nil {
			params := slices.Concat(p.params, []param{purposeParam})
			all = append(all, list(p.name, "list.csv", "The people of the list who may be contacted", kindCSV, params, s.reportList(p, "csv")),
				list(p.name, "list.xlsx", "The same as a workbook", kindXLSX, params, s.reportList(p, "xlsx")))
		}
	}
	return all
}

// personParam is the pseudonym of a person. It travels in a body only.
var personParam = param{name: "patient_id", valid: func(_ *warehouse, v string) bool { return idPattern.MatchString(v) }}

func (s *Server) apiPatient(ctx context.Context, rq *request) (view, error) {
	rq.SetPathValue("id", rq.state.Get(personParam.name))
	return s.patient(ctx, rq)
}

// apiRoutes returns all routes with what they have in common filled in.
func (s *Server) apiRoutes() []apiRoute {
	all := slices.Concat(s.apiPages(), s.apiFiles(), s.apiSQL())
	for i := range all {
		r := &all[i]
		if r.method == "" {
			r.method = map[bool]string{false: http.MethodGet, true: http.MethodPost}[r.body]
		}
		r.params = slices.DeleteFunc(slices.Clone(r.params), func(p param) bool { return p.action && (r.file == nil || p.name != purposeParam.name) })
		if r.page != nil {
			r.file = s.apiPage(*r)
		}
	}
	return all
}

// api registers the routes, the document that describes them, and an answer for every other address below.
func (s *Server) api(mux *http.ServeMux) {
	allowed := map[string][]string{}
	routes := s.apiRoutes()
	for _, r := range routes {
		mux.Handle(r.method+" "+apiRoot+r.path, s.apiHandler(r))
		allowed[apiRoot+r.path] = append(allowed[apiRoot+r.path], r.method)
	}
	document := s.openAPI(routes)
	mux.Handle("GET "+apiRoot+"/openapi.json", s.metrics.count("api_document", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kindJSON)
		_, _ = w.Write(document) // the reader has gone when this fails
	})))
	mux.Handle(tokenPath, s.metrics.count("api_unknown", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rq := &request{Request: r, lang: apiLanguage(r)}
		if methods := allowed[r.URL.Path]; methods != nil {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			s.apiEdge(w, rq, apiError{kind: "method", status: http.StatusMethodNotAllowed})
			return
		}
		s.apiEdge(w, rq, errNotFound)
	})))
}

// apiHandler answers a route for somebody who has the right, on the warehouse as their rules show it.
func (s *Server) apiHandler(route apiRoute) http.Handler {
	return s.metrics.count("api_"+route.name, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
		defer cancel()
		wh, release := s.store.acquire()
		defer release()
		rq := &request{Request: r, wh: wh, lang: apiLanguage(r), theme: themes[0]}
		if wh == nil {
			s.apiEdge(w, rq, errNotReady)
			return
		}
		s.apiEdge(w, rq, s.answer(ctx, w, rq, route.right, route.params, func(ctx context.Context, w http.ResponseWriter, rq *request) error {
			if err := route.read(w, rq); err != nil {
				return err
			}
			return route.file(ctx, w, rq)
		}))
	}))
}

// read takes the parameters of a route that has them in its body, and refuses what it does not know.
func (r apiRoute) read(w http.ResponseWriter, rq *request) error {
	if r.body {
		sent := map[string]any{}
		if err := readBody(w, rq, &sent); err != nil {
			return err
		}
		form := url.Values{}
		for name, value := range sent {
			switch value.(type) {
			case string, float64:
				form.Set(name, fmt.Sprint(value))
			default:
				return apiError{kind: "parameters", status: http.StatusBadRequest, names: []string{name}}
			}
		}
		rq.state, rq.ignored = readState(form, r.params, rq.wh)
	}
	return refuseUnused(rq)
}

// refuseUnused makes the API fail where a page shows a notice: a program does not read notices.
func refuseUnused(rq *request) error {
	if len(rq.ignored) == 0 {
		return nil
	}
	e := apiError{kind: "parameters", status: http.StatusBadRequest}
	for _, one := range rq.ignored {
		e.names = append(e.names, one.Name)
	}
	return e
}

// readBody reads a JSON body of bounded size.
func readBody(w http.ResponseWriter, rq *request, to any) error {
	kind, _, _ := mime.ParseMediaType(rq.Header.Get("Content-Type"))
	in := json.NewDecoder(http.MaxBytesReader(w, rq.Body, maxStatement+(4<<10)))
	in.DisallowUnknownFields()
	if err := in.Decode(to); err != nil || kind != "application/json" || in.More() {
		return apiError{kind: "body", status: http.StatusBadRequest}
	}
	return nil
}

// apiLanguage is the language of titles and names: ?lang=en or Chinese. No cookie is read or set.
func apiLanguage(r *http.Request) string {
	if r.URL.Query().Get("lang") == "en" {
		return "en"
	}
	return languages[0]
}

// apiAnswer is what every address gives that shows what a page shows.
type apiAnswer struct {
	Build      apiBuild            `json:"build"`
	Title      string              `json:"title"`
	Protected  bool                `json:"protected"` // counts are bands of eleven, and small ones null
	Parameters map[string][]string `json:"parameters"`
	Data       any                 `json:"data"`
}

// apiBuild says from which build an answer is.
type apiBuild struct {
	BuildID       string `json:"build_id"`
	AsOf          string `json:"as_of"`
	BuiltAt       string `json:"built_at"`
	NewestEventAt string `json:"newest_event_at"`
}

// apiPage writes what a page shows as JSON, with an ETag of the build and the content.
func (s *Server) apiPage(r apiRoute) fileFunc {
	return func(ctx context.Context, w http.ResponseWriter, rq *request) error {
		v, err := r.page(ctx, rq)
		if err != nil {
			return err
		}
		if err := refuseUnused(rq); err != nil { // what only other readers may ask for
			return err
		}
		e := apiEncoder{guard: rq.totals && r.right == access.SeeTotals}
		out := apiAnswer{Title: v.Title, Protected: rq.totals, Parameters: rq.state.Fields(), Data: e.value(reflect.ValueOf(v.Data)),
			Build: apiBuild{rq.wh.BuildID, rq.wh.AsOf, rq.wh.BuiltAt, rq.wh.NewestEventAt}}
		body, err := json.Marshal(out)
		if err != nil {
			return fmt.Errorf("write %s as JSON: %w", r.name, err)
		}
		if !r.body {
			linkPages(w, rq, v.Data)
		}
		return sendJSON(w, rq, append(body, '\n'))
	}
}

// sendJSON sends an answer, or 304 when the program has it already.
func sendJSON(w http.ResponseWriter, rq *request, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + rq.wh.BuildID + "-" + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Content-Language", rq.lang)
	h.Set("Vary", "Authorization, Cookie")
	for known := range strings.SplitSeq(rq.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", kindJSON)
	_, _ = w.Write(body) // the reader has gone when this fails
	return nil
}

// linkPages names the neighbours of a page of a list (RFC 8288).
func linkPages(w http.ResponseWriter, rq *request, data any) {
	p := pager{}
	switch d := data.(type) {
	case journeyData:
		p = d.Pager
	case *report:
		if d.List != nil {
			p = d.List.Pager
		}
	}
	for rel, page := range map[string]int{"prev": p.Page - 1, "next": p.Page + 1} {
		if page >= 1 && page <= p.Pages {
			query := rq.state.set("page", []string{strconv.Itoa(page)}).Query()
			if rq.lang != languages[0] {
				query += "?&"[min(len(query), 1):][:1] + "lang=" + rq.lang
			}
			w.Header().Add("Link", fmt.Sprintf(`<%s%s>; rel="%s"`, rq.URL.Path, query, rel))
		}
	}
}

// apiTables are the tables that somebody's statements may name.
type apiTables struct{ Tables []schemaTable }

func (s *Server) apiTables(ctx context.Context, rq *request) (view, error) {
	v, err := s.sqlView(ctx, rq, sqlData{})
	if data, ok := v.Data.(sqlData); ok {
		v.Data = apiTables{data.Tables}
	}
	return v, err
}
