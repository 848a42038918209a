package dashboards

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	previewRows = 20
	exportRows  = 1_000_000
)

// segmentParams are the definition, then the actions of the builder, which change it.
var segmentParams = slices.Concat([]param{
	lineParam,
	{name: "stage", valid: (*warehouse).hasStage},
	{name: "lost", valid: (*warehouse).hasStep},
	{name: "low", valid: (*warehouse).hasClass},
}, rangeParams(), []param{
	{name: "g", repeat: true, valid: func(w *warehouse, v string) bool { _, ok := parseGroup(w, v); return ok }},
}, actionParams(), []param{purposeParam})

func actionParams() []param {
	isMode := func(_ *warehouse, v string) bool { return slices.Contains(modes, v) }
	all := []param{{name: "newgroup", action: true, valid: isMode}, {name: "to", action: true}, {name: "add", action: true, valid: hasTag},
		{name: "drop", action: true}, {name: "dropgroup", action: true}, {name: "tagsearch", action: true}}
	for i := range maxGroups {
		all = append(all, param{name: "mode" + strconv.Itoa(i), action: true, valid: isMode})
	}
	return all
}

func hasTag(w *warehouse, id string) bool { _, ok := w.tagByID[id]; return ok }

// member is one person of a segment.
type member struct {
	ID, LineCode, StageCode, Owner, Tags, LastContact, LastCovered string
	Withheld                                                       string // why they must not be contacted, "" when they may be
}

// TagIDs returns the tags of the person.
func (m member) TagIDs() []string {
	if m.Tags == "" {
		return nil
	}
	return strings.Split(m.Tags, ",")
}

// previewTags is how many tags of a person the preview shows.
const previewTags = 4

// ShownTags returns the first tags of the person, those that the definition asks for before the others.
func (m member) ShownTags(matched map[string]bool) []string {
	ids := m.TagIDs()
	slices.SortStableFunc(ids, func(a, b string) int {
		switch {
		case matched[a] == matched[b]:
			return 0
		case matched[a]:
			return -1
		}
		return 1
	})
	return ids[:min(previewTags, len(ids))]
}

// HiddenTags is how many tags the preview leaves out.
func (m member) HiddenTags() int { return max(0, len(m.TagIDs())-previewTags) }

// segmentSize is how many people a segment has and how many must not be contacted, each under the first reason that holds.
type segmentSize struct{ Members, NoConsent, DoNotContact, Minor, ContactCap, NoFriend int64 }

// targets are where a query's totals are scanned to.
func (s *segmentSize) targets() []any {
	return []any{&s.Members, &s.NoConsent, &s.DoNotContact, &s.Minor, &s.ContactCap, &s.NoFriend}
}

// Exportable is how many people a list holds.
func (s segmentSize) Exportable() int64 {
	return s.Members - s.NoConsent - s.DoNotContact - s.Minor - s.ContactCap - s.NoFriend
}

// Reasons are those for which somebody is left out.
func (s segmentSize) Reasons() []leftOut {
	var all []leftOut
	for _, code := range dropReasons {
		if n := s.dropped()[code]; n != 0 {
			all = append(all, leftOut{code, n})
		}
	}
	return all
}

// leftOut is how many people are on no list that leaves, for one reason.
type leftOut struct {
	Code   string
	People int64
}

// dropped is how many people are left out of a list, by dropReasons.
func (s segmentSize) dropped() map[string]int64 {
	return map[string]int64{"no_consent": s.NoConsent, "do_not_contact": s.DoNotContact, "minor": s.Minor, "contact_cap": s.ContactCap, "no_friend": s.NoFriend}
}

type segmentsData struct {
	Groups   []tagGroup
	Target   int // the group that tags are added to
	Modes    []string
	Families []family
	Size     segmentSize
	Preview  []member
	Hash     string
	Query    string
	Full     bool // no further group
	Matched  map[string]bool
	Saved    []savedQuery
	Ranges   []bounds
}

