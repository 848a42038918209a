package dashboards

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// param is one parameter that a page understands.
type param struct {
	name     string
	fallback string                                // value when it is absent; not written into URLs
	valid    func(w *warehouse, value string) bool // nil: any value
	repeat   bool                                  // may occur more than once
	action   bool                                  // asks for a change of the state and is never part of it
}

// anyParams makes a page accept every parameter without a notice.
var anyParams = []param{{name: "*"}}

// state is what the URL says: the values of a page's parameters, in the order in which the page lists them.
type state struct {
	params []param
	values map[string][]string
}

// readState takes a page's parameters from a form. The second result tells what was ignored: names that the
// page does not know and values that it does not have.
func readState(form url.Values, params []param, w *warehouse) (state, []ignored) {
	s := state{params: params, values: map[string][]string{}}
	var notices []ignored
	known := map[string]bool{"lang": true, "theme": true}
	for _, p := range params {
		known[p.name] = true
		for _, value := range form[p.name] {
			value = strings.TrimSpace(value)
			switch {
			case value == "":
			case p.valid != nil && !p.valid(w, value):
				notices = append(notices, ignored{Name: p.name, Value: value})
			case p.repeat:
				s.values[p.name] = append(s.values[p.name], value)
			default:
				s.values[p.name] = []string{value}
			}
		}
	}
	for name := range form {
		if !known[name] && !known["*"] {
			notices = append(notices, ignored{Name: name})
		}
	}
	slices.SortFunc(notices, func(a, b ignored) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return s, notices
}

// ignored is a parameter that was not used; Value is empty when the name itself is unknown.
type ignored struct{ Name, Value string }

// Get returns the value of a parameter, or its fallback.
func (s state) Get(name string) string {
	if v := s.values[name]; len(v) > 0 {
		return v[0]
	}
	for _, p := range s.params {
		if p.name == name {
			return p.fallback
		}
	}
	return ""
}

// All returns every value of a parameter that may be repeated.
func (s state) All(name string) []string { return s.values[name] }

// Fields are the parameters of the state that are no actions, for a form's hidden fields.
func (s state) Fields() map[string][]string {
	all := map[string][]string{}
	for _, p := range s.params {
		if !p.action && len(s.values[p.name]) > 0 && s.values[p.name][0] != "" {
			all[p.name] = s.values[p.name]
		}
	}
	return all
}

// With returns the query string with one parameter changed and the page number forgotten; an empty value
// removes the parameter.
func (s state) With(name, value string) string {
	next := s.set("page", nil)
	return next.set(name, []string{value}).Query()
}

// set returns a copy of the state with the values of one parameter replaced.
func (s state) set(name string, values []string) state {
	next := state{params: s.params, values: maps.Clone(s.values)}
	if next.values == nil {
		next.values = map[string][]string{}
	}
	next.values[name] = values
	return next
}

// Query returns the state as a query string in canonical order, with "?", or "" when nothing is set.
func (s state) Query() string {
	var b strings.Builder
	for _, p := range s.params {
		if p.action {
			continue
		}
		for _, value := range s.values[p.name] {
			if value == "" || value == p.fallback {
				continue
			}
			b.WriteByte("?&"[min(b.Len(), 1)])
			b.WriteString(p.name + "=" + escapeValue(value))
		}
	}
	return b.String()
}

// escapeValue escapes a value but keeps ":" and "," readable, which are harmless in a query string.
func escapeValue(value string) string {
	return strings.NewReplacer("%3A", ":", "%2C", ",").Replace(url.QueryEscape(value))
}
