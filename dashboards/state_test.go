package dashboards

import (
	"net/url"
	"testing"
)

func TestStateIsCanonical(t *testing.T) {
	w := &warehouse{reference: reference{
		Lines: []line{{Code: "htn"}}, Classes: []drugClass{{Code: "htn_arb", LineCode: "htn"}},
		tagByID: map[string]tag{"a": {ID: "a"}, "b": {ID: "b"}},
	}}
	cases := []struct {
		name, query string
		params      []param
		want        string
		ignored     int
	}{
		{"order of the page", "period=r365&class=htn_arb&line=htn", adherenceParams, "?line=htn&class=htn_arb&period=r365", 0},
		{"default is left out", "period=r180&line=htn", adherenceParams, "?line=htn", 0},
		{"empty is left out", "line=&class=", adherenceParams, "", 0},
		{"unknown name", "line=htn&colour=red", adherenceParams, "?line=htn", 1},
		{"unknown value", "line=gout", adherenceParams, "", 1},
		{"language is no state", "lang=en&theme=dark&line=htn", adherenceParams, "?line=htn", 0},
		{"groups repeat", "g=any:b&g=all:b,a", segmentParams, "?g=any:b&g=all:b,a", 0},
		{"group with an unknown tag", "g=all:zzz", segmentParams, "", 1},
		{"actions are no state", "add=a&to=0&newgroup=any", segmentParams, "", 0},
		{"bad page", "page=-1", journeyParams, "", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			form, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			s, ignored := readState(form, c.params, w)
			if got := s.Query(); got != c.want || len(ignored) != c.ignored {
				t.Errorf("got %q with %d ignored, want %q with %d", got, len(ignored), c.want, c.ignored)
			}
		})
	}
}

func TestDefinitionHash(t *testing.T) {
	a := segmentDefinition{Line: "htn", Tags: conditions([]tagGroup{{"all", []string{"a"}}, {"any", []string{"b"}}})}
	b := segmentDefinition{Line: "htn", Tags: conditions([]tagGroup{{"any", []string{"b"}}, {"none", nil}, {"all", []string{"a"}}})}
	c := segmentDefinition{Line: "dm", Tags: a.Tags}
	if a.Hash() != b.Hash() {
		t.Error("the order of groups and an empty group must not change the hash")
	}
	if a.Hash() == c.Hash() {
		t.Error("another line must change the hash")
	}
}
