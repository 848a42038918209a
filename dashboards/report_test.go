package dashboards

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/xuri/excelize/v2"

	"phdp/dashboards/access"
)

// rowOf is the row of a table whose heading is a name, as texts.
func rowOf(rows *goquery.Selection, name string) []string {
	var found []string
	rows.EachWithBreak(func(_ int, row *goquery.Selection) bool {
		cells := row.Children().Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
		if len(cells) > 0 && cells[0] == name {
			found = cells
		}
		return found == nil
	})
	return found
}

// Every figure of every page of this kind has a caption, numbers, its statement and its file; the page has one title
// and nothing inline, in both languages.
func TestEveryReportIsWhole(t *testing.T) {
	f := newFixture(t, 150)
	for _, p := range reports() {
		for _, lang := range []string{"", "?lang=en"} {
			t.Run(p.name+lang, func(t *testing.T) {
				doc := f.page("/" + p.name + lang)
				if doc.Find("h1").Length() != 1 || doc.Find("[style], script:not([src]):not([type='application/json']), [onclick]").Length() != 0 {
					t.Error("the page has no single title, or inline style or script")
				}
				if doc.Find("figure").Length() == 0 {
					t.Error("there is no figure")
				}
				doc.Find("figure").Each(func(_ int, figure *goquery.Selection) {
					id, _ := figure.Attr("id")
					for _, selector := range []string{"figcaption h2", "table tbody tr", "figcaption .reading", ".statement code", `a[href*="figure=` + id + `"]`} {
						if figure.Find(selector).Length() == 0 {
							t.Errorf("figure %s has no %s", id, selector)
						}
					}
				})
				if keys := regexp.MustCompile(`(?:^|[\s>])((?:`+p.name+`|col|filter|def|survival|nav|area)\.[a-z_.]+)`).FindAllString(doc.Find("body").Text(), -1); len(keys) > 0 {
					t.Errorf("keys without a text: %q", keys)
				}
			})
		}
	}
}

// The file of a figure holds the rows of its table, and the workbook a sheet for each figure and one about them.
func TestReportFilesHoldTheFigures(t *testing.T) {
	f := newFixture(t, 150)
	for _, p := range reports() {
		t.Run(p.name, func(t *testing.T) {
			doc := f.page("/" + p.name)
			body, _ := f.get("/"+p.name+"/data.xlsx", http.StatusOK)
			book, err := excelize.OpenReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if about, err := book.GetRows("about"); err != nil || len(about) < 6 {
				t.Errorf("the sheet about the file has %d lines (%v)", len(about), err)
			}
			doc.Find("figure").Each(func(_ int, figure *goquery.Selection) {
				id, _ := figure.Attr("id")
				want := figure.Find("table").Last().Find("tbody tr").Length()
				text, header := f.get("/"+p.name+"/data.csv?figure="+id, http.StatusOK)
				rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
				if err != nil || len(rows) != want+1 || !strings.Contains(header.Get("Content-Disposition"), id) {
					t.Errorf("%s: %d lines in the CSV (%v), %d rows on the page", id, len(rows), err, want)
				}
				if sheet, err := book.GetRows(id); err != nil || len(sheet) != want+1 {
					t.Errorf("%s: %d lines in the workbook (%v), %d rows on the page", id, len(sheet), err, want)
				}
			})
		})
	}
}

