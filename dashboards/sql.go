package dashboards

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// maxStatement bounds the size of a posted statement in bytes.
const maxStatement = 64 << 10

var sqlParams = []param{{name: "saved"}, {name: "example", valid: func(_ *warehouse, v string) bool {
	return slices.ContainsFunc(examples, func(e example) bool { return e.Name == v })
}}}

// example is a statement to start from.
type example struct{ Name, Text string }

var examples = []example{
	{"adherence", "-- 各药物类别 180 天依从 / adherence per drug class over 180 days\nselect\n    drug_class_code,\n    count(*) filter (where is_eligible) as eligible,\n    count(*) filter (where is_adherent) as adherent,\n    round(avg(pdc_ratio) filter (where is_eligible), 3) as mean_pdc\nfrom fct_adherence\nwhere period_code = 'r180'\ngroup by drug_class_code\norder by mean_pdc;"},
	{"refill", "-- 7 天内断药的患者 / people whose medicine runs out within 7 days\nselect patient_id, line_code, owner_staff_id, last_covered_date\nfrom dim_patients, meta.builds\nwhere last_covered_date between as_of and as_of + 7\norder by last_covered_date, patient_id;"},
	{"tags", "-- 覆盖最多的标签 / tags that most people carry\nselect tag_id, name_zh, family, patient_count, coverage_ratio\nfrom dim_tags\norder by patient_count desc\nlimit 20;"},
	{"summary", "summarize fct_fills;"},
}

// schemaTable is a table of the schema browser.
type schemaTable struct {
	Name    string
	Columns []schemaColumn
}

type schemaColumn struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Description string `json:"description"`
}

type sqlData struct {
	Tables     []schemaTable
	Completion map[string][]string // for the editor: table → columns
	Examples   []example
	Text       string
	Problem    string // why the statement was refused
	Run        *run
	Wait       int         // seconds since the start of a run that is not over
	Limit      int64       // rows of a result
	Params     []parameter // of the statement, to be filled in
	Saved      []savedQuery
	Missing    string // the saved query that the address names and that is not there
	History    []*run
}

func (s *Server) sqlPage(ctx context.Context, rq *request) (view, error) {
	data := sqlData{Text: examples[0].Text}
	for _, e := range examples {
		if e.Name == rq.state.Get("example") {
			data.Text = e.Text
		}
	}
	saved, err := s.queries.list()
	if err != nil {
		return view{}, err
	}
	name := rq.state.Get("saved")
	if at := slices.IndexFunc(saved, func(x savedQuery) bool { return x.Name == name }); at >= 0 {
		data.Text = saved[at].Query
	} else {
		data.Missing = name
	}
	data.Params, _ = parametersOf(data.Text, nil)
	return s.sqlView(ctx, rq, data)
}

func (s *Server) sqlView(ctx context.Context, rq *request, data sqlData) (view, error) {
	type row struct{ Table, Column, Type, Description string }
	rows, err := query(ctx, rq.wh, "sql.Columns", nil, func(x *row) []any { return []any{&x.Table, &x.Column, &x.Type, &x.Description} })
	if err != nil {
		return view{}, err
	}
	data.Completion = map[string][]string{}
	for _, x := range rows {
		if len(data.Tables) == 0 || data.Tables[len(data.Tables)-1].Name != x.Table {
			data.Tables = append(data.Tables, schemaTable{Name: x.Table})
		}
		last := &data.Tables[len(data.Tables)-1]
		last.Columns = append(last.Columns, schemaColumn{x.Column, x.Type, x.Description})
		data.Completion[x.Table] = append(data.Completion[x.Table], x.Column)
	}
	data.Examples, data.Limit, data.History = examples, exportedRows, s.runs.of(ownerOf(rq))
	if data.Saved, err = s.queries.list(); err != nil {
		return view{}, err
	}
	return view{Page: "sql", Title: s.render.texts[rq.lang].get("sql.title"), Data: data}, nil
}

// startRun starts the posted statement. Without htmx it leads to the page of the run, whose address has the
// run's id and never the statement.
func (s *Server) startRun(ctx context.Context, w http.ResponseWriter, rq *request) error {
	rq.Body = http.MaxBytesReader(w, rq.Body, maxStatement)
	if err := rq.ParseForm(); err != nil {
		return badRequest{"the statement is too long"}
	}
	text := rq.PostForm.Get("sql")
	params, missing := parametersOf(text, rq.PostForm)
	if missing {
		return s.askParameters(ctx, w, rq, text, params)
	}
	text = fillIn(text, params)
	refused, err := rq.wh.inspect(ctx, text)
	if err != nil {
		return err
	}
	if refused != nil {
		if err := s.audit(rq, "query_refused", "sha256:"+sum(text), refused.key); err != nil {
			return err
		}
		return s.refuse(ctx, w, rq, text, refused)
	}
	base, release := s.store.acquire()
	if base == nil {
		return errNotFound
	}
	wh, err := base.scoped(ctx, s.cfg, scopeOf(rq.who))
	if err == nil {
		err = s.audit(rq, "query", "sha256:"+sum(text), shape(text))
	}
	if err != nil {
		release()
		return err
	}
	r := s.runs.start(wh.db, ownerOf(rq), text, params, release, s.logRun)
	w.Header().Set("X-PHDP-Run", r.ID)
	if rq.Header.Get("HX-Request") == "true" {
		waitBriefly(ctx, r)
		return s.write(w, rq, s.resultView(rq, r))
	}
	http.Redirect(w, rq.Request, "/sql/runs/"+r.ID, http.StatusSeeOther)
	return nil
}

