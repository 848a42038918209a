package dashboards

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// A card beside another line of disease shows what that line's own page shows, and the difference with its interval.
func TestHomeBesideAnotherLine(t *testing.T) {
	f := newFixture(t, 400)
	htn, dm, both := f.page("/home?line=htn"), f.page("/home?line=dm"), f.page("/home?line=htn&cmp=line:dm")
	for _, code := range []string{"reaction", "adherent", "pdc", "supplied", "spend_per_buyer", "repurchase"} {
		card := "#kpi-" + code
		if got, want := text(both, card+" .kpi-value"), text(htn, card+" .kpi-value"); got != want {
			t.Errorf("%s: the card itself shows %s, want %s", code, got, want)
		}
		if got, want := text(both, card+" .kpi-other > b"), text(dm, card+" .kpi-value"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: beside it stands %s, the page of the line shows %s", code, got, want)
		}
	}
	count := func(line, extra string) float64 {
		return f.number("select count(*) from fct_adherence where period_code = 'r180' and is_eligible and line_code = '" + line + "'" + extra)
	}
	a, n := count("htn", " and is_adherent"), count("htn", "")
	b, m := count("dm", " and is_adherent"), count("dm", "")
	l1, u1 := wilsonByHand(a, n)
	l2, u2 := wilsonByHand(b, m)
	p, q := a/n, b/m
	low, high := p-q-math.Hypot(p-l1, u2-q), p-q+math.Hypot(u1-p, q-l2)
	want := fmt.Sprintf("%+.1f 个百分点 [%+.1f, %+.1f]", 100*(p-q), 100*low, 100*high)
	if got := text(both, "#kpi-adherent .kpi-other .difference"); !strings.HasSuffix(got, want) {
		t.Errorf("the difference is %q, by hand %q", got, want)
	}
}

// wilsonByHand solves (p-x)² = z²x(1-x)/n for x.
func wilsonByHand(k, n float64) (low, high float64) {
	const z = 1.959963984540054
	p := k / n
	a, b, c := 1+z*z/n, -(2*p + z*z/n), p*p
	root := math.Sqrt(b*b - 4*a*c)
	return (-b - root) / (2 * a), (-b + root) / (2 * a)
}

// Against an earlier month the last whole month counts, not the last 30 days.
func TestHomeBesideEarlierMonths(t *testing.T) {
	f := newFixture(t, 400)
	for cmp, months := range map[string][2]string{"prev": {"2026-02", "2026-03"}, "yoy": {"2025-03", "2026-03"}} {
		doc := f.page("/home?cmp=" + cmp)
		spent := func(month string) string {
			fen := f.number("select sum(amount_fen) from fct_fills where amount_fen > 0 and strftime(fill_date, '%Y-%m') = '" + month + "'")
			return formatUnit(fen/100/f.number("select count(distinct patient_id) from fct_fills where amount_fen > 0 and strftime(fill_date, '%Y-%m') = '"+month+"'"), "yuan")
		}
		if got, want := text(doc, "#kpi-spend_per_buyer .kpi-other > b"), spent(months[0])+" → "+spent(months[1]); got != want {
			t.Errorf("%s: %s, want %s", cmp, got, want)
		}
		if got := text(doc, "#kpi-spend_per_buyer .kpi-other"); !strings.Contains(got, months[0]+" → "+months[1]) {
			t.Errorf("%s does not name the months: %s", cmp, got)
		}
	}
	if doc := f.page("/home"); doc.Find(".kpi-other").Length() != 0 {
		t.Error("cards are compared although nobody asks")
	}
	if got := text(f.page("/home?cmp=line:xyz"), ".notice.warn"); !strings.Contains(got, "cmp") {
		t.Errorf("an unknown line gives the notice %q", got)
	}
}
