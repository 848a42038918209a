package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// keyMap is the model that says whose key is whose: from it on, changed keys are changed people.
const keyMap = "int_identity__components"

// make makes a model as far as it has to be and notes what its readers will see.
func (u *updater) make(ctx context.Context, m Model) (ModelResult, error) {
	start := u.opts.Now()
	c := u.decide(m)
	r := ModelResult{Model: m, Extent: Untouched, Why: "nothing that it reads changed"}
	var err error
	switch {
	case c.extent == "":
	case c.extent == MadeForPeople && len(m.First) > 0:
		r.Extent, r.Why, err = MadeForPeople, c.why, u.merge(ctx, m)
	case c.extent == MadeForPeople && m.View != "":
		r.Extent, r.Why = IsView, c.why
	case c.extent == MadeForPeople:
		r.Extent, r.Why = MadeForPeople, c.why
		r.People, c, err = u.remake(ctx, m, c)
	case u.isCompared(m):
		r.Extent, r.Why = MadeWhole, c.why
		c, err = u.compare(ctx, m, c)
	default:
		r, err = u.create(ctx, m)
		r.Why = c.why
	}
	if err != nil {
		return r, err
	}
	if c.extent == "" && r.Extent != Untouched {
		r.Why += ", but it came out the same"
	}
	if c.extent != "" && m.View == "" && u.changes[m.Name].extent != MadeWhole {
		u.changes[m.Name] = c
	}
	if m.Name == keyMap {
		if err := u.findPeople(ctx); err != nil {
			return r, err
		}
	}
	if m.View == "" {
		err = u.measure(ctx, &r)
	}
	if len(m.By) > 0 {
		u.held += r.Rows
	}
	r.Elapsed = u.opts.Now().Sub(start)
	return r, err
}

// findPeople turns the keys that changed into people; with too many of them the rest is made whole.
func (u *updater) findPeople(ctx context.Context) error {
	if err := u.changed(ctx, "select patient_id from "+keyMap+" where patient_key in (select patient_key from keys_changed)"); err != nil {
		return err
	}
	if err := u.conn.QueryRowContext(ctx, "select count(distinct patient_id) from "+keyMap).Scan(&u.all); err != nil {
		return err
	}
	for name, c := range u.changes {
		if c.extent == MadeForPeople {
			if err := u.note(ctx, Model{Name: name}, "select patient_id from people_changed"); err != nil {
				return err
			}
		}
	}
	if u.allWhy == "" && float64(u.people) > u.limits.changed*float64(u.all) {
		u.allWhy = fmt.Sprintf("%d of %d people changed", u.people, u.all)
	}
	return nil
}

// changed adds people.
func (u *updater) changed(ctx context.Context, people string) error {
	err := u.exec(ctx, "insert into people_changed select patient_id from ("+people+") where patient_id <> '' except select patient_id from people_changed")
	if err != nil {
		return err
	}
	u.people, err = u.count(ctx, "people_changed")
	return err
}

// note adds people for whom the rows of a model differ.
func (u *updater) note(ctx context.Context, m Model, people string) error {
	if err := u.exec(ctx, "insert into differs select distinct "+quote(m.Name)+", patient_id from ("+people+") where patient_id <> ''"); err != nil {
		return err
	}
	return u.changed(ctx, people)
}

// remake replaces the rows of the people for whom an input changed: the statement of the model runs over their rows
// alone. When they come out the same, the readers of the model do not see a change.
func (u *updater) remake(ctx context.Context, m Model, c change) (int64, change, error) {
	people, err := u.findNow(ctx, m)
	if err != nil || people == 0 {
		return people, change{}, err
	}
	if most, err := u.isMost(ctx, placeOf(m), "people_now"); err != nil {
		return people, c, err
	} else if most {
		c, err = u.compare(ctx, m, change{MadeWhole, c.why})
		return people, c, err
	}
	if err := u.remakeNow(ctx, m); err != nil {
		return people, c, err
	}
	if err := u.checkGrain(ctx, m, "delta__"+m.Name); err != nil {
		return people, c, err
	}
	c, err = u.replace(ctx, m, c)
	return people, c, err
}

