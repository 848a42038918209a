package dashboards

import (
	"context"
	"errors"
	"slices"
	"sort"
)

// build says which build a warehouse is. Times are text, on the clock of Asia/Shanghai.
type build struct {
	BuildID, AsOf, BuiltAt string
	ElapsedSeconds         float64
	NewestEventAt          string
	PatientCount           int64
	FirstDay               string // of the first contact with anybody
}

// line is a disease line.
type line struct{ Code, NameZH, NameEN string }

// drugClass is a class of drugs of one line.
type drugClass struct{ Code, LineCode, NameZH, NameEN string }

// tag is an entry of the tag catalogue with the number of patients who carry it.
type tag struct {
	ID, NameZH, Family, LineCode, Rule string
	Patients                           int64
	bitWord, bitValue                  int64 // its bit in dim_segment_people
}

// step is a step of the journey.
type step struct {
	No   int64
	Code string
}

// reference is what filters and labels need. It is read once per warehouse.
type reference struct {
	Lines   []line
	Classes []drugClass
	Tags    []tag
	Steps   []step
	Stages  []string
	Staff   []string // care workers who look after somebody
	tagByID map[string]tag

	BusiestStaff string
}

func (w *warehouse) load(ctx context.Context) error {
	builds, err := query(ctx, w, "store.Build", nil, func(b *build) []any {
		return []any{&b.BuildID, &b.AsOf, &b.BuiltAt, &b.ElapsedSeconds, &b.NewestEventAt, &b.PatientCount, &b.FirstDay}
	})
	if err != nil {
		return err
	}
	if len(builds) == 0 {
		return errors.New("meta.builds has no row")
	}
	w.build = builds[0]
	if w.Lines, err = query(ctx, w, "store.Lines", nil, func(l *line) []any { return []any{&l.Code, &l.NameZH, &l.NameEN} }); err != nil {
		return err
	}
	if w.Classes, err = query(ctx, w, "store.DrugClasses", nil, func(c *drugClass) []any {
		return []any{&c.Code, &c.LineCode, &c.NameZH, &c.NameEN}
	}); err != nil {
		return err
	}
	if w.Steps, err = query(ctx, w, "store.Steps", nil, func(s *step) []any { return []any{&s.No, &s.Code} }); err != nil {
		return err
	}
	if w.Stages, err = query(ctx, w, "store.Stages", nil, func(s *string) []any { return []any{s} }); err != nil {
		return err
	}
	if w.Staff, err = query(ctx, w, "store.Staff", nil, func(s *string) []any { return []any{s} }); err != nil {
		return err
	}
	staff, err := query(ctx, w, "store.BusiestStaff", nil, func(s *string) []any { return []any{s} })
	if err != nil {
		return err
	}
	if len(staff) > 0 {
		w.BusiestStaff = staff[0]
	}
	return w.loadTags(ctx)
}

func (w *warehouse) loadTags(ctx context.Context) error {
	tags, err := query(ctx, w, "store.Tags", nil, func(t *tag) []any {
		return []any{&t.ID, &t.NameZH, &t.Family, &t.LineCode, &t.Rule, &t.Patients, &t.bitWord, &t.bitValue}
	})
	if err != nil {
		return err
	}
	w.Tags, w.tagByID = tags, make(map[string]tag, len(tags))
	for _, t := range tags {
		w.tagByID[t.ID] = t
	}
	return nil
}

func (w *warehouse) hasLine(code string) bool {
	for _, l := range w.Lines {
		if l.Code == code {
			return true
		}
	}
	return false
}

func (w *warehouse) hasClass(code string) bool {
	for _, c := range w.Classes {
		if c.Code == code {
			return true
		}
	}
	return false
}

// isOf tells whether a drug class belongs to a line; every class belongs to "".
func (w *warehouse) isOf(class, line string) bool {
	return line == "" || slices.ContainsFunc(w.Classes, func(c drugClass) bool { return c.Code == class && c.LineCode == line })
}

func (w *warehouse) hasStep(code string) bool {
	for _, s := range w.Steps {
		if s.Code == code {
			return true
		}
	}
	return false
}

func (w *warehouse) hasStage(code string) bool {
	i := sort.SearchStrings(w.Stages, code)
	return i < len(w.Stages) && w.Stages[i] == code
}

// families returns the tags by family in the catalogue's order, only those of a line when one is given.
func (w *warehouse) families(lineCode string) []family {
	var all []family
	for _, t := range w.Tags {
		if lineCode != "" && t.LineCode != "all" && t.LineCode != lineCode {
			continue
		}
		if len(all) == 0 || all[len(all)-1].Code != t.Family {
			all = append(all, family{Code: t.Family})
		}
		last := &all[len(all)-1]
		last.Tags = append(last.Tags, t)
	}
	return all
}

// family is a group of tags.
type family struct {
	Code string
	Tags []tag
}