// Readers of totals get no people and no count but the middle of a band, with any filter that a page offers.
func TestReportsShowPharmaBandsOnly(t *testing.T) {
	p := newPeople(t, 400)
	r := p.as("pharma")
	who := access.Identity{Roles: []access.Role{access.Pharma}}
	whole := regexp.MustCompile(`^[0-9][0-9,]*$`)
	fraction := regexp.MustCompile(`\(?(<11|[0-9][0-9,]*) ?/ ?(<11|[0-9][0-9,]*)\)?`)
	for _, page := range reports() {
		if !who.May(page.right) {
			r.get("/"+page.name, http.StatusForbidden)
			r.get("/"+page.name+"/data.csv", http.StatusForbidden)
			continue
		}
		for _, query := range []string{"", "?line=bc", "?line=dm", "?cmp=line:htn", "?since=365&cmp=prev", "?months=3&cmp=prev", "?cmp=yoy"} {
			doc := parse(t, r.get("/"+page.name+query, http.StatusOK))
			if doc.Find(`a[href^="/patients"], #list`).Length() != 0 {
				t.Errorf("/%s%s leads to people", page.name, query)
			}
			if doc.Find("table.heat td").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "·") }).Length() != 0 {
				t.Errorf("/%s%s tells cells with nobody from cells with few", page.name, query)
			}
			shown := []string{}
			doc.Find("figure table, .stats").Each(func(_ int, s *goquery.Selection) {
				counted := countColumns(s)
				s.Find("tbody tr").Each(func(_ int, row *goquery.Selection) {
					row.Children().Each(func(i int, cell *goquery.Selection) {
						if text := strings.TrimSpace(cell.Text()); counted[i] && whole.MatchString(text) {
							shown = append(shown, text)
						}
					})
				})
			})
			doc.Find(".def").Remove()
			doc.Find("figure td, figure th, figure small, .stats b, .stats small, .reading").Each(func(_ int, s *goquery.Selection) {
				s.Children().Remove()
				for _, match := range fraction.FindAllStringSubmatch(s.Text(), -1) {
					shown = append(shown, match[1], match[2])
				}
			})
			for _, text := range shown {
				if n, err := strconv.Atoi(strings.ReplaceAll(text, ",", "")); err == nil && n%smallCount != smallCount/2 {
					t.Errorf("/%s%s shows %s", page.name, query, text)
				}
			}
		}
		if page.people != nil {
			r.get("/"+page.name+"/list.csv?purpose=follow_up", http.StatusForbidden)
		}
	}
}

// countColumns are the columns of a table that count people or what people did, by their headings.
func countColumns(table *goquery.Selection) map[int]bool {
	counted := map[int]bool{}
	texts, _ := loadTexts("zh-CN")
	names := map[string]bool{}
	for _, key := range []string{"col.people", "col.at_risk", "col.counted", "col.adherent", "persistence.col.events", "col.due", "col.implemented", "col.completed", "col.entered", "col.returned", "col.count"} {
		names[texts.get(key)] = true
	}
	table.Find("thead th").Each(func(i int, s *goquery.Selection) {
		counted[i] = names[strings.TrimSpace(s.Text())] || i > 0 && strings.HasSuffix(s.Text(), "天") && names[strings.TrimSpace(table.Find("thead th").First().Text())]
	})
	return counted
}

func TestAPageIsClosedWhereItCannotBeCut(t *testing.T) {
	c := scope{Lines: []string{"htn"}}
	for _, x := range []struct {
		name  string
		scope scope
		table baseTable
		open  bool
	}{
		{"lines on a table by line", c, baseTable{"main", "fct_content_reach", []string{"line_code", "n"}}, true},
		{"lines on a table by staff", c, baseTable{"main", "fct_staff_load", []string{"staff_id", "n"}}, false},
		{"a team on a table by staff", scope{Staff: []string{"x"}}, baseTable{"main", "fct_staff_load", []string{"staff_id", "n"}}, true},
		{"a team on a table by line", scope{Staff: []string{"x"}}, baseTable{"main", "fct_content_reach", []string{"line_code", "n"}}, false},
		{"products on any", scope{Products: []string{"x"}}, baseTable{"main", "fct_stage_service_monthly", []string{"line_code", "owner_staff_id"}}, false},
		{"lines and a team on both", scope{Lines: []string{"htn"}, Staff: []string{"x"}}, baseTable{"main", "fct_stage_service_monthly", []string{"line_code", "owner_staff_id"}}, true},
	} {
		text := x.scope.view(x.table)
		if open := text != ""; open != x.open {
			t.Errorf("%s: %q", x.name, text)
		}
		if x.open && !strings.Contains(text, "rules.") {
			t.Errorf("%s is not cut: %s", x.name, text)
		}
	}
	if fmt.Sprint(c.cut(baseTable{"main", "fct_campaigns", []string{"line_code"}})) != "[]" {
		t.Error("the line is a condition of every table that has it")
	}
}
