package pipelines

import (
	"strings"
	"time"

	"phdp/models"
	"phdp/pipelines/lines"
	"phdp/transform"
)

// Products lists what shops sell for transform, so that articles and drug names become drug codes.
func Products(all []lines.Line) []transform.Product {
	var products []transform.Product
	for _, line := range all {
		drugs := map[string]lines.Drug{}
		for _, d := range line.Drugs {
			drugs[d.Code] = d
			products = append(products, transform.Product{DrugCode: d.Code, NameZH: d.NameZh, Aliases: append([]string{d.Code}, d.Aliases...)})
		}
		for _, p := range line.Products {
			products = append(products, transform.Product{SKU: p.SKU, DrugCode: p.Drug, NameZH: drugs[p.Drug].NameZh, Aliases: []string{p.NameZh}})
		}
	}
	return products
}

// refs makes the reference tables that models read as schema ref.
func refs(all []lines.Line, catalogue *transform.Catalogue, asOf time.Time, buildID string) ([]models.Ref, error) {
	tags, err := tagRefs(catalogue)
	if err != nil {
		return nil, err
	}
	return append(append(lineRefs(all), tags...),
		models.Ref{Name: "settings", Rows: [][]any{{asOf.Format(time.DateOnly), buildID}}},
		models.Ref{Name: "adherence_settings", Rows: [][]any{{"drug", "stack", false, "none", "first_fill", 2, 91}}},
	), nil
}

func lineRefs(all []lines.Line) []models.Ref {
	lineRows := models.Ref{Name: "lines"}
	classes := models.Ref{Name: "drug_classes"}
	drugs := models.Ref{Name: "drugs"}
	products := models.Ref{Name: "products"}
	stages := models.Ref{Name: "stages"}
	rules := models.Ref{Name: "stage_rules"}
	sop := models.Ref{Name: "sop_tasks"}
	funnels := models.Ref{Name: "funnels"}
	steps := models.Ref{Name: "funnel_steps"}
	for _, l := range all {
		lineRows.Rows = append(lineRows.Rows, []any{l.Code, l.NameZh, l.NameEn, strings.Join(l.ICD10, ";")})
		for _, c := range l.DrugClasses {
			classes.Rows = append(classes.Rows, []any{c.Code, l.Code, c.NameZh, c.NameEn, c.AdherenceThreshold})
		}
		for _, d := range l.Drugs {
			drugs.Rows = append(drugs.Rows, []any{d.Code, d.Class, l.Code, d.NameZh, strings.Join(d.Ingredients, ";")})
		}
		for _, p := range l.Products {
			products.Rows = append(products.Rows, []any{p.SKU, p.Drug, p.NameZh, p.PackUnits, p.PackDays, p.MaxDays, p.PriceFen})
		}
		for i, s := range l.Stages {
			stages.Rows = append(stages.Rows, []any{l.Code, i + 1, s.Code, s.NameZh, s.NameEn, strings.Join(s.Goals, ";"), s.HorizonDays})
		}
		rules.Rows = append(append(rules.Rows, ruleRows(l.Code, "stage", l.StageRules)...), ruleRows(l.Code, "group", l.GroupRules)...)
		for _, s := range l.SOP {
			sop.Rows = append(sop.Rows, []any{l.Code, s.Stage, s.Task, s.NameZh, s.NameEn, s.FromDay, s.ToDay})
		}
		for no, f := range append([]lines.Funnel{l.Funnel}, l.Funnels...) {
			funnels.Rows = append(funnels.Rows, funnelRow(l.Code, no, f))
			for i, s := range f.Steps {
				steps.Rows = append(steps.Rows, []any{f.Code, l.Code, i + 1, s.Code, s.NameZh, s.NameEn, s.Event, s.Nth, s.AfterDays})
			}
		}
	}
	return []models.Ref{lineRows, classes, drugs, products, stages, rules, sop, funnels, steps}
}

// ruleRows are the rules of stages or groups in order; a condition that is left out is null.
func ruleRows(line, kind string, rules []lines.StageRule) (rows [][]any) {
	for i, r := range rules {
		code := r.Stage
		if kind == "group" {
			code = r.Group
		}
		row := []any{line, kind, i + 1, code}
		for _, b := range []*bool{r.Gone, r.Buyer, r.Friend, r.Known, r.Consent, r.DoNotContact, r.LowAdherence} {
			row = append(row, orNull(b))
		}
		for _, n := range []*int{r.UncoveredFrom, r.SilentFrom, r.TherapyTo, r.FriendTo} {
			row = append(row, orNull(n))
		}
		rows = append(rows, row)
	}
	return rows
}

func orNull[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

// funnelRow is a funnel as models read it; the first of a line is the journey.
func funnelRow(line string, no int, f lines.Funnel) []any {
	attribute, value := "", ""
	for name, v := range f.Who { // at most one
		attribute, value = name, v
	}
	return []any{f.Code, line, f.NameZh, f.NameEn, no == 0, f.Order == "loose", f.WindowDays, attribute, value}
}

func tagRefs(catalogue *transform.Catalogue) ([]models.Ref, error) {
	tags := models.Ref{Name: "tags"}
	ruled := map[string]bool{} // tags with a rule, on texts, as data or in SQL
	for _, c := range catalogue.TagConcepts() {
		ruled[c.TagID] = true
	}
	rules := models.Ref{Name: "tag_rules"}
	for _, r := range catalogue.TagRules() {
		ruled[r.TagID] = true
		rules.Rows = append(rules.Rows, []any{r.TagID, r.Line, r.Role, r.Source, r.Name, r.Detail, r.Op, r.Value, r.Pick, r.WindowDays, r.MinCount, r.MinDays})
	}
	interactions := models.Ref{Name: "interactions"}
	for _, i := range catalogue.Interactions() {
		interactions.Rows = append(interactions.Rows, []any{i.IngredientA, i.IngredientB, i.Reason})
	}
	fromSQL, err := models.Tags()
	if err != nil {
		return nil, err
	}
	for _, id := range fromSQL {
		ruled[id] = true
	}
	for i, t := range catalogue.Tags() {
		tags.Rows = append(tags.Rows, []any{t.ID, t.NameZH, t.Family, t.Line, t.Source, t.Rule, t.ExclGroup, t.TTLDays, t.WeComPush, ruled[t.ID], i + 1, catalogue.Version()})
	}
	concepts := models.Ref{Name: "tag_concepts"}
	for _, c := range catalogue.TagConcepts() {
		concepts.Rows = append(concepts.Rows, []any{c.TagID, c.Concept, c.Kind, c.Status, c.Speaker, c.Subject, c.WindowDays, c.MinCount, c.MinDays})
	}
	return []models.Ref{tags, concepts, rules, interactions}, nil
}
