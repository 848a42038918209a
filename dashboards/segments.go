package dashboards

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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
	{name: "g", repeat: true, valid: func(w *warehouse, v string) bool { _, ok := parseGroup(w, v); return ok }},
}, actionParams())

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
	NoConsent, DoNotContact                                        bool
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

// segmentSize is how many people a segment has and how many must not be contacted.
type segmentSize struct{ Members, NoConsent, DoNotContact int64 }

// Exportable is how many people a list holds.
func (s segmentSize) Exportable() int64 { return s.Members - s.NoConsent - s.DoNotContact }

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
}

func (s *Server) segments(ctx context.Context, rq *request) (view, error) {
	groups, target := applyActions(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	rq.state = rq.state.set("g", canonicalGroups(groups))
	d := readDefinition(rq.wh, rq.state, groups)
	people, size, err := readMembers(ctx, rq.wh, d, false, previewRows)
	if err != nil {
		return view{}, err
	}
	data := segmentsData{Groups: groups, Target: target, Modes: modes, Families: rq.wh.families(d.Line), Size: size, Preview: people,
		Hash: d.Hash(), Query: rq.state.Query(), Full: len(groups) == maxGroups, Matched: d.positive()}
	return view{Page: "segments", Title: s.render.texts[rq.lang].get("segments.title"), Data: data}, nil
}

func readMembers(ctx context.Context, w *warehouse, d segmentDefinition, contactable bool, limit int) ([]member, segmentSize, error) {
	var size segmentSize
	people, err := query(ctx, w, "segments.Members", d.args(contactable, limit), func(m *member) []any {
		return []any{&m.ID, &m.LineCode, &m.StageCode, &m.Owner, &m.Tags, &m.LastContact, &m.LastCovered, &m.NoConsent, &m.DoNotContact,
			&size.Members, &size.NoConsent, &size.DoNotContact}
	})
	people = slices.DeleteFunc(people, func(m member) bool { return m.ID == "" })
	return people, size, err
}

// segmentCSV sends the list of the people who may be contacted.
func (s *Server) segmentCSV(ctx context.Context, w http.ResponseWriter, rq *request) error {
	d := readDefinition(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	if err := refuseIgnored(rq); err != nil {
		return err
	}
	people, size, err := readMembers(ctx, rq.wh, d, true, exportRows)
	if err != nil {
		return err
	}
	t := s.render.texts["zh-CN"] // the list goes to Chinese teams whatever the page's language is
	startCSV(w, fmt.Sprintf("phdp-segment-%s-%s.csv", rq.wh.AsOf, d.Hash()[:12]))
	w.Header().Set("X-PHDP-Dropped", fmt.Sprintf("no_consent=%d, do_not_contact=%d", size.NoConsent, size.DoNotContact))
	out := newCSV(w)
	out.row("patient_code", "line", "stage", "owner_staff_id", "tags", "last_contact", "last_covered_date", "reason")
	for _, m := range people {
		names := make([]string, 0, 8)
		for _, id := range m.TagIDs() {
			names = append(names, rq.wh.tagName(id))
		}
		out.row(m.ID, m.LineCode, m.StageCode, m.Owner, strings.Join(names, "；"), m.LastContact, m.LastCovered, d.reason(rq.wh, m, t))
	}
	s.log.Info("segment exported", "definition", d.Hash()[:12], "rows", len(people), "dropped", size.NoConsent+size.DoNotContact)
	return out.flush()
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

// refuseIgnored makes an export fail on a parameter that it would have to ignore: a list must not be wider than
// what was asked for.
func refuseIgnored(rq *request) error {
	if len(rq.ignored) > 0 {
		return badRequest{"export: unknown parameter " + rq.ignored[0].Name}
	}
	return nil
}

// segmentManifest tells what a list is: its definition, hash, date and counts.
func (s *Server) segmentManifest(ctx context.Context, w http.ResponseWriter, rq *request) error {
	d := readDefinition(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	if err := refuseIgnored(rq); err != nil {
		return err
	}
	_, size, err := readMembers(ctx, rq.wh, d, true, 1)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(map[string]any{
		"segment":         strings.TrimPrefix(rq.state.Query(), "?"),
		"definition":      d,
		"definition_hash": "sha256:" + d.Hash(),
		"as_of":           rq.wh.AsOf,
		"build_id":        rq.wh.BuildID,
		"rows":            size.Exportable(),
		"members":         size.Members,
		"dropped":         map[string]int64{"no_consent": size.NoConsent, "do_not_contact": size.DoNotContact},
		"file":            fmt.Sprintf("phdp-segment-%s-%s.csv", rq.wh.AsOf, d.Hash()[:12]),
	})
}
