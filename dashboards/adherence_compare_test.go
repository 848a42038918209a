package dashboards

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Beside the page stands what the page of the other line or class shows, with the difference and its interval by hand.
func TestAdherenceBesideAnother(t *testing.T) {
	f := newFixture(t, 400)
	cases := map[string]struct{ here, there, query string }{
		"lines":                     {"line_code = 'htn'", "line_code = 'dm'", "line=htn&cmp=line:dm"},
		"classes":                   {"drug_class_code = 'htn_arb'", "drug_class_code = 'htn_ccb'", "class=htn_arb&cmp=class:htn_ccb"},
		"a class of a line":         {"line_code = 'htn'", "drug_class_code = 'htn_ccb'", "line=htn&cmp=class:htn_ccb"},
		"a class beside other line": {"drug_class_code = 'htn_arb'", "line_code = 'dm'", "line=htn&class=htn_arb&cmp=line:dm"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			doc := f.page("/adherence?" + c.query)
			count := func(where string) (adherent, counted, mean float64) {
				from := " from fct_adherence where period_code = 'r180' and is_eligible and " + where
				return f.number("select count(*) filter (where is_adherent)" + from), f.number("select count(*)" + from), f.number("select avg(pdc_ratio)" + from)
			}
			a, n, mean1 := count(c.here)
			b, m, mean2 := count(c.there)
			if got, want := text(doc, "#adherent > small:first-of-type"), fmt.Sprintf("%.0f/%.0f", a, n); !strings.HasPrefix(got, want) {
				t.Errorf("the page itself counts %q, want %s", got, want)
			}
			if got, want := text(doc, "#adherent .other > b"), fmt.Sprintf("%.1f%% (%.0f/%.0f)", 100*b/m, b, m); got != want {
				t.Errorf("the other is %q, want %s", got, want)
			}
			if got, want := text(doc, "#mean-pdc .other > b"), fmt.Sprintf("%.3f (n=%.0f)", mean2, m); got != want {
				t.Errorf("the other mean is %q, want %s", got, want)
			}
			if got, want := text(doc, "#mean-pdc .other > span"), fmt.Sprintf("%+.3f", mean1-mean2); got != want {
				t.Errorf("the means differ by %q, want %s", got, want)
			}
			l1, u1 := wilsonByHand(a, n)
			l2, u2 := wilsonByHand(b, m)
			p, q := a/n, b/m
			want := fmt.Sprintf("%+.1f 个百分点 [%+.1f, %+.1f]", 100*(p-q), 100*(p-q-math.Hypot(p-l1, u2-q)), 100*(p-q+math.Hypot(u1-p, q-l2)))
			if got := text(doc, "#adherent .other > span"); !strings.HasSuffix(got, want) {
				t.Errorf("the difference is %q, by hand %q", got, want)
			}
			part := strings.Contains(text(doc, "p.notice"), "包含在本页之内")
			if want := name == "a class of a line"; part != want {
				t.Errorf("the page says of a part: %v, want %v", part, want)
			}
		})
	}
}

// The trend has the other's months beside its own, in the table and as dashed lines.
func TestAdherenceTrendBesideAnother(t *testing.T) {
	f := newFixture(t, 400)
	dm, both := f.page("/adherence?line=dm"), f.page("/adherence?line=htn&cmp=line:dm")
	theirs := map[string]string{}
	dm.Find("#trend tbody tr").Each(func(_ int, row *goquery.Selection) {
		cells := cellsOfRow(row)
		theirs[cells[0]] = cells[2]
	})
	rows := 0
	both.Find("#trend tbody tr").Each(func(_ int, row *goquery.Selection) {
		cells := cellsOfRow(row)
		if got, want := cells[len(cells)-3], theirs[cells[0]]; want != "–" && !strings.HasPrefix(got, want+" (") {
			t.Errorf("%s: beside it stands %q, the other page shows %q", cells[0], got, want)
		}
		rows++
	})
	if rows < 6 {
		t.Errorf("the trend has %d months", rows)
	}
	if chart := both.Find("#trend script").Text(); strings.Count(chart, "糖尿病") < 2 {
		t.Error("the chart has no lines of the other")
	}
	if got := text(f.page("/adherence?cmp=line:gout"), ".notice.warn"); !strings.Contains(got, "cmp") {
		t.Errorf("an unknown line gives the notice %q", got)
	}
}

