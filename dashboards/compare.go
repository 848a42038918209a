package dashboards

import (
	"context"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A report is compared by filling it a second time: for an earlier period, or with another value of one of its
// filters. Numbers and rows that are the same thing in both then get a second value, the difference and its interval.

// estimate is a number with its 95 % interval, where it has one, as the page writes it.
type estimate struct {
	Value, Low, High number
	Text             string
	Days             bool // days, not a share
}

// estimate is the rate with its Wilson interval.
func (r rate) estimate() estimate {
	e := estimate{Text: formatRate(r)}
	if lower, upper := r.Wilson(); r.Known() {
		e.Value, e.Low, e.High = number{Float64: r.Value(), Valid: true}, number{Float64: lower, Valid: true}, number{Float64: upper, Valid: true}
	}
	return e
}

// less writes the difference to another estimate, in percentage points or days, and its 95 % interval. The interval
// is made of both intervals (Newcombe's method); it holds for groups without people in common.
func (e estimate) less(other estimate) (difference, interval string) {
	a, b, decimals, factor := e.Value, other.Value, 1, 100.0
	if e.Days {
		decimals, factor = 0, 1
	}
	if !a.Valid || !b.Valid {
		return "–", "–"
	}
	d := a.Float64 - b.Float64
	difference = signedDecimal(factor*d, decimals)
	if !e.Low.Valid || !e.High.Valid || !other.Low.Valid || !other.High.Valid {
		return difference, "–"
	}
	low := d - math.Hypot(a.Float64-e.Low.Float64, other.High.Float64-b.Float64)
	high := d + math.Hypot(e.High.Float64-a.Float64, b.Float64-other.Low.Float64)
	return difference, "[" + signedDecimal(factor*low, decimals) + ", " + signedDecimal(factor*high, decimals) + "]"
}

func signedDecimal(x float64, decimals int) string {
	text := formatDecimal(x, decimals)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	if x > 0 {
		return "+" + text
	}
	return text
}

// compareParam is the comparison that a page offers: prev, yoy, or a filter with another value, as in line:htn.
func compareParam(kinds []string) param {
	return param{name: "cmp", valid: func(w *warehouse, v string) bool {
		kind, code, coded := strings.Cut(v, ":")
		if !slices.Contains(kinds, kind) {
			return false
		}
		switch kind {
		case "line":
			return w.hasLine(code)
		case "class":
			return w.hasClass(code)
		case "owner":
			return ownerParam.valid(w, code)
		case "segment":
			return withinParam.valid(w, code) && code != ""
		}
		return !coded
	}}
}

// comparison is what a report is compared with.
type comparison struct {
	Kind, Code, Label string
	row               string // name of the row that stands for the other segment
	months            int    // how much earlier the other months are
}

// chooseComparison adds the select of the comparison. Periods are offered when the page shows one.
func (r *report) chooseComparison(kinds []string) {
	c := choice{Name: "cmp", Label: r.t.get("filter.cmp"), Any: r.t.get("filter.cmp.none")}
	add := func(kind, code, label string) {
		value := strings.TrimSuffix(kind+":"+code, ":")
		c.Options = append(c.Options, option{value, label, value == r.rq.state.Get("cmp")})
	}
	for _, kind := range kinds {
		switch kind {
		case "prev", "yoy":
			if !r.from.IsZero() {
				add(kind, "", r.t.get("cmp."+kind))
			}
		case "line":
			for _, l := range r.rq.wh.Lines {
				if l.Code != r.rq.state.Get("line") {
					add(kind, l.Code, r.t.name(l.NameZH, l.NameEN))
				}
			}
		case "class":
			for _, x := range r.rq.wh.Classes {
				if line := r.rq.state.Get("line"); x.Code != r.rq.state.Get("class") && (line == "" || x.LineCode == line) {
					add(kind, x.Code, r.t.name(x.NameZH, x.NameEN))
				}
			}
		case "owner":
			for _, id := range r.rq.wh.Staff {
				if !r.rq.totals && id != r.rq.state.Get("owner") {
					add(kind, id, r.t.word("owner", id))
				}
			}
		case "segment":
			for _, x := range r.rq.saved {
				if name := x.Name; name != r.rq.state.Get(withinParam.name) {
					c.Options = append(c.Options, option{"segment:" + name, r.t.get("cmp.segment", name), r.rq.state.Get("cmp") == "segment:"+name})
				}
			}
		}
	}
	if len(kinds) > 1 || len(c.Options) > 0 {
		r.Choices = append(r.Choices, c)
	}
}

// compare fills the report a second time and sets both side by side.
func (s *Server) compare(ctx context.Context, p reportPage, r *report) error {
	kind, code, _ := strings.Cut(r.rq.state.Get("cmp"), ":")
	if kind == "" || r.Closed {
		return nil
	}
	rq := *r.rq
	rq.ignored = nil
	c := comparison{Kind: kind, Code: code}
	switch kind {
	case "prev", "yoy":
		if r.from.IsZero() {
			r.Notes = append(r.Notes, r.t.get("compare.no_period"))
			return nil
		}
	case "segment":
		rq.wh = rq.beside
	default:
		rq.state = rq.state.set(kind, []string{code})
	}
	o := s.newReport(&rq, p)
	if code == "" {
		o.ago = kind
	}
	if err := p.fill(ctx, o); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	r.nameComparison(o, &c)
	r.compareStats(o, c)
	for i := range r.Figures {
		for j := range o.Figures {
			if f, of := &r.Figures[i], &o.Figures[j]; f.ID == of.ID && len(f.Table.Estimates) > 0 && (kind == "segment" || !maps.Equal(r.argsOf(f.query), o.argsOf(f.query))) {
				f.compare(of, c, r.t)
			}
		}
	}
	return nil
}

// nameComparison finds the names of what the report is compared with, and says what the comparison means.
func (r *report) nameComparison(o *report, c *comparison) {
	switch kind, code := c.Kind, c.Code; kind {
	case "line":
		c.row = r.rq.wh.lineName(code, r.t)
	case "class":
		c.row = r.rq.wh.className(code, r.t)
	case "owner":
		c.row = r.t.word("owner", code)
	case "segment":
		c.Label = code
		r.Notes = append(r.Notes, r.rq.besideNote(r.t))
	default:
		c.Label = r.t.get("cmp." + kind)
		r.Notes = append(r.Notes, r.t.get("compare.note", c.Label+" "+o.from.Format(time.DateOnly)+" – "+o.to.Format(time.DateOnly)))
		c.months = (r.from.Year()-o.from.Year())*12 + int(r.from.Month()-o.from.Month())
		r.checkPeriods(o)
	}
	if c.row != "" {
		c.Label = c.row
		note := r.t.get("compare.note", c.Label)
		if r.rq.state.Get(c.Kind) == "" {
			note += r.t.get("compare.part")
		}
		r.Notes = append(r.Notes, note)
	}
}

// checkPeriods says when one of the two periods is not whole: a difference may then come from what is missing.
func (r *report) checkPeriods(o *report) {
	if first := r.rq.wh.FirstDay; first != "" && o.from.Format(time.DateOnly) < first {
		r.Notes = append(r.Notes, r.t.get("compare.before_data", first))
	}
	if r.monthly && r.to.AddDate(0, 0, 1).Day() != 1 {
		r.Notes = append(r.Notes, r.t.get("compare.incomplete", r.rq.wh.AsOf))
	}
}

func (r *report) compareStats(o *report, c comparison) {
	for i := range r.Stats {
		x := &r.Stats[i]
		at := slices.IndexFunc(o.Stats, func(y stat) bool { return y.ID == x.ID && y.about == x.about })
		if x.Estimate == nil || at < 0 || o.Stats[at].Estimate == nil {
			continue
		}
		difference, interval := x.Estimate.less(*o.Stats[at].Estimate)
		x.Other = &otherValue{Label: c.Label, Value: o.Stats[at].Estimate.Text}
		if difference != "–" {
			unit := r.t.get(map[bool]string{false: "compare.points", true: "compare.days"}[x.Estimate.Days], difference)
			x.Other.Difference = strings.TrimSuffix(unit+" "+interval, " –")
		}
	}
}

// otherValue is what a number is compared with.
type otherValue struct{ Label, Value, Difference string }

var monthIn = regexp.MustCompile(`\b20\d\d-\d\d\b`)

// later is the key of a row of the other report as the report itself has it: months are moved.
func (c comparison) later(key string) string {
	return monthIn.ReplaceAllStringFunc(key, func(text string) string {
		month, err := time.Parse("2006-01", text)
		if err != nil {
			return text
		}
		return month.AddDate(0, c.months, 0).Format("2006-01")
	})
}

// compare gives the rows of a figure the values of the same rows of another.
func (f *figure) compare(other *figure, c comparison, t texts) {
	found := map[string]estimate{}
	for i, key := range other.Table.Keys {
		found[c.later(key)] = other.Table.Estimates[i]
	}
	one := c.row != "" && len(other.Table.Keys) == 1 && other.Table.Keys[0] == c.row // a row for each segment: all beside the one
	largest, at := 0.0, -1
	f.Table.Head = append(f.Table.Head, c.Label, t.get("compare.difference"), t.get("compare.interval"))
	for i, key := range f.Table.Keys {
		e, there := found[key]
		if one {
			e, there = other.Table.Estimates[0], true
		}
		if !there {
			e.Text = "–"
		}
		difference, interval := f.Table.Estimates[i].less(e)
		f.Table.Rows[i] = append(f.Table.Rows[i], e.Text, difference, interval)
		if d := math.Abs(f.Table.Estimates[i].Value.Float64 - e.Value.Float64); difference != "–" && d > largest {
			largest, at = d, i
		}
	}
	if at >= 0 {
		row := f.Table.Rows[at]
		reading := t.get("compare.reading", c.Label, strings.ReplaceAll(f.Table.Keys[at], "|", " "), row[len(row)-2], row[len(row)-1])
		f.Reading += " " + strings.NewReplacer(" –.", ".", " –。", "。").Replace(reading) // without an interval
	}
	f.Compared, f.Wide = true, true
	if !one {
		f.Chart.compare(other.Chart, c)
	}
}

// comparedSeries is how many series a chart may have to get as many again.
const comparedSeries = 4

// compare adds to each series of a chart the same series of another, drawn in dashes.
func (to *chart) compare(other chart, c comparison) {
	if len(to.Series) > comparedSeries || !slices.Contains([]string{"intervals", "lines", "trend", "survival"}, to.Kind) {
		return
	}
	places := map[string]int{}
	for i, name := range other.Categories {
		places[c.later(name)] = i
	}
	for i, line := range slices.Clone(to.Series) {
		at := slices.IndexFunc(other.Series, func(x chartLine) bool { return x.Name == line.Name })
		if at < 0 {
			continue
		}
		second := chartLine{Name: line.Name + " · " + c.Label, Partner: i + 1}
		for _, name := range to.Categories {
			value, count := (*float64)(nil), ""
			if place, there := places[name]; there && place < len(other.Series[at].Values) {
				value = other.Series[at].Values[place]
				if place < len(other.Series[at].Counts) {
					count = other.Series[at].Counts[place]
				}
			}
			second.Values, second.Counts = append(second.Values, value), append(second.Counts, count)
		}
		to.Series = append(to.Series, second)
	}
}
