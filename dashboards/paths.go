package dashboards

import (
	"context"
	"strconv"
)

// pathLevels is how many steps of a path are shown.
const pathLevels = 5

func pathsPage() reportPage {
	level := param{name: "level", valid: func(_ *warehouse, v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= 1 && n <= pathLevels
	}}
	code := param{name: "code", valid: func(w *warehouse, v string) bool { return w.hasStage(v) || w.hasClass(v) }}
	return reportPage{name: "paths", fill: paths, people: pathPeople, params: []param{lineParam, oneOf("what", "stages", "stages", "classes"), level, code}}
}

// pathFlow is how many people go from a place of the paths to the next; To is empty for those who go no further.
type pathFlow struct {
	Level    int64
	From, To string
	People   int64
}

func paths(ctx context.Context, r *report) error {
	r.chooseLine()
	r.choose("what", "filter.what", "", "what", "stages", "classes")
	if r.rq.totals {
		r.dropFilters("level", "code")
	}
	flows, err := query(ctx, r.rq.wh, "paths.Flows", r.argsOf("paths.Flows"), func(x *pathFlow) []any { return []any{&x.Level, &x.From, &x.To, &x.People} })
	if err != nil {
		return err
	}
	var starters int64
	for _, x := range flows {
		if x.Level == 1 {
			starters += x.People
		}
	}
	r.rq.guardCounts(&starters)
	r.pathFigure(flows, starters)
	return nil
}

// pathFigure draws the flows and lists them.
func (r *report) pathFigure(flows []pathFlow, starters int64) {
	f := r.figure("paths", "paths.figure", "path", "paths.Flows", "col.from", "col.level", "col.to", "col.people", "paths.share")
	f.Wide, f.Table.Text = true, 3
	f.Chart = chart{Kind: "sankey", Unit: "count"}
	places := map[string]int{}
	place := func(level int64, code string) int {
		name := strconv.FormatInt(level, 10) + "|" + r.pathWord(code)
		if _, ok := places[name]; !ok {
			places[name] = len(f.Chart.Categories)
			f.Chart.Categories = append(f.Chart.Categories, name)
		}
		return places[name]
	}
	var most pathFlow
	for _, x := range flows {
		if r.rq.guardCounts(&x.People); r.rq.hides(x.People) {
			continue
		}
		to := r.pathWord(x.To)
		if x.To == "" {
			to = r.t.get("paths.end")
		}
		if x.To != "" {
			f.Chart.Flows = append(f.Chart.Flows, chartFlow{place(x.Level, x.From), place(x.Level+1, x.To), x.People})
			if x.Level == 1 && x.People > most.People {
				most = x
			}
		}
		level := strconv.FormatInt(x.Level, 10)
		f.Table.Rows = append(f.Table.Rows, []string{r.pathWord(x.From), level, to, formatInt(x.People), formatShare(rate{x.People, starters})})
		if !r.rq.totals {
			f.Table.Links = append(f.Table.Links, "/paths"+r.rq.state.set("level", []string{level}).With("code", x.From)+"#list")
		}
	}
	f.Reading = r.t.get("paths.reading", formatInt(starters), r.pathWord(most.From), r.pathWord(most.To), formatRate(rate{most.People, starters}))
	if len(f.Chart.Flows) == 0 {
		f.Chart.Kind, f.Reading = "", r.t.get("paths.none", formatInt(starters))
	}
	r.add(f)
}

func (r *report) pathWord(code string) string {
	if r.args["what"] == "classes" {
		return r.rq.wh.className(code, r.t)
	}
	return r.t.word("stage", code)
}

func pathPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["code"] == "" || r.args["level"] == "" {
		return listing{}, nil
	}
	l, err := r.readList(ctx, "paths.People", part, "paths.list")
	code, _ := r.args["code"].(string)
	l.Title = r.t.get("paths.list.of", r.args["level"], r.pathWord(code))
	return l, err
}
