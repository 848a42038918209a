package dashboards

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"phdp/dashboards/access"
	"phdp/sql/queries"
)

// reportPage is a page that is made of filters, numbers, figures and perhaps a list of people. It is served as a
// page, and its figures as CSV and as a workbook; a list of people also as a file with a purpose.
type reportPage struct {
	name   string
	nav    string // page of the navigation that it belongs to; its own when empty
	right  access.Right
	params []param
	fill   func(ctx context.Context, r *report) error
	// compare are the comparisons that the page offers: prev, yoy and names of filters.
	compare []string
	// whole is the key of the text that says why the page is not limited to the people of a segment: segment.whole when it is
	// made of totals without people, segment.drawn when its groups were drawn by lot. It is empty on pages that are.
	whole string
	// people reads a part of the list. It is nil on pages without one.
	people func(ctx context.Context, r *report, part listPart) (listing, error)
}

// report is what the page shows.
type report struct {
	Page    string
	Scope   string // what is counted, beside the filters
	Notes   []string
	Choices []choice
	Stats   []stat
	Figures []figure
	List    *listing
	Links   []option // to lists that no figure leads to
	Closed  bool     // the reader's rows cannot be cut out of the tables of this page

	rq   *request
	t    texts
	args args

	ago      string    // prev or yoy: the period is an earlier one
	from, to time.Time // the period, when the page has one
	monthly  bool      // the period is of whole months, the last one perhaps not over
}

// choice is a select of the filter bar.
type choice struct {
	Name, Label, Any string // Any is the text of "no limit"; empty when a value must be chosen
	No               string // of a select that the page has more than one of
	Options          []option
}

type option struct {
	Value, Label string
	Chosen       bool
}

// stat is a number with what stands under it.
type stat struct {
	ID, Label, Value, Note string
	Definition             *definition
	Estimate               *estimate `api:"-"` // what is compared
	Other                  *otherValue
	about                  string // what it is about, where pages with other filters may show another
}

// figurePart names a figure of the page when its numbers are downloaded.
var figurePart = param{name: "figure", action: true}

// reports are the pages of this kind in the order of the navigation.
func reports() []reportPage {
	all := []reportPage{persistencePage(), stagesPage(), tagsPage(), tuningPage(), alertsPage(), followupsPage(),
		repurchasePage(), experimentsPage(), staffPage(), contentPage(), communityPage(), campaignsPage(), outcomesPage(), firstFillPage(), pathsPage()}
	for i := range all {
		p := &all[i]
		if p.whole == "" {
			p.compare = append(p.compare, "segment")
			p.params = append(p.params, withinParam)
		}
		if p.compare != nil {
			p.params = append(p.params, compareParam(p.compare))
		}
	}
	return all
}

// routeReports registers the pages and their files.
func (s *Server) routeReports(mux *http.ServeMux) {
	for _, p := range append(reports(), overlapPage()) {
		p.params = slices.Concat(p.params, []param{figurePart})
		if p.people != nil {
			p.params = slices.Concat(p.params, []param{pageParam, purposeParam})
			mux.Handle("GET /"+p.name+"/list.csv", s.file(p.name+"_list_csv", access.Export, p.params, s.reportList(p, "csv")))
			mux.Handle("GET /"+p.name+"/list.xlsx", s.file(p.name+"_list_xlsx", access.Export, p.params, s.reportList(p, "xlsx")))
		}
		mux.Handle("GET /"+p.name, s.page(p.name, p.right, p.params, s.reportView(p)))
		mux.Handle("GET /"+p.name+"/data.csv", s.file(p.name+"_csv", p.right, p.params, s.reportCSV(p)))
		mux.Handle("GET /"+p.name+"/data.xlsx", s.file(p.name+"_xlsx", p.right, p.params, s.reportXLSX(p)))
	}
}