func (s *Server) segments(ctx context.Context, rq *request) (view, error) {
	if rq.totals {
		rq.plainSegment()
	}
	groups, target := applyActions(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	if rq.totals && len(groups) > 0 {
		groups, target = []tagGroup{{Mode: "all", Tags: groups[len(groups)-1].Tags[max(0, len(groups[len(groups)-1].Tags)-1):]}}, 0
	}
	rq.state = rq.state.set("g", canonicalGroups(groups))
	d := readDefinition(rq.wh, rq.state, groups)
	shown := previewRows
	if rq.totals {
		shown = 0
	}
	people, size, err := readMembers(ctx, rq.wh, d, false, shown)
	if err != nil {
		return view{}, err
	}
	data := segmentsData{Groups: groups, Target: target, Modes: modes, Families: rq.wh.families(d.Line), Size: size, Preview: people,
		Hash: d.Hash(), Query: rq.state.Query(), Full: len(groups) == maxGroups, Matched: d.positive(), Ranges: boundsOf(rq.state)}
	if rq.totals {
		data.Full = true
		rq.guardCounts(&data.Size.Members, &data.Size.NoConsent, &data.Size.DoNotContact, &data.Size.Minor, &data.Size.ContactCap, &data.Size.NoFriend)
	} else if err := s.audit(rq, "list", "segment "+d.Hash()[:12], fmt.Sprintf("shown=%d of %d", len(people), size.Members)); err != nil {
		return view{}, err
	}
	if data.Saved, err = s.saved.list(); err != nil {
		return view{}, err
	}
	return view{Page: "segments", Title: s.render.texts[rq.lang].get("segments.title"), Data: data}, nil
}

// plainSegment takes away the conditions that a reader of totals may not combine: what is left is a line, a stage
// and a single tag that people carry. More would let small groups be counted as the difference of large ones.
func (rq *request) plainSegment() {
	names := []string{"lost", "low", "newgroup", "mode0"}
	for _, p := range rangeParams() {
		names = append(names, p.name)
	}
	for _, name := range names {
		if rq.state.Get(name) != "" {
			rq.ignored = append(rq.ignored, ignored{Name: name})
			rq.state = rq.state.set(name, nil)
		}
	}
	groups := rq.state.All("g")
	for _, g := range groups {
		if mode, tags, _ := strings.Cut(g, ":"); mode == "none" || strings.Contains(tags, ",") || len(groups) > 1 {
			rq.ignored = append(rq.ignored, ignored{Name: "g", Value: g})
			rq.state = rq.state.set("g", nil)
		}
	}
}

// readMembers finds a segment: its size and the first of its people, in the order of lists.
func readMembers(ctx context.Context, w *warehouse, d segmentDefinition, contactable bool, limit int) (people []member, size segmentSize, err error) {
	type found struct {
		id string
		of segmentSize
	}
	all, err := query(ctx, w, "segments.Members", d.args(contactable, limit), func(f *found) []any { return append([]any{&f.id}, f.of.targets()...) })
	if err != nil || len(all) == 0 {
		return nil, size, err
	}
	if size = all[0].of; all[0].id == "" {
		return nil, size, nil
	}
	ids := make([]string, len(all))
	for i, f := range all {
		ids[i] = f.id
	}
	// A statement of its own looks for the few people where they are; as a part of the other it would read everybody.
	a := args{"ids": strings.Join(ids, ";")}
	targets := func(m *member) []any {
		return []any{&m.ID, &m.LineCode, &m.StageCode, &m.Owner, &m.Tags, &m.LastContact, &m.LastCovered, &m.Withheld}
	}
	if len(ids) <= previewRows {
		people, err = query(ctx, w, "segments.People", a, targets)
		return people, size, err
	}
	err = w.read(ctx, "segments.People", a, nil, func(rows *sql.Rows) error { // their ids are too long a name for a kept answer
		var m member
		err := rows.Scan(targets(&m)...)
		people = append(people, m)
		return err
	})
	return people, size, err
}

// reason says in words why a person is on the list: the conditions of the definition that apply to them.
func (d segmentDefinition) reason(w *warehouse, m member, t texts) string {
	var parts []string
	if d.Lost != "" {
		parts = append(parts, t.get("segments.reason.lost", t.word("step", d.Lost)))
	}
	if d.Low != "" {
		parts = append(parts, t.get("segments.reason.low", w.className(d.Low, t)))
	}
	for _, b := range d.Bounds {
		if !b.isOpen() {
			parts = append(parts, t.get("segments.range."+b.Name)+" "+b.Min+"…"+b.Max)
		}
	}
	wanted := d.positive()
	for _, id := range m.TagIDs() {
		if wanted[id] {
			parts = append(parts, w.tagName(id))
		}
	}
	if len(parts) == 0 && d.Stage != "" {
		parts = append(parts, t.word("stage", d.Stage))
	}
	return strings.Join(parts, "；")
}
