package dashboards

import (
	"slices"

	"phdp/dashboards/access"
)

// area is a part of the navigation: pages that answer kindred questions.
type area struct {
	code  string
	pages []place
}

// place is a page, the right that it needs, and the key that leads to it after "g"; it may have none.
type place struct {
	code  string
	right access.Right
	key   string
}

// areas are the pages in the order of the navigation.
func areas() []area {
	all, people, data, audit := access.SeeTotals, access.SeePatients, access.SeeData, access.SeeAudit
	return []area{
		{"home", []place{{"home", all, "h"}}},
		{"medicine", []place{{"adherence", all, "a"}, {"persistence", all, "e"}, {"firstfill", all, "i"}, {"repurchase", all, "r"}}},
		{"journey", []place{{"journey", all, "j"}, {"stages", all, "n"}, {"paths", all, "b"}}},
		{"people", []place{{"segments", all, "s"}, {"tags", all, "t"}, {"tuning", access.RunSQL, "u"}, {"followups", people, "f"}, {"alerts", people, "w"}, {"patients", people, "p"}, {"exports", people, "x"}, {"exports", audit, "x"}, {"deliveries", access.SeeOutbox, "y"}}},
		{"results", []place{{"outcomes", all, "o"}, {"experiments", all, "m"}, {"campaigns", all, "k"}, {"content", all, "v"}, {"community", people, "c"}, {"staff", data, "l"}}},
		{"data", []place{{"sql", access.RunSQL, "q"}, {"data", data, "d"}, {"glossary", all, "g"}, {"tokens", all, "z"}, {"admin", audit, ""}}},
	}
}

// navEntry is a link of the navigation.
type navEntry struct {
	Code, To string // To is the page that it leads to
	Key      string
	Current  bool
}

// Areas are the areas in which the reader may see something.
func (v view) Areas() []navEntry {
	var all []navEntry
	for _, a := range areas() {
		if open := v.open(a); len(open) > 0 {
			all = append(all, navEntry{Code: "area." + a.code, To: open[0], Current: slices.Contains(open, v.Nav)})
		}
	}
	return all
}

// Pages are the pages of the current area; nothing when there is only one.
func (v view) Pages() []navEntry {
	for _, a := range areas() {
		open := v.open(a)
		if len(open) < 2 || !slices.Contains(open, v.Nav) {
			continue
		}
		var all []navEntry
		for _, code := range open {
			all = append(all, navEntry{Code: "nav." + code, To: code, Current: code == v.Nav})
		}
		return all
	}
	return nil
}

// Keys are the pages that the reader may see and a key leads to.
func (v view) Keys() []navEntry {
	var all []navEntry
	for _, a := range areas() {
		open := v.open(a)
		for _, p := range a.pages {
			if p.key != "" && v.Who.May(p.right) && slices.Contains(open, p.code) {
				all = append(all, navEntry{Code: "nav." + p.code, To: p.code, Key: p.key})
			}
		}
	}
	return slices.CompactFunc(all, func(a, b navEntry) bool { return a.Key == b.Key })
}

// open are the pages of an area that the reader may see.
func (v view) open(a area) []string {
	var codes []string
	for _, p := range a.pages {
		if v.Who.May(p.right) && !slices.Contains(codes, p.code) {
			codes = append(codes, p.code)
		}
	}
	return codes
}
