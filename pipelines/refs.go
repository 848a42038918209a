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
		for i, s := range l.Funnel.Steps {
			steps.Rows = append(steps.Rows, []any{l.Funnel.Code, l.Code, i + 1, s.Code, s.NameZh, s.NameEn, s.Event, s.Nth, s.AfterDays})
		}
	}
	return []models.Ref{lineRows, classes, drugs, products, steps}
}

func tagRefs(catalogue *transform.Catalogue) ([]models.Ref, error) {
	tags := models.Ref{Name: "tags"}
	ruled := map[string]bool{} // tags with a rule, on texts or in SQL
	for _, c := range catalogue.TagConcepts() {
		ruled[c.TagID] = true
	}
	fromSQL, err := models.Tags()
	if err != nil {
		return nil, err
	}
	for _, id := range fromSQL {
		ruled[id] = true
	}
	for _, t := range catalogue.Tags() {
		tags.Rows = append(tags.Rows, []any{t.ID, t.NameZH, t.Family, t.Line, t.Source, t.Rule, t.ExclGroup, t.TTLDays, t.WeComPush, ruled[t.ID]})
	}
	concepts := models.Ref{Name: "tag_concepts"}
	for _, c := range catalogue.TagConcepts() {
		concepts.Rows = append(concepts.Rows, []any{c.TagID, c.Concept, c.Kind, c.Status, c.Speaker, c.Subject, c.WindowDays, c.MinCount, c.MinDays})
	}
	return []models.Ref{tags, concepts}, nil
}
