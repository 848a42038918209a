package dashboards

import (
	"context"
	"slices"
	"strings"
)

func stagesPage() reportPage {
	return reportPage{name: "stages", fill: stages, people: missedTasks, compare: []string{"prev", "yoy", "line", "owner"}, params: []param{lineParam, ownerParam, oneOf("months", "6", "1", "3", "6", "12"),
		oneOf("measure", "implemented", "implemented", "completed", "reached"), {name: "stage", valid: (*warehouse).hasStage}}}
}

// stageService is how a stage served a group of people; the counts of tasks are of those whose window is over.
type stageService struct {
	Stage, Group                                              string
	Whole                                                     bool
	Entered, Due, Implemented, Completed, Followed, ReachedIt int64
}

// measured is a rate of a stage by the name of the measure.
func (x stageService) measured(name string) rate {
	switch name {
	case "completed":
		return rate{x.Completed, x.Due}
	case "reached":
		return rate{x.ReachedIt, x.Followed}
	}
	return rate{x.Implemented, x.Due}
}

func stages(ctx context.Context, r *report) error {
	r.chooseLine()
	r.chooseOwner()
	r.choose("months", "filter.months", "", "months", "1", "3", "6", "12")
	r.chosenMonths()
	r.choose("measure", "filter.measure", "", "measure", "implemented", "completed", "reached")
	if r.rq.totals {
		r.dropFilters("stage")
	}
	if open, err := r.needs(ctx, "fct_stage_service_monthly"); err != nil {
		return err
	} else if open {
		if err := r.stageService(ctx); err != nil {
			return err
		}
	}
	if r.Closed && (r.rq.state.Get(withinParam.name) != "" || strings.HasPrefix(r.rq.state.Get("cmp"), "segment:")) {
		r.Notes = append(r.Notes, r.t.get("stages.no_service"))
	}
	r.Closed = false // the rest is cut from rows of people
	if err := r.stageMoves(ctx); err != nil {
		return err
	}
	return r.stageTimes(ctx)
}

