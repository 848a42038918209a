package dashboards

import (
	"context"
	"slices"

	"phdp/dashboards/access"
)

var (
	taskCodes  = []string{"welcome", "education", "first_guidance", "side_effect_check", "follow_up", "call_back", "refill_check"}
	workStates = []string{"due", "overdue", "open"}
)

func followupsPage() reportPage {
	return reportPage{name: "followups", right: access.SeePatients, fill: followups, people: followupPeople, compare: []string{"prev", "yoy", "line", "owner"},
		params: []param{lineParam, ownerParam, oneOf("state", "", workStates...), oneOf("task", "", taskCodes...)}}
}

// taskWork is the work on a task of the procedure, of a care worker, or begun after so many days.
type taskWork struct {
	Kind, Name                                              string
	Due, Open, Overdue, Ended, Implemented, Complete, Tasks int64
}

func followups(ctx context.Context, r *report) error {
	r.chooseLine()
	r.chooseOwner()
	r.daysBefore(30)
	r.choose("state", "filter.state", "filter.any", "state", workStates...)
	r.choose("task", "filter.task", "filter.any", "task", taskCodes...)
	work, err := query(ctx, r.rq.wh, "followups.Work", r.argsOf("followups.Work"), func(x *taskWork) []any {
		return []any{&x.Kind, &x.Name, &x.Due, &x.Open, &x.Overdue, &x.Ended, &x.Implemented, &x.Complete, &x.Tasks}
	})
	if err != nil {
		return err
	}
	of := func(kind string) []taskWork {
		return slices.DeleteFunc(slices.Clone(work), func(x taskWork) bool { return x.Kind != kind })
	}
	tasks := of("task")
	var all taskWork
	for _, x := range tasks {
		all = taskWork{"", "", all.Due + x.Due, all.Open + x.Open, all.Overdue + x.Overdue, all.Ended + x.Ended, all.Implemented + x.Implemented, all.Complete + x.Complete, all.Tasks + x.Tasks}
	}
	done, complete := rate{all.Implemented, all.Ended}, rate{all.Complete, all.Ended}
	r.stat("due", "followups.due", formatInt(all.Due), r.t.get("followups.open", formatInt(all.Open)), "followup")
	r.stat("overdue", "followups.overdue", formatInt(all.Overdue), r.t.get("followups.overdue.note"), "followup")
	r.rateStat("implemented", "measure.implemented", done, "stage_service")
	r.rateStat("completed", "measure.completed", complete, "stage_service")
	r.taskFigure(tasks)
	r.lateness(of("days"))
	r.workOfOwners(of("owner"))
	return nil
}

func (r *report) taskFigure(tasks []taskWork) {
	f := r.figure("tasks", "followups.tasks", "stage_service", "followups.Work", "col.task", "measure.implemented", "col.interval", "col.implemented", "col.due", "measure.completed", "state.due", "state.overdue", "state.open")
	var rows []rateRow
	var worst rateRow
	for _, x := range tasks {
		row := rateRow{Name: r.t.word("task", x.Name), Link: "/followups" + r.rq.state.With("task", x.Name) + "#list", Rate: rate{x.Implemented, x.Ended},
			More: []string{formatRate(rate{x.Complete, x.Ended}), formatInt(x.Due), formatInt(x.Overdue), formatInt(x.Open)}}
		rows, f.Table.Links = append(rows, row), append(f.Table.Links, row.Link)
		if row.Rate.Known() && (!worst.Rate.Known() || row.Rate.Value() < worst.Rate.Value()) {
			worst = row
		}
	}
	f.rates(r.t.get("measure.implemented"), rows)
	f.Reading = r.t.get("followups.tasks.reading", worst.Name, formatRate(worst.Rate))
	if !worst.Rate.Known() {
		f.Reading = r.t.get("followups.tasks.none")
	}
	r.add(f)
}

// lateness shows how many days into their window tasks are begun.
func (r *report) lateness(bins []taskWork) {
	f := r.figure("lateness", "followups.lateness", "followup", "followups.Work", "col.days", "col.count", "col.share")
	f.Chart = chart{Kind: "bars", Unit: "count", Names: [2]string{r.t.get("col.days"), r.t.get("col.count")}}
	one := chartLine{Name: r.t.get("col.count")}
	var all, quick int64
	for _, b := range bins {
		if all += b.Tasks; len(b.Name) == 1 && b.Name <= "3" {
			quick += b.Tasks
		}
	}
	for _, b := range bins {
		label := b.Name
		if label == "15" {
			label = "15+"
		}
		f.Chart.Categories, one.Values = append(f.Chart.Categories, label), append(one.Values, value(float64(b.Tasks)))
		one.Counts = append(one.Counts, formatShare(rate{b.Tasks, all}))
		f.Table.Rows = append(f.Table.Rows, []string{label, formatInt(b.Tasks), formatShare(rate{b.Tasks, all})})
	}
	f.Chart.Series = []chartLine{one}
	f.Reading = r.t.get("followups.lateness.reading", formatRate(rate{quick, all}))
	r.add(f)
}

// workOfOwners shows how the work is shared.
func (r *report) workOfOwners(all []taskWork) {
	owners := slices.DeleteFunc(all, func(x taskWork) bool { return x.Due+x.Overdue+x.Open == 0 })
	f := r.figure("owners", "followups.owners", "followup", "followups.Work", "col.owner", "state.due", "state.overdue", "state.open")
	f.Wide = true
	f.Chart = chart{Kind: "stacked", Unit: "count", Names: [2]string{"", r.t.get("col.count")}, Series: []chartLine{{Name: r.t.get("state.due")}, {Name: r.t.get("state.overdue")}, {Name: r.t.get("state.open")}}}
	for _, x := range owners {
		name := x.Name
		if name == "" {
			name = r.t.get("owner.none")
		}
		f.Chart.Categories = append(f.Chart.Categories, name)
		for i, n := range []int64{x.Due, x.Overdue, x.Open} {
			f.Chart.Series[i].Values = append(f.Chart.Series[i].Values, value(float64(n)))
		}
		f.Table.Rows = append(f.Table.Rows, []string{name, formatInt(x.Due), formatInt(x.Overdue), formatInt(x.Open)})
	}
	if len(owners) > 0 {
		f.Reading = r.t.get("followups.owners.reading", f.Chart.Categories[0], formatInt(owners[0].Due+owners[0].Overdue))
	}
	r.add(f)
}

func followupPeople(ctx context.Context, r *report, part listPart) (listing, error) {
	return r.readList(ctx, "followups.People", part, "followups.list")
}
