package dashboards

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Limits of a segment's definition; they bound the work of the query.
const (
	maxGroups       = 6
	maxTagsPerGroup = 20
)

// modes are the ways in which the tags of a group are joined: all of them, at least one, none.
var modes = []string{"all", "any", "none"}

// tagGroup is a condition on tags. A group without tags asks for nothing.
type tagGroup struct {
	Mode string
	Tags []string
}

// String writes a group as in the URL: mode:tag,tag.
func (g tagGroup) String() string { return g.Mode + ":" + strings.Join(g.Tags, ",") }

// parseGroup reads a group from the URL; it fails on an unknown mode or tag.
func parseGroup(w *warehouse, text string) (tagGroup, bool) {
	mode, list, found := strings.Cut(text, ":")
	if !found || !slices.Contains(modes, mode) {
		return tagGroup{}, false
	}
	g := tagGroup{Mode: mode}
	for _, id := range strings.Split(list, ",") {
		if id == "" {
			continue
		}
		if _, known := w.tagByID[id]; !known || len(g.Tags) == maxTagsPerGroup {
			return tagGroup{}, false
		}
		if !slices.Contains(g.Tags, id) {
			g.Tags = append(g.Tags, id)
		}
	}
	slices.Sort(g.Tags)
	return g, true
}

// groupsOf returns the tag groups of a state.
func groupsOf(w *warehouse, s state) []tagGroup {
	var groups []tagGroup
	for _, text := range s.All("g") {
		if g, ok := parseGroup(w, text); ok && len(groups) < maxGroups {
			groups = append(groups, g)
		}
	}
	return groups
}

// applyActions changes the groups as a button of the page asks: newgroup=mode, add=tag to the group of `to`,
// drop=group:tag, dropgroup=group, mode<group>=mode. It returns the groups and the group that tags go to next.
func applyActions(w *warehouse, s state, groups []tagGroup) ([]tagGroup, int) {
	for i := range groups {
		if mode := s.Get("mode" + strconv.Itoa(i)); mode != "" {
			groups[i].Mode = mode
		}
	}
	to, _ := strconv.Atoi(s.Get("to")) // 0 when it is absent
	if mode := s.Get("newgroup"); mode != "" && len(groups) < maxGroups {
		groups = append(groups, tagGroup{Mode: mode})
		to = len(groups) - 1
	}
	if id := s.Get("add"); id != "" {
		if len(groups) == 0 {
			groups = []tagGroup{{Mode: "all"}}
		}
		to = min(max(to, 0), len(groups)-1)
		if g, ok := parseGroup(w, groups[to].String()+","+id); ok {
			groups[to] = g
		}
	}
	if at, id, found := strings.Cut(s.Get("drop"), ":"); found {
		if i, err := strconv.Atoi(at); err == nil && i >= 0 && i < len(groups) {
			groups[i].Tags = slices.DeleteFunc(groups[i].Tags, func(t string) bool { return t == id })
		}
	}
	if i, err := strconv.Atoi(s.Get("dropgroup")); err == nil && i >= 0 && i < len(groups) {
		groups = slices.Delete(groups, i, i+1)
	}
	return groups, min(max(to, 0), max(len(groups)-1, 0))
}

// canonicalGroups writes groups for the URL; empty groups stay, so that a new one survives the next request.
func canonicalGroups(groups []tagGroup) []string {
	var all []string
	for _, g := range groups {
		all = append(all, g.String())
	}
	return all
}

// conditions writes the groups that ask for something as the query's parameter, in a fixed order, so that the
// same definition has the same hash.
func conditions(groups []tagGroup) string {
	var all []string
	for _, g := range groups {
		if len(g.Tags) > 0 {
			all = append(all, g.String())
		}
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ";")
}

// satisfied is the condition that a person p carries the tags as the groups ask, on the bits that dim_segment_people has for
// them. It names only the words of bits that it needs, so that the others are not read.
func (w *warehouse) satisfied(groups []tagGroup) part {
	var all []string
	for _, g := range groups {
		words := map[int64]int64{}
		for _, id := range g.Tags {
			t := w.tagByID[id]
			words[t.bitWord] |= t.bitValue
		}
		var conditions []string
		for _, word := range slices.Sorted(maps.Keys(words)) {
			bits := fmt.Sprintf("(p.tag_bits_%d & %d)", word, words[word])
			switch g.Mode {
			case "all":
				conditions = append(conditions, fmt.Sprintf("%s = %d", bits, words[word]))
			case "any":
				conditions = append(conditions, bits+" <> 0")
			default:
				conditions = append(conditions, bits+" = 0")
			}
		}
		joint := map[bool]string{true: " or ", false: " and "}[g.Mode == "any"]
		if len(conditions) > 0 {
			all = append(all, "("+strings.Join(conditions, joint)+")")
		}
	}
	return part(strings.Join(all, " and "))
}

// segmentDefinition is what a list is made from; its hash names the list.
type segmentDefinition struct {
	Line   string     `json:"line"`
	Stage  string     `json:"stage"`
	Lost   string     `json:"lost_at_step"`
	Low    string     `json:"low_adherence_class"`
	Groups []tagGroup `json:"-"`
	tagged part       // the condition of the groups
	Tags   string     `json:"tags"`
	Bounds []bounds   `json:"-"`
	Ranges string     `json:"ranges,omitempty"` // left=-30..-8;seen=..30
}

func readDefinition(w *warehouse, s state, groups []tagGroup) segmentDefinition {
	all := boundsOf(s)
	return segmentDefinition{Line: s.Get("line"), Stage: s.Get("stage"), Lost: s.Get("lost"), Low: s.Get("low"), Groups: groups, Tags: conditions(groups), tagged: w.satisfied(groups),
		Bounds: all, Ranges: writeBounds(all)}
}

// Hash is the SHA-256 of the definition in hex.
func (d segmentDefinition) Hash() string {
	parts := []string{"v1", d.Line, d.Stage, d.Lost, d.Low, d.Tags}
	if d.Ranges != "" {
		parts = append(parts, d.Ranges)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])
}

// positive returns the tags that members may carry because of the definition.
func (d segmentDefinition) positive() map[string]bool {
	all := map[string]bool{}
	for _, g := range d.Groups {
		for _, id := range g.Tags {
			all[id] = g.Mode != "none"
		}
	}
	return all
}

func (d segmentDefinition) args(contactable bool, limit int) args {
	a := args{"satisfied": cmp.Or(d.tagged, "true"), "line": d.Line, "stage": d.Stage, "lost": d.Lost, "low": d.Low, "contactable": contactable, "limit": limit}
	for _, name := range ranges {
		a[name+"_min"], a[name+"_max"] = "", ""
	}
	for _, b := range d.Bounds {
		a[b.Name+"_min"], a[b.Name+"_max"] = b.Min, b.Max
	}
	return a
}
