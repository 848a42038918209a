package dashboards

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"phdp/dashboards/access"
)

// keptScopes is how many scopes of a build are kept open.
const keptScopes = 32

// scope is which rows and columns somebody sees. An empty list sets no limit.
type scope struct {
	Lines, Products, Staff []string
	NoText                 bool // what people wrote is left out

	Segment *segmentDefinition `json:",omitempty"` // whose people are seen, of those whom the rest lets see
}

func scopeOf(who access.Identity) scope {
	return scope{Lines: sorted(who.Lines), Products: sorted(who.Products), Staff: sorted(who.Staff), NoText: !who.May(access.SeePatients)}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func (c scope) limited() bool {
	return len(c.Lines)+len(c.Products)+len(c.Staff) > 0 || c.Segment != nil
}

// whole tells whether everything is seen as it is.
func (c scope) whole() bool { return !c.limited() && !c.NoText }

func (c scope) key() string {
	data, _ := json.Marshal(c) // lists of text always become JSON
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// scoped returns the warehouse as a scope sees it: a database of views over the published file, opened once per
// scope and build. Everything that reads, the SQL page too, reads these views.
func (w *warehouse) scoped(ctx context.Context, cfg Config, c scope) (*warehouse, error) {
	if c.whole() {
		return w, nil
	}
	w.scopeMu.Lock()
	defer w.scopeMu.Unlock()
	key := c.key()
	if known, ok := w.scopes[key]; ok {
		return known, nil
	}
	if len(w.scopes) == keptScopes {
		return nil, fmt.Errorf("open scope: %d are open already", keptScopes)
	}
	statements, err := w.views(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open scope: %w", err)
	}
	db, err := cfg.OpenViews(ctx, w.path, statements)
	if err != nil {
		return nil, fmt.Errorf("open scope: %w", err)
	}
	one := &warehouse{path: w.path, db: db, scope: c}
	if err := one.load(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("read scope: %w", err)
	}
	if one.totals = c.NoText; one.totals {
		one.protect()
	}
	if w.scopes == nil {
		w.scopes = map[string]*warehouse{}
	}
	w.scopes[key] = one
	return one, nil
}

// protect protects the counts that were read with the lists. Tags come in the order of what is shown.
func (w *warehouse) protect() {
	w.PatientCount = protectCount(w.PatientCount)
	for i := range w.Tags {
		w.Tags[i].Patients = protectCount(w.Tags[i].Patients)
		w.tagByID[w.Tags[i].ID] = w.Tags[i]
	}
	slices.SortStableFunc(w.Tags, func(a, b tag) int {
		return cmp.Or(strings.Compare(a.Family, b.Family), cmp.Compare(b.Patients, a.Patients), strings.Compare(a.ID, b.ID))
	})
}

// openScopes are the scopes that somebody looked through.
func (w *warehouse) openScopes() []scope {
	w.scopeMu.Lock()
	defer w.scopeMu.Unlock()
	var all []scope
	for _, key := range slices.Sorted(maps.Keys(w.scopes)) {
		all = append(all, w.scopes[key].scope)
	}
	return all
}

// close closes the warehouse with its scopes.
func (w *warehouse) close() error {
	w.scopeMu.Lock()
	defer w.scopeMu.Unlock()
	for _, one := range w.scopes {
		one.close()
	}
	w.scopes = nil
	w.segments.close()
	return w.db.Close()
}

// openTables are the tables about nobody that a limited scope may read. A table that is not about people, has
// none of the limiting columns and is not here stays closed, so that a new model is closed until it is looked at.
var openTables = []string{"dim_lines", "dim_drug_classes", "dim_drugs", "dim_products", "dim_tags", "dim_measurement_targets", "dim_funnels", "dim_funnel_steps"}

// cutTables are totals by line of the person, by care worker, or both; a scope whose limits are all among these
// columns sees its own rows of them, any other sees none.
var cutTables = []string{"fct_stage_service_monthly", "fct_stage_transitions", "fct_content_reach", "fct_campaigns", "fct_clinics", "fct_reach", "fct_funnel_monthly", "fct_repurchase_cohorts",
	"fct_community_monthly", "fct_group_members_monthly", "fct_staff_load", "fct_response_times",
	"fct_survival_counts", "fct_survival_curve", "fct_survival_group_tests", "fct_survival_risks", "fct_survival_summary", "fct_survival_tests"}

// cut are the conditions on a table of totals; nil when the limits are not among its columns.
func (c scope) cut(t baseTable) []string {
	where := []string{}
	if c.Segment != nil || len(c.Products) > 0 || len(c.Lines) > 0 && !t.has("line_code") {
		return nil
	}
	switch {
	case len(c.Staff) == 0:
	case t.has("owner_staff_id"):
		where = append(where, "t.owner_staff_id in (from rules.staff)")
	case t.has("staff_id"):
		where = append(where, "t.staff_id in (from rules.staff)")
	default:
		return nil
	}
	return where
}

// textColumns hold what people wrote.
var textColumns = map[string]bool{"detail": true, "mention": true, "text": true, "evidence": true, "snippet": true}

// views are the statements that make a scope. Names come from the catalogue of the file and are quoted; limits
// are written into tables of their own and never into a statement's text other than as quoted literals.
func (w *warehouse) views(ctx context.Context, c scope) ([]string, error) {
	tables, err := w.catalogue(ctx)
	if err != nil {
		return nil, err
	}
	all := []string{"create schema rules", "create schema meta",
		"create table rules.lines as select unnest(" + literals(c.Lines) + ") as line_code",
		"create table rules.staff as select unnest(" + literals(c.Staff) + ") as staff_id",
		"create table rules.drugs as select distinct d.drug_code, d.drug_class_code from base.main.dim_drugs d join base.main.dim_products p using (drug_code) where p.sku in (select unnest(" + literals(c.Products) + "))",
	}
	ruled := c.people()
	switch {
	case ruled != "":
		all = append(all, "create table rules.people as select p.patient_id from base.main.dim_patients p where "+ruled)
	case c.Segment != nil:
		all = append(all, "use base", "create table memory.rules.people as "+c.Segment.people(), "use memory")
	}
	for _, t := range tables {
		if text := c.view(t); text != "" {
			all = append(all, text)
		}
	}
	if ruled != "" && c.Segment != nil { // found among what the rules let see
		all = append(all, "create table rules.members as "+c.Segment.people(), "drop table rules.people", "alter table rules.members rename to people")
	}
	return all, nil
}

// people is the condition of the rules on people, "" when there is none.
func (c scope) people() string {
	var parts []string
	if len(c.Lines) > 0 {
		parts = append(parts, "p.line_code in (from rules.lines)")
	}
	if len(c.Staff) > 0 {
		parts = append(parts, "p.owner_staff_id in (from rules.staff)")
	}
	if len(c.Products) > 0 {
		parts = append(parts, "p.patient_id in (select patient_id from base.main.fct_fills where drug_code in (select drug_code from rules.drugs))")
	}
	return strings.Join(parts, " and ")
}

// baseTable is a table of the published file.
type baseTable struct {
	schema, name string
	columns      []string
}

func (t baseTable) has(column string) bool { return slices.Contains(t.columns, column) }

func (w *warehouse) catalogue(ctx context.Context) ([]baseTable, error) {
	type row struct{ schema, table, column string }
	rows, err := query(ctx, w, "scope.Columns", nil, func(x *row) []any { return []any{&x.schema, &x.table, &x.column} })
	var all []baseTable
	for _, x := range rows {
		if n := len(all); n == 0 || all[n-1].schema != x.schema || all[n-1].name != x.table {
			all = append(all, baseTable{schema: x.schema, name: x.table})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, x.column)
	}
	return all, err
}

// view is the statement that shows a table to the scope, or "" when it stays closed.
func (c scope) view(t baseTable) string {
	name := quoteName(t.schema) + "." + quoteName(t.name)
	if t.schema == "meta" {
		return "create view " + name + " as from base." + name
	}
	var where []string
	if c.limited() {
		if where = c.conditions(t); where == nil {
			return ""
		}
	}
	columns := make([]string, len(t.columns))
	for i, column := range t.columns {
		columns[i] = "t." + quoteName(column)
		if c.NoText && textColumns[column] {
			columns[i] = "null::varchar as " + quoteName(column)
		}
	}
	from := " from base." + name + " t"
	if t.name == "dim_tags" && c.limited() && t.has("patient_count") {
		from = " from (select x.* replace (coalesce(n.people, 0)::bigint as patient_count, coalesce(n.people, 0) / greatest(1, (select count(*) from rules.people)) as coverage_ratio) from base.main.dim_tags x left join (select tag_id, count(distinct patient_id) as people from base.main.fct_patient_tags where patient_id in (select patient_id from rules.people) group by tag_id) n using (tag_id)) t"
	}
	text := "create view " + name + " as select " + strings.Join(columns, ", ") + from
	if len(where) > 0 {
		text += " where " + strings.Join(where, " and ")
	}
	return text
}

// conditions are what a row of a table must meet in a limited scope; nil when the table stays closed.
func (c scope) conditions(t baseTable) []string {
	where := []string{}
	if t.has("patient_id") {
		where = append(where, "t.patient_id in (select patient_id from rules.people)")
	} else if slices.Contains(cutTables, t.name) {
		if where = c.cut(t); where == nil {
			return nil
		}
	} else if !slices.Contains(openTables, t.name) {
		return nil
	}
	if len(c.Lines) > 0 && t.has("line_code") {
		where = append(where, "(t.line_code in (from rules.lines)"+map[bool]string{true: " or t.line_code = 'all'"}[t.name == "dim_tags"]+")")
	}
	switch {
	case len(c.Products) == 0:
	case t.has("drug_code"):
		where = append(where, "t.drug_code in (select drug_code from rules.drugs)")
	case t.has("drug_class_code"):
		where = append(where, "t.drug_class_code in (select drug_class_code from rules.drugs)")
	}
	return where
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literals writes texts as a list of SQL.
func literals(list []string) string {
	quoted := make([]string, len(list))
	for i, one := range list {
		quoted[i] = "'" + strings.ReplaceAll(one, "'", "''") + "'"
	}
	return "[" + strings.Join(quoted, ", ") + "]::varchar[]"
}

// allowed are the names of the tables that a statement may read, in lower case: name, main.name or meta.name.
func (w *warehouse) allowed(ctx context.Context) (map[string]bool, error) {
	tables, err := w.catalogue(ctx)
	all := map[string]bool{}
	for _, t := range tables {
		name := strings.ToLower(t.name)
		all[strings.ToLower(t.schema)+"."+name] = true
		if t.schema == "main" {
			all[name] = true
		}
	}
	return all, err
}
