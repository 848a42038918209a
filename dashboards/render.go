package dashboards

import (
	"database/sql"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"phdp/dashboards/access"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pageNames are the templates that are pages; layout.html and parts.html are shared by all.
var pageNames = []string{"home", "adherence", "journey", "patients", "patient", "segments", "sql", "sql_result", "data", "glossary", "progress", "error", "sign_in", "admin", "report", "exports", "tokens", "deliveries"}

// renderer holds the parsed templates, page by page and language by language.
type renderer struct {
	texts map[string]texts
	pages map[string]*template.Template // "en/home"
}

func newRenderer() (*renderer, error) {
	r := &renderer{texts: map[string]texts{}, pages: map[string]*template.Template{}}
	for _, lang := range languages {
		t, err := loadTexts(lang)
		if err != nil {
			return nil, err
		}
		r.texts[lang] = t
		shared, err := template.New("layout").Funcs(functions(t)).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
		if err != nil {
			return nil, err
		}
		for _, name := range pageNames {
			page, err := shared.Clone()
			if err != nil {
				return nil, err
			}
			if r.pages[lang+"/"+name], err = page.ParseFS(templateFiles, "templates/"+name+".html"); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// page writes a whole page, or only a named part of it.
func (r *renderer) page(w io.Writer, v view) error {
	page, ok := r.pages[v.Lang+"/"+v.Page]
	if !ok {
		return fmt.Errorf("no template %q", v.Page)
	}
	part := "layout"
	if v.Partial != "" {
		part = v.Partial
	}
	return page.ExecuteTemplate(w, part, v)
}

// functions are what templates may call besides the methods of the view.
func functions(t texts) template.FuncMap {
	return template.FuncMap{
		"t":        t.get,
		"word":     t.word,
		"name":     t.name,
		"def":      t.definition,
		"int":      formatInt,
		"big":      func(n int64) string { return formatBig(n, t.lang) },
		"pct":      formatPercent,
		"share":    formatShare,
		"meaning":  func(name, english string) meaning { return meaning{t.words["meaning."+name], english} },
		"can":      func(v view, right string) bool { return v.Who.May(rights[right]) },
		"known":    func(n int64) bool { return n > 0 },
		"dec":      formatDecimal,
		"rate":     func(k, n int64) rate { return rate{K: k, N: n} },
		"frac":     formatRate,
		"interval": formatInterval,
		"short":    shortID,
		"add":      func(a, b int) int { return a + b },
		"day":      func(at time.Time) string { return at.In(shanghai).Format(time.DateOnly) },
		"seconds":  func(x float64) string { return formatDecimal(x, 1) },
		"scale":    func(x float64, width int) string { return formatDecimal(x*float64(width), 2) },
		"neg":      func(n int64) int64 { return -n },
		"if0":      func(n int) int { return min(n, 1) },
		"pages":    pagesOf,
		"list":     func(v view, l *listing) listView { return listView{v, l} },
	}
}

// rights are the rights by the names that templates use.
var rights = map[string]access.Right{"patients": access.SeePatients, "export": access.Export, "sql": access.RunSQL, "data": access.SeeData, "audit": access.SeeAudit}

// Purposes are what a list may be made for.
func (v view) Purposes() []string { return purposes }

// Clock writes a time on the business clock.
func (v view) Clock(at time.Time) string { return at.In(shanghai).Format("2006-01-02 15:04:05") }

// Minute writes a time on the business clock, to the minute.
func (v view) Minute(at time.Time) string { return at.In(shanghai).Format("2006-01-02 15:04") }

// AllRoles are the roles that the owner of the machine may try.
func (v view) AllRoles() []access.Role { return access.Roles() }

// meaning is what a table or a check says, in the reader's language where there is a text; the models describe
// themselves in English.
type meaning struct{ Own, English string }

// listView is a list with the page around it.
type listView struct {
	View view
	List *listing
}

// pages is a pager with the addresses of its neighbours.
type pages struct {
	P          pager
	Prev, Next string
}

func pagesOf(v view, p pager, anchor string) pages {
	link := func(page int) string {
		return v.Path + v.State.set("page", []string{fmt.Sprint(page)}).Query() + anchor
	}
	one := pages{P: p}
	if p.Page > 1 {
		one.Prev = link(p.Page - 1)
	}
	if p.Page < p.Pages {
		one.Next = link(p.Page + 1)
	}
	return one
}

// Also is the address of the page with a choice of language or theme added.
func (v view) Also(name, choice string) string {
	query := v.State.Query()
	return v.Path + query + "?&"[min(len(query), 1):][:1] + name + "=" + choice
}

// Canonical is the address of the page's state with its parameters in their fixed order.
func (v view) Canonical() string { return v.Path + v.State.Query() }

// LineName is the name of a disease line in the reader's language.
func (v view) LineName(code string) string { return v.wh.lineName(code, v.text) }

// ClassName is the name of a drug class in the reader's language.
func (v view) ClassName(code string) string { return v.wh.className(code, v.text) }

// TagName is the name of a tag; only Chinese names exist, so English shows the id beside it.
func (v view) TagName(id string) string { return v.wh.tagName(id) }

// Lines, Classes and Stages fill the filters.
func (v view) Lines() []line    { return v.wh.Lines }
func (v view) Stages() []string { return v.wh.Stages }
func (v view) Steps() []step    { return v.wh.Steps }

// Classes returns the drug classes of the line that is chosen, or all.
func (v view) Classes() []drugClass {
	chosen := v.State.Get("line")
	var all []drugClass
	for _, c := range v.wh.Classes {
		if chosen == "" || c.LineCode == chosen {
			all = append(all, c)
		}
	}
	return all
}

// Periods are the rolling periods of the filter.
func (v view) Periods() []string { return []string{"r90", "r180", "r365"} }

// Days writes a median number of days.
func (v view) Days(d sql.NullFloat64) string { return formatDays(d) }

// EventTitle translates a timeline title when it is a known activity or measurement.
func (v view) EventTitle(title string) string {
	for _, prefix := range []string{"event", "measure", "step"} {
		if text := v.text.word(prefix, title); text != title {
			return text
		}
	}
	return title
}

func (w *warehouse) lineName(code string, t texts) string {
	for _, l := range w.Lines {
		if l.Code == code {
			return t.name(l.NameZH, l.NameEN)
		}
	}
	return code
}

func (w *warehouse) className(code string, t texts) string {
	for _, c := range w.Classes {
		if c.Code == code {
			return t.name(c.NameZH, c.NameEN)
		}
	}
	return code
}

func (w *warehouse) tagName(id string) string {
	if found, ok := w.tagByID[id]; ok {
		return found.NameZH
	}
	return id
}