func (r *report) stageService(ctx context.Context) error {
	rows, err := query(ctx, r.rq.wh, "stages.Service", r.argsOf("stages.Service"), func(x *stageService) []any {
		return []any{&x.Stage, &x.Group, &x.Whole, &x.Entered, &x.Due, &x.Implemented, &x.Completed, &x.Followed, &x.ReachedIt}
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(rows, func(a, b stageService) int { return stageNo(a.Stage) - stageNo(b.Stage) })
	var all stageService
	for i := range rows {
		if x := rows[i]; x.Whole {
			all = stageService{Entered: all.Entered + x.Entered, Due: all.Due + x.Due, Implemented: all.Implemented + x.Implemented, Completed: all.Completed + x.Completed, Followed: all.Followed + x.Followed, ReachedIt: all.ReachedIt + x.ReachedIt}
		}
		r.guardService(&rows[i])
	}
	r.guardService(&all)
	r.stat("entered", "stages.entered", formatInt(all.Entered), r.t.get("stages.entered.note", r.t.get("months."+r.rq.state.Get("months"))), "")
	for _, name := range []string{"implemented", "completed", "reached"} {
		x := all.measured(name)
		r.rateStat(name, "measure."+name, x, "stage_service")
	}
	r.serviceFigure(rows)
	r.groupFigure(rows)
	return nil
}

func (r *report) guardService(x *stageService) {
	r.rq.guardCounts(&x.Entered, &x.Due, &x.Implemented, &x.Completed, &x.Followed, &x.ReachedIt)
}

// serviceFigure has a row for each stage and a column for each of the three rates.
func (r *report) serviceFigure(rows []stageService) {
	f := r.figure("service", "stages.service", "stage_service", "stages.Service", "col.stage", "col.measure", "col.share", "col.interval", "col.count", "col.counted")
	f.Table.Text = 2
	f.Grid = &grid{Corner: r.t.get("col.stage")}
	names := []string{"implemented", "completed", "reached"}
	for _, name := range names {
		f.Grid.Columns = append(f.Grid.Columns, r.t.get("measure."+name))
	}
	worst := ""
	var lowest rate
	for _, x := range rows {
		if !x.Whole {
			continue
		}
		line := gridRow{Name: r.t.word("stage", x.Stage), Note: r.t.get("stages.entries", formatInt(x.Entered))}
		for _, name := range names {
			m := x.measured(name)
			cell := rateCell(m)
			if name == "implemented" && m.Known() && !r.rq.totals && m.K < m.N {
				cell.Link = "/stages" + r.rq.state.With("stage", x.Stage) + "#list"
			}
			if name == "implemented" && m.Known() && (worst == "" || m.Value() < lowest.Value()) {
				worst, lowest = x.Stage, m
			}
			line.Cells = append(line.Cells, cell)
			f.Table.rate(m, []string{line.Name, r.t.get("measure." + name)})
		}
		f.Grid.Rows = append(f.Grid.Rows, line)
	}
	f.Reading = r.t.get("stages.service.reading", r.t.word("stage", worst), formatRate(lowest))
	if !r.rq.totals {
		f.Reading += r.t.get("stages.service.click")
	}
	if worst == "" {
		f.Reading = r.t.get("stages.service.none")
	}
	r.add(f)
}

// rateCell is a shaded cell with a rate and its counts.
func rateCell(x rate) gridCell {
	if !x.Known() {
		return gridCell{Text: "–", Note: map[bool]string{true: formatInt(x.K) + "/" + formatInt(x.N)}[x.N != 0]}
	}
	return gridCell{Text: formatPercent(x.Value()), Note: formatInt(x.K) + "/" + formatInt(x.N), Shade: shade(x.Value())}
}

// groupFigure has the stages as rows and the service groups as columns, for one of the rates.
func (r *report) groupFigure(rows []stageService) {
	name := r.rq.state.Get("measure")
	f := r.figure("groups", "stages.groups", "stage_service", "stages.Service", "col.stage", "col.group", "measure."+name, "col.interval", "col.count", "col.counted")
	f.Table.Text = 2
	var codes, groups []string
	cells := map[[2]string]rate{}
	for _, x := range rows {
		if x.Whole {
			continue
		}
		if !slices.Contains(codes, x.Stage) {
			codes = append(codes, x.Stage)
		}
		if !slices.Contains(groups, x.Group) {
			groups = append(groups, x.Group)
		}
		m := x.measured(name)
		cells[[2]string{x.Stage, x.Group}] = m
		if r.rq.hides(m.K) {
			continue
		}
		f.Table.rate(m, []string{r.t.word("stage", x.Stage), r.groupWord(x.Group)})
	}
	slices.Sort(groups)
	f.Grid = &grid{Corner: r.t.get("col.stage")}
	for _, g := range groups {
		f.Grid.Columns = append(f.Grid.Columns, r.groupWord(g))
	}
	for _, code := range codes {
		line := gridRow{Name: r.t.word("stage", code)}
		for _, g := range groups {
			m, there := cells[[2]string{code, g}]
			if r.rq.totals && (!there || m.K == hiddenCount) {
				m = rate{hiddenCount, hiddenCount}
			}
			line.Cells = append(line.Cells, rateCell(m))
		}
		f.Grid.Rows = append(f.Grid.Rows, line)
	}
	f.Reading = r.t.get("stages.groups.reading", r.t.get("measure."+name))
	r.add(f)
}

func (r *report) groupWord(code string) string {
	if code == "" {
		return r.t.get("unknown")
	}
	return r.t.word("service_group", code)
}

// stageMoves shows where people are a month later.
func (r *report) stageMoves(ctx context.Context) error {
	type move struct {
		From, To string
		People   int64
	}
	moves, err := query(ctx, r.rq.wh, "stages.Moves", r.argsOf("stages.Moves"), func(x *move) []any { return []any{&x.From, &x.To, &x.People} })
	if err != nil {
		return err
	}
	f := r.figure("moves", "stages.moves", "stage_moves", "stages.Moves", "col.from", "col.to", "col.share", "col.interval", "col.people", "col.counted")
	f.Wide, f.Table.Text = true, 2
	from, cells := map[string]int64{}, map[[2]string]int64{}
	var codes []string
	for _, x := range moves {
		from[x.From] += x.People
		for _, code := range []string{x.From, x.To} {
			if !slices.Contains(codes, code) {
				codes = append(codes, code)
			}
		}
	}
	for code, n := range from {
		r.rq.guardCounts(&n)
		from[code] = n
	}
	var stay, left int64
	for _, x := range moves {
		if x.From == x.To {
			stay += x.People
		} else {
			left += x.People
		}
		r.rq.guardCounts(&x.People)
		cells[[2]string{x.From, x.To}] = x.People
		m := rate{x.People, from[x.From]}
		if r.rq.hides(x.People) {
			continue
		}
		f.Table.rate(m, []string{r.t.word("stage", x.From), r.t.word("stage", x.To)})
	}
	f.Grid = r.moveGrid(codes, from, cells)
	all := rate{left, stay + left}
	r.rq.guardCounts(&all.K, &all.N)
	f.Reading = r.t.get("stages.moves.reading", formatRate(all))
	r.add(f)
	return nil
}

// moveGrid has a row for each stage in which somebody was, and a column for each stage.
func (r *report) moveGrid(codes []string, from map[string]int64, cells map[[2]string]int64) *grid {
	g := &grid{Corner: r.t.get("stages.moves.corner")}
	sortStages(codes)
	for _, code := range codes {
		g.Columns = append(g.Columns, r.t.word("stage", code))
		if from[code] == 0 || r.rq.hides(from[code]) {
			continue
		}
		line := gridRow{Name: r.t.word("stage", code), Note: "n=" + formatInt(from[code])}
		for _, to := range codes {
			cell := gridCell{Text: "·"}
			if n, there := cells[[2]string{code, to}]; there {
				cell = rateCell(rate{n, from[code]})
			} else if r.rq.totals {
				cell = rateCell(rate{hiddenCount, from[code]})
			}
			line.Cells = append(line.Cells, cell)
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// stageTimes shows how long stays in each stage are.
func (r *report) stageTimes(ctx context.Context) error {
	type stay struct {
		Stage       string
		Ended, Here int64
		Median, P90 number
	}
	stays, err := query(ctx, r.rq.wh, "stages.Time", r.argsOf("stages.Time"), func(x *stay) []any { return []any{&x.Stage, &x.Ended, &x.Median, &x.P90, &x.Here} })
	if err != nil {
		return err
	}
	slices.SortStableFunc(stays, func(a, b stay) int { return stageNo(a.Stage) - stageNo(b.Stage) })
	f := r.figure("time", "stages.time", "stage_time", "stages.Time", "col.stage", "col.now", "stages.ended", "col.median_days", "col.p90_days")
	f.Wide = true
	longest := stay{}
	for _, x := range stays {
		if r.rq.guardCounts(&x.Ended, &x.Here); r.rq.hides(x.Ended) {
			continue
		}
		if x.Median.Float64 > longest.Median.Float64 {
			longest = x
		}
		f.Table.Rows = append(f.Table.Rows, []string{r.t.word("stage", x.Stage), formatInt(x.Here), formatInt(x.Ended), decimal(x.Median, 0), decimal(x.P90, 0)})
	}
	f.Reading = r.t.get("stages.time.reading", r.t.word("stage", longest.Stage), decimal(longest.Median, 0), formatInt(longest.Ended))
	r.add(f)
	return nil
}

func missedTasks(ctx context.Context, r *report, part listPart) (listing, error) {
	if r.args["stage"] == "" {
		return listing{}, nil
	}
	return r.readList(ctx, "stages.Missed", part, "stages.list")
}
