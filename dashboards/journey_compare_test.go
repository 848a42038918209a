package dashboards

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Beside each step stands what the page of the other line shows, with the differences and their intervals by hand.
func TestJourneyBesideAnotherLine(t *testing.T) {
	f := newFixture(t, 400)
	steps := []string{"lead", "friend", "profile", "first_visit", "prescription", "first_fill", "second_fill", "six_months"}
	people := func(line, step string) float64 {
		return f.number("select count(*) from fct_journey where step_code = '" + step + "' and line_code like '" + line + "'")
	}
	cases := map[string]struct{ here, there, query string }{
		"two lines":               {"htn", "dm", "line=htn&cmp=line:dm"},
		"all and a line of them":  {"%", "bc", "cmp=line:bc"},
		"the people lost besides": {"dm", "onfh", "line=dm&cmp=line:onfh&lost=second_fill"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			doc, theirs := f.page("/journey?"+c.query), f.page("/journey?line="+c.there)
			for i, step := range steps {
				row := doc.Find("#step-" + step)
				if got, want := text(doc, "#step-"+step+" td:nth-child(3) .other b"), text(theirs, "#step-"+step+" td:nth-child(3) b"); got != want || got == "" {
					t.Errorf("%s: beside it stand %q people, the page of the line shows %q", step, got, want)
				}
				if i == 0 {
					continue
				}
				check := func(cell int, before string) {
					a, n, b, m := people(c.here, step), people(c.here, before), people(c.there, step), people(c.there, before)
					other := row.Find(fmt.Sprintf("td:nth-child(%d) .other", cell))
					if got := other.Find("b").Text(); !strings.HasPrefix(got, fmt.Sprintf("%.1f%%", 100*b/m)) {
						t.Errorf("%s of %s: beside it stands %q, want %.0f/%.0f", step, before, got, b, m)
					}
					if got, want := other.Find("span").Text(), differenceByHand(a, n, b, m); got != want {
						t.Errorf("%s of %s: the difference is %q, by hand %q", step, before, got, want)
					}
				}
				check(4, steps[0])
				check(5, steps[i-1])
			}
			if part := strings.Contains(text(doc, "p.notice"), "包含在本页之内"); part != (c.here == "%") {
				t.Errorf("the page says of a part: %v", part)
			}
			if c.here == "dm" && (doc.Find("#lost tbody tr").Length() == 0 || !strings.Contains(doc.Find("#lost .tools").Text(), zh(t, "journey.close"))) {
				t.Error("the list of the lost is gone")
			}
		})
	}
}

// differenceByHand is Newcombe's interval of a/n less b/m as the page writes it.
func differenceByHand(a, n, b, m float64) string {
	l1, u1 := wilsonByHand(a, n)
	l2, u2 := wilsonByHand(b, m)
	p, q := a/n, b/m
	signed := func(x float64) string {
		text := fmt.Sprintf("%+.1f", 100*x)
		if strings.Trim(text, "+-0.") == "" {
			return "0.0"
		}
		return text
	}
	return fmt.Sprintf("差 %s 个百分点 [%s, %s]", signed(p-q), signed(p-q-math.Hypot(p-l1, u2-q)), signed(p-q+math.Hypot(u1-p, q-l2)))
}

// The figure of lines has each step beside the same step of the other, and draws the other when it is not there yet.
func TestJourneyLinesBesideAnother(t *testing.T) {
	f := newFixture(t, 400)
	for query, series := range map[string]int{"line=htn&cmp=line:dm": 2, "cmp=line:dm": 4} {
		doc := f.page("/journey?" + query)
		theirs := map[string]string{}
		f.page("/journey?line=dm").Find("#lines tbody tr").Each(func(_ int, row *goquery.Selection) {
			cells := cellsOfRow(row)
			theirs[cells[1]] = cells[3]
		})
		doc.Find("#lines tbody tr").Each(func(_ int, row *goquery.Selection) {
			cells := cellsOfRow(row)
			if got, want := cells[len(cells)-3], theirs[cells[1]]; !strings.HasPrefix(got, want+" (") {
				t.Errorf("%s %s: beside it stands %q, the page of the line shows %q", cells[0], cells[1], got, want)
			}
		})
		var drawn chart
		if err := json.Unmarshal([]byte(doc.Find("#lines script").Text()), &drawn); err != nil {
			t.Fatal(err)
		}
		if got := len(drawn.Series); got != series || !slices.ContainsFunc(drawn.Series, func(l chartLine) bool { return strings.Contains(l.Name, "糖尿病") }) {
			t.Errorf("%s: %d series, want %d", query, got, series)
		}
	}
	if got := text(f.page("/journey?cmp=line:gout"), ".notice.warn"); !strings.Contains(got, "cmp") {
		t.Errorf("an unknown line gives the notice %q", got)
	}
	for _, cmp := range []string{"prev", "yoy", "class:htn_arb", "line"} {
		if f.page("/journey?cmp="+cmp).Find(".notice.warn").Length() != 1 {
			t.Errorf("%s must be told as unknown: the page has no period", cmp)
		}
	}
	if f.page("/journey").Find(".other, .beside, p.notice").Length() != 0 {
		t.Error("steps are compared although nobody asks")
	}
}

// A reader of totals sees beside a step what the page of the other line shows them, and no more.
func TestJourneyComparedShowsBandsOnly(t *testing.T) {
	p := newPeople(t, 90)
	r := p.as("pharma")
	hidden := 0
	for _, line := range []string{"htn", "dm", "bc", "onfh"} {
		doc := parse(t, r.get("/journey?cmp=line:"+line, http.StatusOK))
		theirs := parse(t, r.get("/journey?line="+line, http.StatusOK))
		doc.Find("table.funnel tbody tr").Each(func(_ int, row *goquery.Selection) {
			id, _ := row.Attr("id")
			got, want := text(doc, "#"+id+" td:nth-child(3) .other b"), text(theirs, "#"+id+" td:nth-child(3) b")
			if got != want {
				t.Errorf("%s of %s: %q, the page of the line shows %q", id, line, got, want)
			}
			n, err := strconv.ParseInt(strings.ReplaceAll(got, ",", ""), 10, 64)
			if err == nil && n%smallCount != smallCount/2 {
				t.Errorf("%s of %s shows %d", id, line, n)
			}
			if err != nil {
				hidden++
				if more := row.Find(".other span, .beside"); more.Length() != 0 {
					t.Errorf("%s of %s is hidden, but a difference is shown: %q", id, line, more.Text())
				}
			}
		})
	}
	if hidden == 0 {
		t.Error("no step of these few people is hidden")
	}
}