// makeReport fills a report for a request, without its list.
func (s *Server) makeReport(ctx context.Context, rq *request, p reportPage) (*report, error) {
	r := s.newReport(rq, p)
	if err := p.fill(ctx, r); err != nil {
		return nil, err
	}
	if c := rq.chooseWithin(r.t); len(c.Options) > 0 {
		r.Choices = append(r.Choices, c)
	} else if p.whole != "" && !rq.totals {
		r.Scope = strings.TrimPrefix(r.Scope+r.t.get(p.whole), " ")
	}
	if p.compare != nil {
		r.chooseComparison(p.compare)
		if err := s.compare(ctx, p, r); err != nil {
			return nil, err
		}
	}
	for i := range r.Figures {
		if f := &r.Figures[i]; f.Empty == "" {
			f.File = "/" + p.name + "/data.csv" + withQuery(rq.state, "figure", f.ID)
		}
	}
	return r, nil
}

func (s *Server) newReport(rq *request, p reportPage) *report {
	r := &report{Page: p.name, rq: rq, t: s.render.texts[rq.lang], args: args{}}
	for _, x := range p.params {
		if !x.action && x.name != "page" {
			r.args[x.name] = rq.state.Get(x.name)
		}
	}
	return r
}

func (s *Server) reportView(p reportPage) pageFunc {
	return func(ctx context.Context, rq *request) (view, error) {
		r, err := s.makeReport(ctx, rq, p)
		if err != nil {
			return view{}, err
		}
		if p.people != nil && !rq.totals && !r.Closed {
			page, _ := strconv.Atoi(rq.state.Get("page")) // checked when the state was read
			list, err := p.people(ctx, r, listPart{Limit: listPageSize, Offset: (page - 1) * listPageSize})
			if err != nil {
				return view{}, err
			}
			if list.Title != "" {
				list.Pager = newPager(page, listPageSize, len(list.Rows), list.Size.Members)
				if err := s.audit(rq, "list", p.name, fmt.Sprintf("shown=%d of %d", len(list.Rows), list.Size.Members)); err != nil {
					return view{}, err
				}
				r.List = &list
			}
		}
		return view{Page: "report", Nav: cmp.Or(p.nav, p.name), Title: r.t.get(p.name + ".title"), Data: r}, nil
	}
}

// Download is the address of the workbook of all figures, or nothing when there is none.
func (r *report) Download() string {
	if len(r.Figures) == 0 {
		return ""
	}
	return "/" + r.Page + "/data.xlsx" + r.rq.state.Query()
}

// withQuery is the state's query string with one more parameter.
func withQuery(s state, name, value string) string {
	query := s.Query()
	return query + "?&"[min(len(query), 1):][:1] + name + "=" + escapeValue(value)
}

// choose adds a select over some values, which are named by the words of a prefix.
func (r *report) choose(name, label, any, prefix string, values ...string) {
	c := choice{Name: name, Label: r.t.get(label)}
	if any != "" {
		c.Any = r.t.get(any)
	}
	for _, v := range values {
		c.Options = append(c.Options, option{Value: v, Label: r.t.word(prefix, v), Chosen: v == r.rq.state.Get(name)})
	}
	r.Choices = append(r.Choices, c)
}

// chooseLine adds the select of the disease line, chooseClass that of the drug classes of the line.
func (r *report) chooseLine() {
	c := choice{Name: "line", Label: r.t.get("filter.line"), Any: r.t.get("filter.all_lines")}
	for _, l := range r.rq.wh.Lines {
		c.Options = append(c.Options, option{l.Code, r.t.name(l.NameZH, l.NameEN), l.Code == r.rq.state.Get("line")})
	}
	r.Choices = append(r.Choices, c)
}

func (r *report) chooseClass() {
	c := choice{Name: "class", Label: r.t.get("filter.class"), Any: r.t.get("filter.all_classes")}
	for _, x := range r.rq.wh.Classes {
		if line := r.rq.state.Get("line"); line == "" || x.LineCode == line {
			c.Options = append(c.Options, option{x.Code, r.t.name(x.NameZH, x.NameEN), x.Code == r.rq.state.Get("class")})
		}
	}
	r.Choices = append(r.Choices, c)
}

// stat adds a number; def may be empty.
func (r *report) stat(id, label, value, note, def string) {
	x := stat{ID: id, Label: r.t.get(label), Value: value, Note: note}
	if def != "" {
		d := r.t.definition(def)
		x.Definition = &d
	}
	r.Stats = append(r.Stats, x)
}

