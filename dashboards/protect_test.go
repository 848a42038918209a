package dashboards

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// interval is what somebody outside can know of a count.
type interval struct{ low, high int64 }

// known are the totals of the attack by name: what was shown of each, and what follows.
type known map[string]interval

// behind returns the counts that are shown like that: the attacker knows the rule.
func behind(shown int64) interval {
	box := interval{1 << 40, -1}
	for n := max(0, max(0, shown)-3*smallCount); n <= max(0, shown)+3*smallCount; n++ {
		if protectCount(n) == shown {
			box = interval{min(box.low, n), max(box.high, n)}
		}
	}
	return box
}

// show notes what a page shows of a count.
func (k known) show(name, shown string) {
	box := behind(hiddenCount)
	if n, err := strconv.ParseInt(strings.ReplaceAll(shown, ",", ""), 10, 64); err == nil {
		box = behind(n)
	}
	if old, ok := k[name]; ok { // the same count on another page
		box = interval{max(old.low, box.low), min(old.high, box.high)}
	}
	k[name] = box
}

// sum draws every conclusion from whole = the sum of the parts; it tells whether it learned anything.
func (k known) sum(whole string, parts ...string) bool {
	learned := false
	narrow := func(name string, low, high int64) {
		box := k[name]
		next := interval{max(box.low, low), min(box.high, high)}
		learned = learned || next != box
		k[name] = next
	}
	var low, high int64
	for _, part := range parts {
		low, high = low+k[part].low, high+k[part].high
	}
	narrow(whole, low, high)
	for _, part := range parts {
		narrow(part, k[whole].low-(high-k[part].high), k[whole].high-(low-k[part].low))
	}
	return learned
}

// atMost draws the conclusions from part <= whole.
func (k known) atMost(part, whole string) bool {
	p, w := k[part], k[whole]
	k[part], k[whole] = interval{p.low, min(p.high, w.high)}, interval{max(w.low, p.low), w.high}
	return k[part] != p || k[whole] != w
}

// rule is something that everybody knows about the totals.
type rule func(known) bool

// attack collects what a reader of totals is shown over all lines, classes and periods that they may choose.
func attack(t *testing.T, r reader, lines []string, classes map[string][]string) (known, []rule) {
	t.Helper()
	k := known{}
	var rules []rule
	for _, period := range []string{"r90", "r180", "r365"} {
		for line, own := range classes {
			names := []string{}
			for _, class := range own {
				name := fmt.Sprintf("pdc %s %s %s", period, line, class)
				names = append(names, name)
				readAdherence(t, k, r, name, fmt.Sprintf("/adherence?line=%s&class=%s&period=%s", line, class, period))
			}
			name := fmt.Sprintf("pdc %s %s", period, line)
			readAdherence(t, k, r, name, fmt.Sprintf("/adherence?line=%s&period=%s", line, period))
			rules = append(rules, sumOf(name+" counted", names, " counted"), sumOf(name+" adherent", names, " adherent"), sumOf(name+" pairs", names, " pairs"))
		}
		names := []string{}
		for _, line := range lines {
			names = append(names, fmt.Sprintf("pdc %s %s", period, line))
		}
		readAdherence(t, k, r, "pdc "+period, "/adherence?period="+period)
		rules = append(rules, sumOf("pdc "+period+" counted", names, " counted"), sumOf("pdc "+period+" adherent", names, " adherent"), sumOf("pdc "+period+" pairs", names, " pairs"))
	}
	for name := range k {
		if base, ok := strings.CutSuffix(name, " counted"); ok {
			rules = append(rules, func(k known) bool { return k.atMost(base+" adherent", base+" counted") },
				func(k known) bool { return k.sum(base+" pairs", base+" counted", base+" rest") })
		}
	}
	return k, rules
}

func sumOf(whole string, parts []string, suffix string) rule {
	full := make([]string, len(parts))
	for i, part := range parts {
		full[i] = part + suffix
	}
	return func(k known) bool { return k.sum(whole, full...) }
}

func readAdherence(t *testing.T, k known, r reader, name, path string) {
	t.Helper()
	doc := parse(t, r.get(path, http.StatusOK))
	k.show(name+" counted", text(doc, "#counted b"))
	if fraction, _, ok := strings.Cut(text(doc, "#adherent small"), " "); ok {
		adherent, _, _ := strings.Cut(fraction, "/")
		k.show(name+" adherent", adherent)
	}
	pairs := strings.Fields(text(doc, "#counted small"))
	for _, word := range pairs {
		if _, err := strconv.Atoi(strings.ReplaceAll(word, ",", "")); err == nil || strings.HasPrefix(word, "<") {
			k.show(name+" pairs", word)
			break
		}
	}
	k[name+" rest"] = interval{0, 1 << 40}
}