// Every line stands beside the line that the page is compared with, every class beside the class.
func TestAdherenceGroupsBesideOne(t *testing.T) {
	f := newFixture(t, 400)
	for _, c := range []struct{ query, figure, column, other string }{
		{"cmp=line:dm", "by-line", "line_code", "dm"},
		{"line=htn&cmp=class:htn_ccb", "by-class", "drug_class_code", "htn_ccb"},
	} {
		doc := f.page("/adherence?" + c.query)
		count := func(code string) (adherent, counted float64) {
			from := " from fct_adherence where period_code = 'r180' and is_eligible and " + c.column + " = '" + code + "'"
			return f.number("select count(*) filter (where is_adherent)" + from), f.number("select count(*)" + from)
		}
		b, m := count(c.other)
		rows := 0
		for _, code := range []string{"htn", "dm", "bc", "onfh", "htn_arb", "htn_ccb"} {
			a, n := count(code)
			if n == 0 {
				continue
			}
			name := f.name(code)
			row := rowOf(doc.Find("#"+c.figure+" tbody tr"), name)
			if len(row) != 9 {
				t.Fatalf("%s: the row of %s is %q", c.query, name, row)
			}
			rows++
			want := fmt.Sprintf("%.1f%% (%.0f/%.0f) %s", 100*b/m, b, m, strings.NewReplacer("差 ", "", "个百分点 ", "").Replace(differenceByHand(a, n, b, m)))
			if got := strings.Join(row[6:], " "); got != want {
				t.Errorf("%s: beside %s stands %q, want %q", c.query, name, got, want)
			}
		}
		if rows < 2 {
			t.Errorf("%s: %d rows were checked", c.query, rows)
		}
	}
}

// Months stand beside those half a year before, and so do the cards when they are about 180 days.
func TestAdherenceBesideEarlierMonths(t *testing.T) {
	f := newFixture(t, 400)
	count := func(month string) (adherent, counted, mean float64) {
		from := " from fct_adherence where is_eligible and line_code = 'htn' and period_code = 'm" + month + "'"
		return f.number("select count(*) filter (where is_adherent)" + from), f.number("select count(*)" + from), f.number("select avg(pdc_ratio)" + from)
	}
	doc := f.page("/adherence?line=htn&cmp=prev")
	for now, before := range map[string]string{"2026-03": "2025-09", "2026-01": "2025-07"} {
		a, n, mean1 := count(now)
		b, m, mean2 := count(before)
		there, difference := fmt.Sprintf("%.1f%% (%.0f/%.0f)", 100*b/m, b, m), differenceByHand(a, n, b, m)
		row := rowOf(doc.Find("#trend tbody tr"), now)
		want := there + " " + strings.NewReplacer("差 ", "", "个百分点 ", "").Replace(difference)
		if got := strings.Join(row[len(row)-3:], " "); got != want {
			t.Errorf("%s: beside it stands %q, want %q", now, got, want)
		}
		if now != "2026-03" {
			continue
		}
		for selector, want := range map[string]string{
			"#adherent .other > b": there + " → " + fmt.Sprintf("%.1f%% (%.0f/%.0f)", 100*a/n, a, n), "#adherent .other > span": difference,
			"#mean-pdc .other > b": fmt.Sprintf("%.3f → %.3f", mean2, mean1), "#mean-pdc .other > span": fmt.Sprintf("%+.3f", mean1-mean2),
		} {
			if got := text(doc, selector); got != want {
				t.Errorf("%s is %q, want %q", selector, got, want)
			}
		}
	}
	if row := rowOf(doc.Find("#trend tbody tr"), "2025-06"); row[len(row)-3] != "–" {
		t.Errorf("a month before the trend: %q", row)
	}
	if f.page("/adherence?line=htn&period=r365&cmp=prev").Find(".other").Length() != 0 {
		t.Error("a year stands beside 180 days")
	}
}

// name is the Chinese name of a line or a drug class.
func (f fixture) name(code string) string {
	f.t.Helper()
	var name string
	if err := f.db.QueryRow("select name_zh from dim_lines where line_code = ? union all select name_zh from dim_drug_classes where drug_class_code = ?", code, code).Scan(&name); err != nil {
		f.t.Fatal(err)
	}
	return name
}

func cellsOfRow(row *goquery.Selection) []string {
	return row.Children().Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) })
}
