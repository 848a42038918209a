package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// gather reads what is new for a staging model that is made by person, before the transaction begins: won__<model>
// are the rows that its table has to take, gone__<model> those that it has to lose. The keys of both, and of
// the rows that others displace, have changed. Files that went are not there to be read: the rows of the
// table that no file holds any more are gone, and rows that only moved to another file change nothing.
func (u *updater) gather(ctx context.Context, m Model) error {
	i := slices.IndexFunc(u.sources, func(s Source) bool { return slices.Contains(m.Inputs, "lake."+s.Name) })
	if len(m.First) == 0 || i < 0 || u.allWhy != "" || u.changes[m.Name].extent != "" || u.changes["lake."+u.sources[i].Name].extent == "" {
		return nil
	}
	s, name := u.sources[i], m.Name
	if err := u.exec(ctx, fmt.Sprintf(`create or replace temp table delta__%[1]s as select * from staging.%[1]s limit 0;
		create or replace temp table gone__%[1]s as select * from staging.%[1]s limit 0`, name)); err != nil {
		return err
	}
	if err := u.readNew(ctx, m, s); err != nil {
		return err
	}
	if err := u.exec(ctx, u.winners(m)); err != nil {
		return err
	}
	var rows int64
	if err := u.conn.QueryRowContext(ctx, fmt.Sprintf("select (select count(*) from won__%[1]s) + (select count(*) from gone__%[1]s)", name)).
		Scan(&rows); err != nil || rows == 0 {
		return err
	}
	u.changes[name] = change{MadeForPeople, fmt.Sprintf("%s: %d rows", u.changes["lake."+s.Name].why, rows)}
	return nil
}

// readNew runs the model over the files that came, over the events of the days that passed in the others, and
// when rows are gone over what else the lake has of the same events.
func (u *updater) readNew(ctx context.Context, m Model, s Source) error {
	var came, stayed []string
	for _, f := range s.Files {
		if slices.Contains(u.last.files[s.Name], f) {
			stayed = append(stayed, f)
		} else {
			came = append(came, f)
		}
	}
	insert := "insert into delta__" + m.Name + "\n" + m.SQL
	if len(came) > 0 {
		if err := u.openSource(ctx, s, came, ""); err != nil {
			return err
		}
		if err := u.exec(ctx, insert); err != nil {
			return err
		}
	}
	if len(stayed) > 0 && u.last.asOf < u.now.asOf {
		from, err := dayEnd(u.last.asOf)
		if err != nil {
			return err
		}
		if err := u.openSource(ctx, s, stayed, " where event_at >= "+from); err != nil {
			return err
		}
		if err := u.exec(ctx, insert); err != nil {
			return err
		}
	}
	if err := u.openSource(ctx, s, s.Files, ""); err != nil || len(stayed) == len(u.last.files[s.Name]) {
		return err
	}
	if err := u.readLost(ctx, m, s, insert); err != nil {
		return err
	}
	return u.openSource(ctx, s, s.Files, "")
}

// readLost finds the rows whose record is in no file any more, and who else has a record of the same event.
func (u *updater) readLost(ctx context.Context, m Model, s Source, insert string) error {
	place := sortedUnique(slices.Concat(m.Grain, m.First))
	err := u.exec(ctx, fmt.Sprintf("insert into gone__%[1]s select t.* from staging.%[1]s as t anti join lake.%[2]s as l on %[3]s",
		m.Name, s.Name, equal("t", "l", place)))
	if err != nil {
		return err
	}
	var rows int64
	if err := u.conn.QueryRowContext(ctx, "select count(*) from gone__"+m.Name).Scan(&rows); err != nil || rows == 0 {
		return err
	}
	if !u.opts.KeepBytes {
		return ErrLost
	}
	others := fmt.Sprintf("create or replace temp table others as select l.* from lake.%[1]s as l semi join gone__%[2]s as g on %[3]s",
		s.Name, m.Name, equal("l", "g", m.Grain))
	if err := u.exec(ctx, others); err != nil {
		return err
	}
	if err := u.openSource(ctx, s, nil, ""); err != nil {
		return err
	}
	return u.exec(ctx, "insert into lake."+s.Name+" select * from others;\n"+insert)
}

// winners makes won__<model> of delta__<model>: rows that are new, that come before what the table has of their
// event, or that differ from it; and notes the keys.
func (u *updater) winners(m Model) string {
	first := func(alias string) string {
		list := make([]string, len(m.First))
		for i, column := range m.First {
			list[i] = alias + "." + column
		}
		return "row(" + strings.Join(list, ", ") + ")"
	}
	return fmt.Sprintf(`
create or replace temp table won__%[1]s as
select d.*
from (select * from delta__%[1]s qualify row_number() over (partition by %[2]s order by %[3]s) = 1) as d
left join (select t.* from staging.%[1]s as t anti join gone__%[1]s as g on %[4]s) as k on %[5]s
where k.%[6]s is null or %[7]s < %[8]s or (%[7]s = %[8]s and d is distinct from k);
insert into keys_changed
select patient_key from gone__%[1]s
union select patient_key from won__%[1]s
union select t.patient_key from staging.%[1]s as t semi join won__%[1]s as d on %[9]s;`,
		m.Name, strings.Join(m.Grain, ", "), strings.Join(m.First, ", "), equal("t", "g", m.Grain), equal("k", "d", m.Grain),
		m.Grain[0], first("d"), first("k"), equal("t", "d", m.Grain))
}

// merge brings the table of a staging model up to date with what gather found.
func (u *updater) merge(ctx context.Context, m Model) error {
	grain := strings.Join(m.Grain, ", ")
	return u.exec(ctx, fmt.Sprintf(`delete from staging.%[1]s as t using (select %[2]s from gone__%[1]s union select %[2]s from won__%[1]s) as g where %[3]s;
		insert into staging.%[1]s select * from won__%[1]s`, m.Name, grain, equal("t", "g", m.Grain)))
}

// equal is the condition that two rows agree in columns.
func equal(a, b string, columns []string) string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = a + "." + column + " = " + b + "." + column
	}
	return strings.Join(list, " and ")
}
