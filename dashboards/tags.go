package dashboards

import (
	"context"
	"slices"
	"strconv"
)

func tagsPage() reportPage {
	return reportPage{name: "tags", fill: tags, people: tagPeople, compare: []string{"line"},
		params: []param{lineParam, {name: "family", valid: (*warehouse).hasFamily}, {name: "tag", valid: hasTag}}}
}

func (w *warehouse) hasFamily(code string) bool { return slices.Contains(w.familyCodes(), code) }

// familyCodes are the families of the catalogue in its order.
func (w *warehouse) familyCodes() []string {
	var codes []string
	for _, t := range w.Tags {
		if !slices.Contains(codes, t.Family) {
			codes = append(codes, t.Family)
		}
	}
	return codes
}

// tagRow is a tag with how many have it, and had it 90 days before.
type tagRow struct {
	ID, Name, Family, Line, Source, Push string
	TTL                                  int64
	Executable                           bool
	Now, Before, People                  int64
	Confidence                           number
}

func tags(ctx context.Context, r *report) error {
	r.chooseLine()
	r.choose("family", "filter.family", "filter.any", "family", r.rq.wh.familyCodes()...)
	rows, err := query(ctx, r.rq.wh, "tags.Catalogue", r.argsOf("tags.Catalogue"), func(x *tagRow) []any {
		return []any{&x.ID, &x.Name, &x.Family, &x.Line, &x.Source, &x.Push, &x.TTL, &x.Executable, &x.Now, &x.Before, &x.Confidence, &x.People}
	})
	if err != nil {
		return err
	}
	if id := r.rq.state.Get("tag"); id != "" {
		if err := r.oneTag(ctx, id); err != nil {
			return err
		}
	}
	r.catalogue(rows)
	return nil
}

func (r *report) catalogue(rows []tagRow) {
	f := r.figure("catalogue", "tags.catalogue", "tag", "tags.Catalogue", "col.tag", "col.id", "col.family", "col.line", "col.people", "tags.coverage", "col.interval", "tags.before", "tags.change", "tags.confidence", "tags.ttl", "tags.push")
	f.Wide, f.Table.Text = true, 4
	used, rules := 0, 0
	for _, x := range rows {
		used += b2i(x.Now > 0)
		rules += b2i(x.Executable)
		r.rq.guardCounts(&x.Now, &x.Before, &x.People)
		x.Confidence.Float64 = r.rq.guardMean(x.Confidence.Float64, x.Now)
		change := "–"
		if x.Now != hiddenCount && x.Before != hiddenCount {
			change = signed(x.Now - x.Before)
		}
		line := r.t.get("tags.all_lines")
		if x.Line != "all" {
			line = r.rq.wh.lineName(x.Line, r.t)
		}
		cover := rate{x.Now, x.People}
		f.Table.compared(cover.estimate(), x.ID)
		f.Table.Rows = append(f.Table.Rows, []string{x.Name, x.ID, r.t.word("family", x.Family), line, formatInt(x.Now), formatShare(cover), formatInterval(cover),
			formatInt(x.Before), change, decimal(x.Confidence, 2), ttl(x.TTL, r.t), r.t.word("push", x.Push)})
		f.Table.Links = append(f.Table.Links, "/tags"+r.rq.state.With("tag", x.ID))
	}
	f.Reading = r.t.get("tags.reading", len(rows), rules, used)
	if r.rq.totals {
		f.Reading = r.t.get("tags.reading.totals", len(rows))
	}
	r.add(f)
}

func signed(n int64) string {
	if n > 0 {
		return "+" + formatInt(n)
	}
	return formatInt(n)
}

func ttl(n int64, t texts) string {
	if n == 0 {
		return t.get("tags.until")
	}
	return t.get("survival.days", n)
}

// oneTag says what a tag means and shows its last 13 weeks.
func (r *report) oneTag(ctx context.Context, id string) error {
	type meaningOf struct {
		ID, Name, Family, Line, Source, Rule, Group, Push string
		TTL                                               int64
		Executable                                        bool
	}
	found, err := query(ctx, r.rq.wh, "tags.One", r.argsOf("tags.One"), func(x *meaningOf) []any {
		return []any{&x.ID, &x.Name, &x.Family, &x.Line, &x.Source, &x.Rule, nullText{&x.Group}, &x.TTL, &x.Push, &x.Executable}
	})
	if err != nil || len(found) == 0 {
		return err
	}
	x := found[0]
	f := r.figure("meaning", "tags.meaning", "tag", "tags.One", "col.property", "col.value")
	f.Title, f.Reading, f.Table.Text = x.Name+" "+x.ID, r.t.get("tags.meaning.reading", r.t.word("family", x.Family), ttl(x.TTL, r.t)), 2
	group := x.Group
	if group == "" {
		group = "–"
	}
	for _, pair := range [][2]string{{"tags.rule", x.Rule}, {"tags.source", r.t.word("source_of_tag", x.Source)}, {"tags.group", group}, {"tags.ttl", ttl(x.TTL, r.t)}, {"tags.push", r.t.word("push", x.Push)}, {"tags.executable", map[bool]string{true: r.t.get("yes"), false: r.t.get("no")}[x.Executable]}} {
		f.Table.Rows = append(f.Table.Rows, []string{r.t.get(pair[0]), pair[1]})
	}
	f.Prose = true
	r.add(f)
	return r.tagTrend(ctx, x.Name)
}

func (r *report) tagTrend(ctx context.Context, name string) error {
	type week struct {
		Day    string
		People int64
	}
	weeks, err := query(ctx, r.rq.wh, "tags.Trend", r.argsOf("tags.Trend"), func(x *week) []any { return []any{&x.Day, &x.People} })
	if err != nil {
		return err
	}
	f := r.figure("trend", "tags.trend", "tag", "tags.Trend", "col.day", "col.people")
	f.Chart = chart{Kind: "lines", Unit: "count", Names: [2]string{"", r.t.get("col.people")}}
	one := chartLine{Name: name}
	for _, x := range weeks {
		r.rq.guardCounts(&x.People)
		f.Chart.Categories = append(f.Chart.Categories, x.Day)
		var at *float64
		if x.People != hiddenCount {
			at = value(float64(x.People))
		}
		one.Values = append(one.Values, at)
		f.Table.Rows = append(f.Table.Rows, []string{x.Day, formatInt(x.People)})
	}
	f.Chart.Series = []chartLine{one}
	if n := len(weeks); n > 0 {
		f.Reading = r.t.get("tags.trend.reading", f.Table.Rows[0][1], f.Table.Rows[n-1][1])
	}
	r.add(f)
	return nil
}

func tagPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["tag"] == "" {
		return listing{}, nil
	}
	l, err := r.readList(ctx, "tags.People", part, "tags.list")
	if id, _ := r.args["tag"].(string); l.Title != "" {
		l.Title = r.t.get("tags.list.of", r.rq.wh.tagName(id), strconv.FormatInt(l.Size.Members, 10))
	}
	return l, err
}