// An attacker who reads every page with every filter and adds and subtracts what is shown must not learn a hidden
// count: at least five values stay possible for each, and no interval leaves out the truth.
func TestHiddenCountsStayHiddenFromSubtraction(t *testing.T) {
	for _, size := range []int{90, 150, 260, 420} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			p := newPeople(t, size)
			r := p.as("pharma")
			lines := []string{"bc", "dm", "htn", "onfh"}
			classes := map[string][]string{"onfh": {"onfh_tcm"}, "htn": {"htn_arb", "htn_ccb"}, "dm": {"dm_biguanide", "dm_sglt2"}, "bc": {"bc_ai"}}
			k, rules := attack(t, r, lines, classes)
			for learned := true; learned; {
				learned = false
				for _, rule := range rules {
					learned = rule(k) || learned
				}
			}
			hidden := 0
			for name, box := range k {
				truth := truthOf(p, name)
				if truth < box.low || truth > box.high {
					t.Errorf("%s: the attack says %v, the truth is %d: the attack itself is wrong", name, box, truth)
				}
				if truth < smallCount {
					hidden++
					if box.high-box.low+1 < 5 {
						t.Errorf("%s: %d is known to be between %d and %d", name, truth, box.low, box.high)
					}
				}
			}
			t.Logf("%d counts, %d of them hidden, %d rules", len(k), hidden, len(rules))
		})
	}
}

// truthOf is the count behind a name of the attack.
func truthOf(p peopled, name string) int64 {
	words := strings.Fields(name)
	kind := words[len(words)-1]
	where := "period_code = '" + words[1] + "'"
	counted := "(is_eligible or (period_code = 'r90' and fill_date_count >= 2))"
	if rest := words[2 : len(words)-1]; len(rest) > 0 {
		where += " and line_code = '" + rest[0] + "'"
		if len(rest) > 1 {
			where += " and drug_class_code = '" + rest[1] + "'"
		}
	}
	switch kind {
	case "counted":
		where += " and " + counted
	case "rest":
		where += " and not " + counted
	case "adherent":
		where += " and " + counted + " and covered_days * 100 >= 80 * treatment_days"
	}
	return int64(p.number("select count(*) from fct_adherence where " + where))
}

// The single subtraction that undoes ordinary suppression, for every pair of sizes: it leaves 1 to 10 possible.
func TestOneSubtractionTellsNothing(t *testing.T) {
	for rest := int64(smallCount); rest < 500; rest++ {
		for small := int64(0); small < smallCount; small++ {
			whole, part := behind(protectCount(rest+small)), behind(protectCount(rest))
			if low, high := whole.low-part.high, whole.high-part.low; low > 1 || high < smallCount-1 {
				t.Fatalf("%d beside %d: the difference leaves only %d to %d", small, rest, low, high)
			}
		}
	}
}

// No number under 11 and no exact count is on any page of a reader of totals.
func TestPharmaSeesProtectedTotalsOnly(t *testing.T) {
	p := newPeople(t, 150)
	r := p.as("pharma")
	for _, path := range []string{"/home", "/home?line=bc", "/adherence", "/adherence?line=bc", "/journey", "/journey?line=bc&lost=second_fill", "/segments", "/segments?line=bc&g=all:smoker", "/segments?g=all:smoker&g=none:sex_male", "/segments?lost=second_fill&low=htn_arb"} {
		doc := parse(t, r.get(path, http.StatusOK))
		if doc.Find(`a[href^="/patients"], #lost, .id`).Length() != 0 {
			t.Errorf("%s leads to people", path)
		}
		for _, selector := range []string{".stats dd b", "table.funnel td b", "#histogram tbody td:nth-child(2)", "#by-class tbody td:nth-child(4)", "#by-class tbody td:nth-child(5)", ".chips small"} {
			for _, shown := range doc.Find(selector).Map(func(_ int, s *goquery.Selection) string { return strings.TrimSpace(s.Text()) }) {
				n, err := strconv.ParseInt(strings.ReplaceAll(shown, ",", ""), 10, 64)
				if err == nil && n != 0 && n%smallCount != smallCount/2 && n%smallCount != 0 {
					t.Errorf("%s: %s shows %s", path, selector, shown)
				}
			}
		}
	}
	if doc := parse(t, r.get("/segments?g=all:smoker&g=none:sex_male", http.StatusOK)); doc.Find("p.notice.warn").Length() == 0 {
		t.Error("conditions that are taken away must be told")
	}
}
