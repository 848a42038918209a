package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// plan compares the build with the one before: texts of models, reference tables, files of the lake, the day.
func (u *updater) plan(ctx context.Context, refs []Ref) error {
	var err error
	if u.now, err = u.currentState(ctx, u.sources, refs); err != nil {
		return err
	}
	switch {
	case u.opts.Full:
		u.allWhy = "asked for"
	case u.last.buildID == "":
		u.allWhy = "no state of a build before"
	case u.last.version != u.now.version:
		u.allWhy = "another DuckDB, other macros or another form of the state"
	case u.now.asOf < u.last.asOf:
		u.allWhy = "the business day goes back"
	}
	for name, hash := range u.now.hashes {
		if u.last.hashes[name] == hash {
			continue
		}
		why := "its text changed"
		switch {
		case name == "ref.settings":
			why = "the business day moved"
		case strings.HasPrefix(name, "ref."):
			why = name + " changed"
		}
		u.changes[name] = change{MadeWhole, why}
	}
	for _, s := range u.sources {
		if err := u.planSource(ctx, s); err != nil {
			return fmt.Errorf("lake table %s: %w", s.Name, err)
		}
	}
	if u.allWhy == "" && len(u.changes) > 0 && u.last.share > u.limits.share {
		u.allWhy = "too many rows were replaced since the last full build"
	}
	return nil
}

// planSource notes when a lake table has other files, or events of the days that have passed.
func (u *updater) planSource(ctx context.Context, s Source) error {
	if !slices.Equal(u.last.files[s.Name], u.now.files[s.Name]) {
		u.changes["lake."+s.Name] = change{MadeForPeople, "lake." + s.Name + " has other files"}
		return nil
	}
	if u.allWhy != "" || len(s.Files) == 0 || u.last.asOf == u.now.asOf || !u.isRead(s) {
		return nil
	}
	from, err := dayEnd(u.last.asOf)
	if err != nil {
		return err
	}
	to, err := dayEnd(u.now.asOf)
	if err != nil {
		return err
	}
	var some bool
	err = u.conn.QueryRowContext(ctx, "select exists (from lake."+s.Name+" where event_at >= "+from+" and event_at < "+to+")").Scan(&some)
	if some {
		u.changes["lake."+s.Name] = change{MadeForPeople, "lake." + s.Name + " has events of the days that passed"}
	}
	return err
}

// isRead says whether a model reads the lake table.
func (u *updater) isRead(s Source) bool {
	return slices.ContainsFunc(u.models, func(m Model) bool { return slices.Contains(m.Inputs, "lake."+s.Name) })
}

// decide says how far a model has to be made, from what happened to its inputs.
func (u *updater) decide(m Model) change {
	if u.allWhy != "" {
		return change{MadeWhole, u.allWhy}
	}
	if u.isMarts && u.isFresh {
		return change{MadeWhole, "a new file"}
	}
	if c := u.changes[m.Name]; c.extent == MadeWhole || len(m.First) > 0 {
		return c
	}
	var worst change
	for _, in := range u.behind(m) {
		c := u.changes[in]
		if in == "ref.settings" && m.Layer == Staging {
			continue // what the day lets in, planSource has found
		}
		if in == "ref.settings" && c.extent != "" {
			if _, ok := u.dues(m); ok {
				c.extent = MadeForPeople
			}
		}
		if _, isModel := u.model(in); isModel && c.extent != "" {
			c.why = in + " changed"
		}
		if c.extent == MadeWhole || worst.extent == "" {
			if worst.extent != MadeWhole {
				worst = c
			}
		}
	}
	if worst.extent != "" && len(m.By) == 0 {
		worst.extent = MadeWhole
	}
	return worst
}

// behind are the inputs of a model and those of the views among them: a view has no rows that could differ.
func (u *updater) behind(m Model) []string {
	inputs := slices.Clone(m.Inputs)
	for _, in := range m.Inputs {
		if input, _ := u.model(in); input.View != "" {
			inputs = append(inputs, u.behind(input)...)
		}
	}
	return inputs
}

// dues are the selects of the people for whom the day makes a difference in a model, or in the views that it reads; not ok
// when one of those that look at the day does not say so.
func (u *updater) dues(m Model) (queries []string, ok bool) {
	if slices.Contains(m.Inputs, "ref.settings") {
		if m.Due == "" || u.isMarts && u.isLate {
			return nil, false
		}
		days := strings.NewReplacer("$last", "date '"+u.last.asOf+"'", "$day", "date '"+u.now.asOf+"'")
		queries = append(queries, days.Replace(m.Due))
	}
	for _, in := range m.Inputs {
		if input, _ := u.model(in); input.View != "" {
			more, ok := u.dues(input)
			if !ok {
				return nil, false
			}
			queries = append(queries, more...)
		}
	}
	return queries, true
}

func (u *updater) model(name string) (Model, bool) {
	i := slices.IndexFunc(u.models, func(m Model) bool { return m.Name == name })
	if i < 0 {
		return Model{}, false
	}
	return u.models[i], true
}

// isReadByPerson says whether a model that is made person by person reads this one.
func (u *updater) isReadByPerson(m Model) bool {
	return slices.ContainsFunc(u.models, func(r Model) bool { return len(r.By) > 0 && slices.Contains(r.Inputs, m.Name) })
}