// findNow leaves in people_now those for whom an input of the model changed or the day makes a difference, and counts them.
func (u *updater) findNow(ctx context.Context, m Model) (int64, error) {
	queries := []string{"select patient_id from differs where model in ('" + strings.Join(sortedUnique(u.behind(m)), "', '") + "')"}
	if u.changes["ref.settings"].extent != "" {
		dues, _ := u.dues(m)
		queries = append(queries, dues...)
	}
	err := u.exec(ctx, "create or replace temp table people_now as select distinct patient_id from (("+strings.Join(queries, ") union all (")+")) where patient_id <> ''")
	if err != nil {
		return 0, fmt.Errorf("who is due: %w", err)
	}
	return u.count(ctx, "people_now")
}

// remakeNow runs the statement of a model over the rows of people_now, and over those that are nobody's, into delta__<model>.
func (u *updater) remakeNow(ctx context.Context, m Model) error {
	var script strings.Builder
	var shadows []string
	script.WriteString("create or replace temp table keys_now as select patient_key from " + keyMap + " where patient_id in (from people_now);\n")
	for _, in := range sortedUnique(u.behind(m)) {
		input, isModel := u.model(in)
		if !isModel || input.View != "" || len(input.By)+len(input.Compared) == 0 {
			continue
		}
		shadows = append(shadows, in) // names of temp stand before all others
		from := placeOf(input)
		if input.Layer == Marts {
			from = "warehouse." + from
		}
		fmt.Fprintf(&script, "create or replace temp view %s as select * from %s where %s;\n", in, from, whose(input))
	}
	fmt.Fprintf(&script, "create or replace temp table delta__%s as select * from (\n%s\n) where patient_id in (from people_now);\n", m.Name, m.SQL)
	for _, in := range shadows {
		fmt.Fprintf(&script, "drop view temp.%s;\n", in)
	}
	return u.exec(ctx, script.String())
}

// whose is the condition on the rows of a model that belong to people_now or to nobody.
func whose(m Model) string {
	var either []string
	for _, column := range slices.Concat(m.By, m.Compared) {
		if column == "patient_id" {
			either = append(either, column+" in (from people_now)")
		} else {
			either = append(either, column+" in (from keys_now)")
		}
		if len(m.Compared) > 0 {
			either = append(either, column+" = ''")
		}
	}
	return strings.Join(either, " or ")
}

// replace writes the rows of delta__<model> that the table lacks, and deletes those that are not in it any more: what
// came out the same stays where it is, in its order. Rows are the same when person and hash are.
func (u *updater) replace(ctx context.Context, m Model, c change) (change, error) {
	order := ""
	if m.Layer == Marts {
		order = " order by patient_id"
	}
	err := u.exec(ctx, fmt.Sprintf(`
create or replace temp table held as select rowid as row_no, patient_id, hash(t) as row_hash from %[2]s as t where patient_id in (from people_now);
create or replace temp table went as
select row_no, patient_id from held as h anti join (select patient_id, hash(t) as row_hash from delta__%[1]s as t) as d using (patient_id, row_hash);
create or replace temp table came as
select * from delta__%[1]s as d anti join held as h on h.patient_id = d.patient_id and h.row_hash = hash(d);
delete from %[2]s where rowid in (select row_no from went);
insert into %[2]s select * from came%[3]s`, m.Name, placeOf(m), order))
	if err != nil {
		return c, err
	}
	var rows int64
	err = u.conn.QueryRowContext(ctx, "select (select count(*) from came) + (select count(*) from went)").Scan(&rows)
	if err != nil {
		return c, err
	}
	if u.written += rows; rows == 0 {
		c = change{}
	} else {
		c = change{MadeForPeople, c.why}
		err = u.note(ctx, m, "select patient_id from went union select patient_id from came")
	}
	return c, errors.Join(err, u.exec(ctx, "drop table temp.went; drop table temp.came; drop table temp.held; drop table temp.delta__"+m.Name))
}