// rateStat adds a rate with its counts and its interval.
func (r *report) rateStat(id, label string, x rate, def string) {
	r.stat(id, label, formatShare(x), formatInt(x.K)+"/"+formatInt(x.N)+" · "+formatInterval(x), def)
	r.compared(x.estimate())
}

// compared says what of the number that was added last is compared.
func (r *report) compared(e estimate) { r.Stats[len(r.Stats)-1].Estimate = &e }

// figure starts a figure: its title and definition by key, the query that it shows.
func (r *report) figure(id, title, def, query string, head ...string) figure {
	f := figure{ID: id, Title: r.t.get(title), Definition: r.t.definition(def), SQL: sqlText(query), query: query, Table: table{Text: 1}}
	for _, key := range head {
		f.Table.Head = append(f.Table.Head, r.t.get(key))
	}
	return f
}

// add puts a figure on the page; one without rows says that there is nothing.
func (r *report) add(f figure) {
	if len(f.Table.Rows) == 0 && f.Empty == "" {
		f.Empty = r.t.get("empty.filter")
	}
	r.Figures = append(r.Figures, f)
}

// sqlText is the statement behind a figure, for readers who want to know how it is counted.
func sqlText(name string) string {
	text, err := queries.Get(name)
	if err != nil {
		return ""
	}
	return text
}

// oneOf is a parameter with a few values; the fallback may be empty.
func oneOf(name, fallback string, values ...string) param {
	return param{name: name, fallback: fallback, valid: func(_ *warehouse, v string) bool { return slices.Contains(values, v) }}
}

// ownerParam is the filter by care worker.
var ownerParam = param{name: "owner", valid: func(w *warehouse, v string) bool { return !w.totals && slices.Contains(w.Staff, v) }}

// chooseOwner adds the select of the care worker; readers of totals have none.
func (r *report) chooseOwner() {
	if !r.rq.totals {
		r.choose("owner", "filter.owner", "filter.any", "owner", r.rq.wh.Staff...)
	}
}

// classParam is the filter by drug class.
var classParam = param{name: "class", valid: (*warehouse).hasClass}

// needs tells whether the reader may read a table; tables about nobody are closed to whoever sees some rows only.
func (r *report) needs(ctx context.Context, tables ...string) (bool, error) {
	open, err := r.rq.wh.allowed(ctx)
	if err != nil {
		return false, err
	}
	for _, name := range tables {
		if !open[name] {
			r.Closed = true
		}
	}
	return !r.Closed, nil
}

// argsOf are the filters of the page that a query names.
func (r *report) argsOf(name string) args {
	text, found := sqlText(name), args{}
	for key, value := range r.args {
		if regexp.MustCompile(`\$` + key + `\b`).MatchString(text) {
			found[key] = value
		}
	}
	return found
}

// dropFilters takes away filters that a reader of totals may not combine, and says so.
func (r *report) dropFilters(names ...string) {
	for _, name := range names {
		if len(r.rq.state.values[name]) > 0 {
			r.rq.ignored = append(r.rq.ignored, ignored{Name: name})
			r.rq.state = r.rq.state.set(name, nil)
			r.args[name] = r.rq.state.Get(name)
		}
	}
}

// stageNo is the place of a stage in the order in which people go through them.
func stageNo(code string) int {
	return slices.Index([]string{"lead", "friend", "nurture", "suspect", "onboard", "initiate", "consolidate", "intervene", "maintain", "winback", "exit"}, code)
}

func sortStages(codes []string) {
	slices.SortStableFunc(codes, func(a, b string) int { return stageNo(a) - stageNo(b) })
}

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// number is a number that may be missing.
type number = sql.NullFloat64

// decimal writes a number that may be missing.
func decimal(x number, decimals int) string {
	if !x.Valid {
		return "–"
	}
	return formatDecimal(x.Float64, decimals)
}

// pointer is a number of a chart, nothing when it is missing.
func pointer(x number) *float64 {
	if !x.Valid {
		return nil
	}
	return value(x.Float64)
}
