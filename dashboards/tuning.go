package dashboards

import (
	"context"

	"phdp/dashboards/access"
)

// shownConcepts is how many concepts the table of disagreements shows.
const shownConcepts = 60

// findingKinds are the kinds of concepts that patients affirm or deny.
var findingKinds = []string{"symptom", "drug", "reaction", "barrier", "intent", "event", "life", "need", "disease"}

func tuningPage() reportPage {
	return reportPage{name: "tuning", right: access.RunSQL, fill: tuning, compare: []string{"line"},
		params: []param{lineParam, {name: "family", valid: (*warehouse).hasFamily}, oneOf("kind", "", findingKinds...)}}
}

func tuning(ctx context.Context, r *report) error {
	r.chooseLine()
	r.choose("family", "filter.family", "filter.any", "family", r.rq.wh.familyCodes()...)
	r.choose("kind", "tuning.kind", "filter.any", "finding_kind", findingKinds...)
	r.Notes = append(r.Notes, r.t.get("tuning.note"))
	if err := r.disagreements(ctx); err != nil {
		return err
	}
	return r.ruleCounts(ctx)
}

// disagreements shows which concepts the same people affirm and deny.
func (r *report) disagreements(ctx context.Context) error {
	type concept struct {
		Code, Kind                          string
		Mentions, Absent, People, Torn, All int64
	}
	r.args["limit"] = shownConcepts
	rows, err := query(ctx, r.rq.wh, "tuning.Concepts", r.argsOf("tuning.Concepts"), func(x *concept) []any {
		return []any{&x.Code, &x.Kind, &x.Mentions, &x.Absent, &x.People, &x.Torn, &x.All}
	})
	if err != nil {
		return err
	}
	f := r.figure("concepts", "tuning.concepts", "disagreement", "tuning.Concepts", "tuning.concept", "tuning.kind", "tuning.torn_share", "col.interval", "tuning.torn", "col.people", "tuning.mentions", "tuning.absent")
	f.Wide, f.Table.Text = true, 2
	for i, x := range rows {
		f.Table.rate(rate{x.Torn, x.People}, []string{x.Code, r.t.word("finding_kind", x.Kind)}, formatInt(x.Mentions), formatInt(x.Absent))
		if i == 0 {
			f.Reading = r.t.get("tuning.concepts.reading", x.Code, formatRate(rate{x.Torn, x.People}), len(rows), formatInt(x.All))
		}
	}
	r.add(f)
	return nil
}

// ruleCounts shows what each rule found and how well it rests.
func (r *report) ruleCounts(ctx context.Context) error {
	type rule struct {
		ID, Name, Family                                 string
		People, Expired, Replaced, Thin, Unsure, Earlier int64
	}
	rows, err := query(ctx, r.rq.wh, "tuning.Rules", r.argsOf("tuning.Rules"), func(x *rule) []any {
		return []any{&x.ID, &x.Name, &x.Family, &x.People, &x.Expired, &x.Replaced, &x.Thin, &x.Unsure, &x.Earlier}
	})
	if err != nil {
		return err
	}
	f := r.figure("rules", "tuning.rules", "tag", "tuning.Rules", "col.tag", "col.id", "col.family", "tuning.thin_share", "col.interval", "tuning.thin", "col.people", "tuning.unsure", "tuning.expired", "tuning.replaced", "tuning.earlier")
	f.Wide, f.Table.Text = true, 3
	var unused int
	var all rate
	for _, x := range rows {
		unused += b2i(x.People == 0)
		all = rate{all.K + x.Thin, all.N + x.People}
		f.Table.rate(rate{x.Thin, x.People}, []string{x.Name, x.ID, r.t.word("family", x.Family)}, formatInt(x.Unsure), formatInt(x.Expired), formatInt(x.Replaced), formatInt(x.Earlier))
		f.Table.Links = append(f.Table.Links, "/tags?tag="+x.ID)
	}
	f.Reading = r.t.get("tuning.rules.reading", formatRate(all), unused, len(rows))
	r.rateStat("thin", "tuning.thin", all, "tag")
	r.add(f)
	return nil
}
