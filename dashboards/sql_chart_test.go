package dashboards

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestResultsThatCanBeDrawn(t *testing.T) {
	f := newFixture(t, 60)
	cases := map[string]struct {
		statement, kind, series string
		values                  string // of the first series
	}{
		"names and a number":         {"select * from (values ('a', 3), ('b', 5)) t(name, n)", "grouped", "n", "[3,5]"},
		"days":                       {"select date '2026-01-01' + i::int as day, i * i as n from range(3) t(i)", "lines", "n", "[0,1,4]"},
		"days with a loss":           {"select date '2026-01-01' + i::int as day, 1 - i as n from range(3) t(i)", "grouped", "n", "[1,0,-1]"},
		"what is missing is a gap":   {"select * from (values ('a', 3), ('b', null), ('c', 1)) t(name, n)", "grouped", "n", "[3,null,1]"},
		"other sizes are left out":   {"select * from (values ('a', 300, 0.5, 280), ('b', 500, 0.7, 400)) t(name, n, share, m)", "grouped", "n m", "[300,500]"},
		"a number comes first":       {"select * from (values (1, 3), (2, 5)) t(a, b)", "", "", ""},
		"one row":                    {"select 'a' as name, 3 as n", "", "", ""},
		"too many names":             {"select 'x' || i as name, i as n from range(41) t(i)", "", "", ""},
		"no numbers":                 {"select * from (values ('a', 'b'), ('c', 'd')) t(a, b)", "", "", ""},
		"more than the page can see": {"select date '2020-01-01' + i::int as day, i as n from range(1500) t(i)", "", "", ""},
	}
	for name, c := range cases {
		doc, _ := f.run(c.statement)
		text := doc.Find("#quick script").Text()
		if c.kind == "" {
			if text != "" {
				t.Errorf("%s: drawn as %s", name, text)
			}
			continue
		}
		var drawn chart
		if err := json.Unmarshal([]byte(text), &drawn); err != nil {
			t.Errorf("%s: %v in %q", name, err, text)
			continue
		}
		var names []string
		for _, line := range drawn.Series {
			names = append(names, line.Name)
		}
		values, _ := json.Marshal(drawn.Series[0].Values)
		if drawn.Kind != c.kind || strings.Join(names, " ") != c.series || string(values) != c.values {
			t.Errorf("%s: %s of %v with %s, want %s of %s with %s", name, drawn.Kind, names, values, c.kind, c.series, c.values)
		}
	}
}
