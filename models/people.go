package models

import (
	"context"
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
		r.Extent, r.Why, r.People = MadeForPeople, c.why, u.people
		c, err = u.remake(ctx, m, c)
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
	if c.extent != "" && u.changes[m.Name].extent != MadeWhole {
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

// isCompared says whether a model that has to be made whole is compared with what it was.
func (u *updater) isCompared(m Model) bool {
	return u.allWhy == "" && !(u.isMarts && u.isFresh) && u.changes[m.Name].extent == "" && len(m.By) == 0 && (len(m.Compared) > 0 || u.isReadByPerson(m))
}

// findPeople turns the keys that changed into people; with too many of them the rest is made whole.
func (u *updater) findPeople(ctx context.Context) error {
	if err := u.changed(ctx, "select patient_id from "+keyMap+" where patient_key in (select patient_key from keys_changed)"); err != nil {
		return err
	}
	if err := u.conn.QueryRowContext(ctx, "select count(distinct patient_id) from "+keyMap).Scan(&u.all); err != nil {
		return err
	}
	if u.allWhy == "" && float64(u.people) > u.limits.changed*float64(u.all) {
		u.allWhy = fmt.Sprintf("%d of %d people changed", u.people, u.all)
	}
	return nil
}

// changed adds people; all keys of theirs are those of people who changed.
func (u *updater) changed(ctx context.Context, people string) error {
	before := u.people
	err := u.exec(ctx, "insert into people_changed select patient_id from ("+people+") where patient_id <> '' except select patient_id from people_changed")
	if err != nil {
		return err
	}
	if err := u.conn.QueryRowContext(ctx, "select count(*) from people_changed").Scan(&u.people); err != nil || u.people == before {
		return err
	}
	u.round++
	return u.exec(ctx, "create or replace temp table keys_of_people as select patient_key from "+keyMap+
		" where patient_id in (select patient_id from people_changed)")
}

// remake replaces the rows of the people who changed: the statement of the model runs over their rows alone. When
// they come out the same, the readers of the model do not see a change.
func (u *updater) remake(ctx context.Context, m Model, c change) (change, error) {
	var shadows []string
	for _, in := range u.tablesBehind(m) {
		input, isModel := u.model(in)
		if !isModel || len(input.By)+len(input.Compared) == 0 {
			continue
		}
		if err := u.cut(ctx, input); err != nil {
			return c, fmt.Errorf("rows of %s: %w", in, err)
		}
		shadows = append(shadows, in)
	}
	var script strings.Builder
	for _, in := range shadows { // names of temp stand before all others
		fmt.Fprintf(&script, "create or replace temp view %s as select * from delta__%s;\n", in, in)
	}
	fmt.Fprintf(&script, "create or replace temp table delta__%s as\n%s;\n", m.Name, m.SQL)
	for _, in := range shadows {
		fmt.Fprintf(&script, "drop view temp.%s;\n", in)
	}
	if err := u.exec(ctx, script.String()); err != nil {
		return c, err
	}
	u.fresh[m.Name] = u.round
	if err := u.checkGrain(ctx, m, "delta__"+m.Name); err != nil {
		return c, err
	}
	return u.replace(ctx, m, c)
}

// tablesBehind are the inputs of a model, in the place of a view those of the view.
func (u *updater) tablesBehind(m Model) []string {
	var tables []string
	for _, in := range m.Inputs {
		if input, _ := u.model(in); input.View != "" {
			tables = append(tables, u.tablesBehind(input)...)
		} else {
			tables = append(tables, in)
		}
	}
	return sortedUnique(tables)
}

// replace writes the rows of delta__<model> that the table lacks, and deletes those that are not in it any more: what
// came out the same stays where it is, in its order.
func (u *updater) replace(ctx context.Context, m Model, c change) (change, error) {
	place := placeOf(m)
	err := u.exec(ctx, "create or replace temp table held as select * from "+place+" where patient_id in (select patient_id from people_changed)")
	if err != nil {
		return c, err
	}
	var same bool
	err = u.conn.QueryRowContext(ctx, `select a.n = b.n and a.h is not distinct from b.h from (select count(*) as n, sum(hash(t)) as h from held as t) as a
		cross join (select count(*) as n, sum(hash(t)) as h from delta__`+m.Name+" as t) as b").Scan(&same)
	if err != nil || same {
		return change{}, err
	}
	order := ""
	if m.Layer == Marts {
		order = " order by patient_id"
	}
	row := append([]string{"patient_id"}, m.Grain...)
	err = u.exec(ctx, fmt.Sprintf(`
create or replace temp table went as
select h.* from held as h left join delta__%[1]s as d on %[2]s where d.patient_id is null or h is distinct from d;
create or replace temp table came as
select d.* from delta__%[1]s as d left join held as h on %[2]s where h.patient_id is null or h is distinct from d;
delete from %[3]s as t using went as g where %[4]s;
insert into %[3]s select * from came%[5]s`, m.Name, identical("h", "d", row), place, identical("t", "g", row), order))
	if err != nil {
		return c, err
	}
	var rows int64
	err = u.conn.QueryRowContext(ctx, "select (select count(*) from came) + (select count(*) from went)").Scan(&rows)
	u.written += rows
	return c, err
}

// cut leaves the rows of the people who changed, and those that are nobody's, in delta__<model>.
func (u *updater) cut(ctx context.Context, m Model) error {
	if round, ok := u.fresh[m.Name]; ok && round == u.round {
		return nil
	}
	var whose []string
	for _, column := range slices.Concat(m.By, m.Compared) {
		if column == "patient_id" {
			whose = append(whose, column+" in (select patient_id from people_changed)")
		} else {
			whose = append(whose, column+" in (select patient_key from keys_of_people)")
		}
		if len(m.Compared) > 0 {
			whose = append(whose, column+" = ''")
		}
	}
	u.fresh[m.Name] = u.round
	return u.exec(ctx, "create or replace temp table delta__"+m.Name+" as select * from "+placeOf(m)+" where "+strings.Join(whose, " or "))
}

// compare makes a model whole and looks for what became different. When all of it is as before, its readers
// do not see a change; when the differing rows belong to few people, those are people who changed.
func (u *updater) compare(ctx context.Context, m Model, c change) (change, error) {
	place := placeOf(m)
	err := u.exec(ctx, "create or replace temp table made as\n"+m.SQL+";\ncreate or replace temp table differing as "+
		"(select * from "+place+" except all select * from made) union all (select * from made except all select * from "+place+")")
	if err != nil {
		return c, err
	}
	var rows int64
	if err := u.conn.QueryRowContext(ctx, "select count(*) from differing").Scan(&rows); err != nil || rows == 0 {
		return change{}, err
	}
	if err := u.checkGrain(ctx, m, "made"); err != nil {
		return c, err
	}
	if err := u.checkLost(ctx, m); err != nil {
		return c, err
	}
	order := ""
	if m.Layer == Marts {
		order = " order by " + strings.Join(m.Grain, ", ")
	}
	if err := u.exec(ctx, "create or replace table "+place+" as select * from made"+order); err != nil {
		return c, err
	}
	if len(m.Compared) > 0 {
		c.extent, err = u.compared(ctx, m)
	}
	return c, err
}

// compared notes the people or keys of the rows that differ, and says whether their readers can follow.
func (u *updater) compared(ctx context.Context, m Model) (Extent, error) {
	if !slices.Equal(m.Compared, []string{"patient_id"}) {
		for _, column := range m.Compared {
			if err := u.exec(ctx, "insert into keys_changed select "+column+" from differing"); err != nil {
				return MadeWhole, err
			}
		}
		return MadeForPeople, nil
	}
	var people int64
	if err := u.conn.QueryRowContext(ctx, "select count(distinct patient_id) from differing").Scan(&people); err != nil {
		return MadeWhole, err
	}
	if u.all > 0 && float64(people) > u.limits.changed*float64(u.all) {
		return MadeWhole, nil
	}
	return MadeForPeople, u.changed(ctx, "select patient_id from differing")
}

// checkLost refuses a staging table that has lost rows, unless their bytes may stay.
func (u *updater) checkLost(ctx context.Context, m Model) error {
	if m.Layer != Staging || u.opts.KeepBytes {
		return nil
	}
	var rows int64
	err := u.conn.QueryRowContext(ctx, "select count(*) from "+placeOf(m)+" as t anti join made as l on "+equal("t", "l", m.Grain)).Scan(&rows)
	if err == nil && rows > 0 {
		return ErrLost
	}
	return err
}
