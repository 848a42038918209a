package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// isCompared says whether a model that has to be made whole is compared with what it was. What its own text changed, or a
// build that broke off left for the marts, is made without looking.
func (u *updater) isCompared(m Model) bool {
	if u.allWhy != "" || (u.isMarts && u.isFresh) || u.changes[m.Name].extent != "" || m.View != "" {
		return false
	}
	return len(m.By)+len(m.Compared) > 0 || u.isReadByPerson(m)
}

// compare makes a model whole and looks for what became different. When all of it is as before, its readers
// do not see a change; when the differing rows belong to few people, only those have changed.
func (u *updater) compare(ctx context.Context, m Model, c change) (change, error) {
	if err := u.exec(ctx, "create or replace temp table made as\n"+m.SQL); err != nil {
		return c, err
	}
	same, err := u.isSame(ctx, placeOf(m), "made")
	if err != nil || same {
		return change{}, errors.Join(err, u.exec(ctx, "drop table temp.made"))
	}
	if err := u.checkGrain(ctx, m, "made"); err != nil {
		return c, err
	}
	if err := u.checkLost(ctx, m); err != nil {
		return c, err
	}
	columns := m.Compared
	if len(m.By) > 0 {
		columns = m.By
	}
	if len(columns) == 0 {
		return c, u.writeMade(ctx, m)
	}
	if err := u.findDiffering(ctx, m, columns); err != nil {
		return c, err
	}
	if !slices.Equal(columns, []string{"patient_id"}) {
		for _, column := range columns {
			if err := u.exec(ctx, "insert into keys_changed select "+column+" from differing"); err != nil {
				return c, err
			}
		}
		return change{MadeForPeople, c.why}, u.writeMade(ctx, m)
	}
	return u.writeDiffering(ctx, m, c)
}

// isSame compares two tables by the number and the hashes of their rows.
func (u *updater) isSame(ctx context.Context, a, b string) (same bool, err error) {
	err = u.conn.QueryRowContext(ctx, "select a.n = b.n and a.h is not distinct from b.h from (select count(*) as n, sum(hash(t)) as h from "+a+
		" as t) as a cross join (select count(*) as n, sum(hash(t)) as h from "+b+" as t) as b").Scan(&same)
	return same, err
}

// findDiffering leaves in the temporary table differing those to whom the rows belong that are in only one of made and the table.
func (u *updater) findDiffering(ctx context.Context, m Model, columns []string) error {
	list := strings.Join(columns, ", ")
	return u.exec(ctx, fmt.Sprintf(`create or replace temp table differing as
select %[1]s
from (select %[1]s, cast(hash(t) as hugeint) as h from made as t
    union all select %[1]s, -cast(hash(t) as hugeint) from %[2]s as t)
group by %[1]s
having sum(h) <> 0`, list, placeOf(m)))
}

// writeDiffering replaces the rows of the people in differing, or the whole table when most rows are theirs.
func (u *updater) writeDiffering(ctx context.Context, m Model, c change) (change, error) {
	if err := u.exec(ctx, "create or replace temp table people_now as select patient_id from differing"); err != nil {
		return c, err
	}
	people, err := u.count(ctx, "people_now")
	if err != nil {
		return c, err
	}
	if u.all > 0 && float64(people) > u.limits.changed*float64(u.all) {
		return c, u.writeMade(ctx, m)
	}
	most, err := u.isMost(ctx, "made", "people_now")
	if err != nil {
		return c, err
	}
	if most || len(m.Compared) > 0 {
		if err := u.note(ctx, m, "from people_now"); err != nil {
			return c, err
		}
		return change{MadeForPeople, c.why}, u.writeMade(ctx, m)
	}
	err = u.exec(ctx, "create or replace temp table delta__"+m.Name+" as select * from made where patient_id in (from people_now); drop table temp.made")
	if err != nil {
		return c, err
	}
	return u.replace(ctx, m, c)
}

// isMost says whether so many rows of a table belong to some people that it is quicker to make all of it.
func (u *updater) isMost(ctx context.Context, table, people string) (most bool, err error) {
	err = u.conn.QueryRowContext(ctx, "select coalesce(count(*) filter (where patient_id in (from "+people+")) > "+
		strconv.FormatFloat(u.limits.changed, 'f', -1, 64)+" * count(*), false) from "+table).Scan(&most)
	return most, err
}

// writeMade puts made in the place of the table.
func (u *updater) writeMade(ctx context.Context, m Model) error {
	order := ""
	if m.Layer == Marts {
		order = " order by " + strings.Join(m.Grain, ", ")
	}
	return u.exec(ctx, "create or replace table "+placeOf(m)+" as select * from made"+order+"; drop table temp.made")
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

func (u *updater) count(ctx context.Context, table string) (n int64, err error) {
	err = u.conn.QueryRowContext(ctx, "select count(*) from "+table).Scan(&n)
	return n, err
}
