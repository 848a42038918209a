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

// place is a page and the right that it needs.
type place struct {
	code  string
	right access.Right
}

// areas are the pages in the order of the navigation.
func areas() []area {
	all, people, data, audit := access.SeeTotals, access.SeePatients, access.SeeData, access.SeeAudit
	return []area{
		{"home", []place{{"home", all}}},
		{"medicine", []place{{"adherence", all}, {"persistence", all}, {"firstfill", all}, {"repurchase", all}}},
		{"journey", []place{{"journey", all}, {"stages", all}, {"paths", all}}},
		{"people", []place{{"segments", all}, {"tags", all}, {"tuning", access.RunSQL}, {"followups", people}, {"alerts", people}, {"patients", people}, {"exports", people}, {"exports", audit}, {"deliveries", access.SeeOutbox}}},
		{"results", []place{{"outcomes", all}, {"experiments", all}, {"campaigns", all}, {"content", all}, {"community", people}, {"staff", data}}},
		{"data", []place{{"sql", access.RunSQL}, {"data", data}, {"glossary", all}, {"tokens", all}, {"admin", audit}}},
	}
}

// navEntry is a link of the navigation.
type navEntry struct {
	Code, To string // To is the page that it leads to
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
