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
func refs(all []lines.Line, catalogue *transform.Catalogue, asOf time.Time, buildID string) []models.Ref {
	return append(append(lineRefs(all), tagRefs(catalogue)...),
		models.Ref{Name: "settings", DDL: "create table ref.settings (as_of date, build_id varchar)",
			Rows: [][]any{{asOf.Format(time.DateOnly), buildID}}},
		models.Ref{Name: "adherence_settings", DDL: `create table ref.adherence_settings (shift varchar, same_day varchar, carry_in boolean,
			inpatient varchar, index_date varchar, min_fill_dates integer, min_treatment_days integer)`,
			Rows: [][]any{{"drug", "stack", false, "none", "first_fill", 2, 91}}},
	)
}

func lineRefs(all []lines.Line) []models.Ref {
	lineRows := models.Ref{Name: "lines", DDL: "create table ref.lines (line_code varchar, name_zh varchar, name_en varchar, icd10_codes varchar)"}
	classes := models.Ref{Name: "drug_classes", DDL: "create table ref.drug_classes (drug_class_code varchar, line_code varchar, name_zh varchar, name_en varchar, adherence_threshold double)"}
	drugs := models.Ref{Name: "drugs", DDL: "create table ref.drugs (drug_code varchar, drug_class_code varchar, line_code varchar, name_zh varchar, ingredients varchar)"}
	products := models.Ref{Name: "products", DDL: "create table ref.products (sku varchar, drug_code varchar, name_zh varchar, pack_units double, pack_days double, max_days double, price_fen bigint)"}
	steps := models.Ref{Name: "funnel_steps", DDL: "create table ref.funnel_steps (funnel_code varchar, line_code varchar, step_no integer, step_code varchar, name_zh varchar, name_en varchar, event varchar, nth integer, after_days integer)"}
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

func tagRefs(catalogue *transform.Catalogue) []models.Ref {
	tags := models.Ref{Name: "tags", DDL: "create table ref.tags (tag_id varchar, name_zh varchar, family varchar, line_code varchar, source varchar, rule varchar, excl_group varchar, ttl_days integer, wecom_push varchar, is_executable boolean)"}
	fromText := map[string]bool{}
	for _, c := range catalogue.TagConcepts() {
		fromText[c.TagID] = true
	}
	for _, t := range catalogue.Tags() {
		tags.Rows = append(tags.Rows, []any{t.ID, t.NameZH, t.Family, t.Line, t.Source, t.Rule, t.ExclGroup, t.TTLDays, t.WeComPush, fromText[t.ID]})
	}
	concepts := models.Ref{Name: "tag_concepts", DDL: "create table ref.tag_concepts (tag_id varchar, concept varchar, kind varchar, status varchar, speaker varchar, subject varchar, window_days integer, min_count integer, min_days integer)"}
	for _, c := range catalogue.TagConcepts() {
		concepts.Rows = append(concepts.Rows, []any{c.TagID, c.Concept, c.Kind, c.Status, c.Speaker, c.Subject, c.WindowDays, c.MinCount, c.MinDays})
	}
	return []models.Ref{tags, concepts}
}