// sum names a statement in the audit log without its text.
func sum(text string) string {
	all := sha256.Sum256([]byte(text))
	return hex.EncodeToString(all[:8])
}

// ownerOf binds a run to the person and to the rules under which it ran.
func ownerOf(rq *request) string { return rq.who.Name + " " + scopeOf(rq.who).key() }

// askParameters shows a field for each parameter of a statement.
func (s *Server) askParameters(ctx context.Context, w http.ResponseWriter, rq *request, text string, params []parameter) error {
	if rq.Header.Get("HX-Request") == "true" {
		return s.write(w, rq, view{Page: "sql_result", Partial: "result", Data: sqlData{Params: params}})
	}
	v, err := s.sqlView(ctx, rq, sqlData{Text: text, Params: params})
	if err != nil {
		return err
	}
	return s.write(w, rq, v)
}

func (s *Server) refuse(ctx context.Context, w http.ResponseWriter, rq *request, text string, why *refusal) error {
	problem := s.render.texts[rq.lang].get(why.key, why.word)
	if rq.Header.Get("HX-Request") == "true" {
		return s.write(w, rq, view{Page: "sql_result", Partial: "result", Data: sqlData{Problem: problem}})
	}
	v, err := s.sqlView(ctx, rq, sqlData{Text: text, Problem: problem})
	if err != nil {
		return err
	}
	v.Status = http.StatusBadRequest
	return s.write(w, rq, v)
}

func (s *Server) logRun(r *run) {
	s.metrics.runs.WithLabelValues(r.Outcome).Inc()
	s.log.Info("sql run finished", "outcome", r.Outcome, "rows", r.Total, "elapsed_ms", r.Elapsed.Milliseconds())
}

// runPage shows a run: for htmx its result only, else the editor with it. A run that is not over is asked for again.
func (s *Server) runPage(ctx context.Context, rq *request) (view, error) {
	r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
	if r == nil {
		return view{}, errNotFound
	}
	waitBriefly(ctx, r)
	if rq.Header.Get("HX-Request") == "true" {
		return s.resultView(rq, r), nil
	}
	v, err := s.sqlView(ctx, rq, sqlData{Text: r.Text, Run: r, Wait: s.waited(r), Params: r.Params})
	v.Nav = "sql"
	if !r.Finished() {
		v.Refresh = 1
	}
	return v, err
}

func (s *Server) resultView(rq *request, r *run) view {
	return view{Page: "sql_result", Nav: "sql", Partial: "result", Data: sqlData{Run: r, Params: r.Params, Wait: s.waited(r), Limit: exportedRows}}
}

func (s *Server) waited(r *run) int { return int(s.cfg.Now().Sub(r.Started).Seconds()) }

// waitBriefly lets a quick statement answer at once.
func waitBriefly(ctx context.Context, r *run) {
	ctx, cancel := context.WithTimeout(ctx, briefWait)
	defer cancel()
	select {
	case <-r.done:
	case <-ctx.Done():
	}
}

// cancelRun stops a run; its page then says so.
func (s *Server) cancelRun(ctx context.Context, w http.ResponseWriter, rq *request) error {
	r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
	if r == nil {
		return errNotFound
	}
	r.cancel()
	waitBriefly(ctx, r)
	if rq.Header.Get("HX-Request") == "true" {
		return s.write(w, rq, s.resultView(rq, r))
	}
	http.Redirect(w, rq.Request, "/sql/runs/"+r.ID, http.StatusSeeOther)
	return nil
}

// runCSV runs the statement of a run again on the current warehouse and streams up to exportedRows rows.
func (s *Server) runCSV(_ context.Context, w http.ResponseWriter, rq *request) error {
	r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
	if r == nil {
		return errNotFound
	}
	ctx, cancel := context.WithTimeout(rq.Context(), runTimeout) // a run has more time than a page
	defer cancel()
	select { // a download takes one of the places that runs have
	case s.runs.slots <- struct{}{}:
		defer func() { <-s.runs.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := s.audit(rq, "export", "sha256:"+sum(r.Text), "kind=csv "+shape(r.Text)); err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTimeout)) // a writer without deadlines has time enough
	conn, drop, err := ownConnection(ctx, rq.wh.db)
	if err != nil {
		return err
	}
	defer drop()
	rows, err := conn.QueryContext(ctx, r.Text)
	if err != nil {
		return badRequest{"the statement fails"}
	}
	defer rows.Close()
	scan, err := newScanner(rows)
	if err != nil {
		return err
	}
	startCSV(w, fmt.Sprintf("phdp-sql-%s-%s.csv", rq.wh.AsOf, r.ID[:8]))
	return writeResult(newCSV(w), scan)
}

func writeResult(out csvWriter, scan *scanner) error {
	names := make([]string, len(scan.columns))
	for i, c := range scan.columns {
		names[i] = c.Name
	}
	out.row(names...)
	for n := 0; n < exportedRows && scan.rows.Next(); n++ {
		cells, err := scan.row()
		if err != nil {
			return err
		}
		out.cells(cells, scan.columns)
	}
	if err := scan.rows.Err(); err != nil {
		return fmt.Errorf("stream result: %w", err)
	}
	return out.flush()
}
