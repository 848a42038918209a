package dashboards

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// course is a person of the survival oracle.
type course struct {
	group   string
	days    int
	stopped bool
}

// courses reads people for the oracle, one by one.
func (f fixture) courses(statement string) []course {
	f.t.Helper()
	rows, err := f.db.Query(statement)
	if err != nil {
		f.t.Fatal(err)
	}
	defer rows.Close()
	var all []course
	for rows.Next() {
		var c course
		if err := rows.Scan(&c.group, &c.days, &c.stopped); err != nil {
			f.t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// survivalAt is the Kaplan-Meier estimate by its definition: the product over the event days of 1 - events / at risk.
func survivalAt(all []course, day int) float64 {
	s := 1.0
	for d := 0; d <= day; d++ {
		risk, events := 0, 0
		for _, c := range all {
			if c.days >= d {
				risk++
			}
			if c.days == d && c.stopped {
				events++
			}
		}
		if events > 0 {
			s *= 1 - float64(events)/float64(risk)
		}
	}
	return s
}

// logRank is the statistic of a group against all others, day by day.
func logRank(all []course, group string) float64 {
	last := 0
	for _, c := range all {
		last = max(last, c.days)
	}
	difference, variance := 0.0, 0.0
	for d := 0; d <= last; d++ {
		var risk, own, events, mine float64
		for _, c := range all {
			if c.days < d {
				continue
			}
			risk++
			own += float64(b2i(c.group == group))
			if c.days == d && c.stopped {
				events++
				mine += float64(b2i(c.group == group))
			}
		}
		if events == 0 {
			continue
		}
		difference += mine - events*own/risk
		if risk > 1 {
			variance += events * (own / risk) * (1 - own/risk) * (risk - events) / (risk - 1)
		}
	}
	return difference * difference / variance
}

func TestPersistenceAgreesWithTheDefinition(t *testing.T) {
	f := newFixture(t, 300)
	for _, c := range []struct{ name, query, statement string }{
		{"lines", "?grace=30", "select line_code, time_days, is_stopped from fct_persistence where grace_days = 30 and drug_class_code = ''"},
		{"classes of a line", "?line=htn&split=class", "select drug_class_code, time_days, is_stopped from fct_persistence where grace_days = 60 and drug_class_code <> '' and line_code = 'htn'"},
		{"channels", "?split=first_channel", "select p.first_channel, time_days, is_stopped from fct_persistence f join dim_patients p using (patient_id) where grace_days = 60 and drug_class_code = ''"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, doc := f.courses(c.statement), f.page("/persistence"+c.query)
			if len(all) < 50 {
				t.Fatalf("only %d people", len(all))
			}
			var drawn chart
			if err := json.Unmarshal([]byte(doc.Find("#curve script").Text()), &drawn); err != nil {
				t.Fatal(err)
			}
			texts, _ := loadTexts("zh-CN")
			checked := 0
			for _, group := range groupsIn(all) {
				own := slices.DeleteFunc(slices.Clone(all), func(x course) bool { return x.group != group })
				line := seriesOf(t, f, drawn, texts, group)
				for i, day := range drawn.Categories {
					var d int
					fmt.Sscan(day, &d)
					if i < len(line.Values) && line.Values[i] != nil {
						if want := survivalAt(own, d); math.Abs(*line.Values[i]-want) > 1e-9 {
							t.Errorf("%s on day %d: %v, want %v", group, d, *line.Values[i], want)
						}
						checked++
					}
				}
				shown := rowOf(doc.Find("#groups tbody tr"), line.Name)
				if len(shown) == 0 || shown[1] != formatInt(int64(len(own))) {
					t.Errorf("%s has %d people, the table says %v", group, len(own), shown)
				} else if want := formatDecimal(logRank(all, group), 2); len(groupsIn(all)) > 1 && shown[8] != want {
					t.Errorf("%s: χ² %s, want %s", group, shown[8], want)
				}
			}
			if checked < 10 {
				t.Errorf("only %d points were compared", checked)
			}
		})
	}
}

func groupsIn(all []course) []string {
	var names []string
	for _, c := range all {
		if !slices.Contains(names, c.group) {
			names = append(names, c.group)
		}
	}
	return names
}

// seriesOf is the curve of a group, whose name on the page is in the reader's language.
func seriesOf(t *testing.T, f fixture, drawn chart, texts texts, group string) chartLine {
	t.Helper()
	names := []string{group, texts.word("first_channel", group)}
	var zh string
	for _, table := range []string{"select name_zh from dim_lines where line_code = ?", "select name_zh from dim_drug_classes where drug_class_code = ?"} {
		if f.db.QueryRow(table, group).Scan(&zh) == nil {
			names = append(names, zh)
		}
	}
	for _, line := range drawn.Series {
		if slices.Contains(names, line.Name) {
			return line
		}
	}
	t.Fatalf("no curve for %s", group)
	return chartLine{}
}

func TestPersistenceListsThoseWhoStopped(t *testing.T) {
	f := newFixture(t, 300)
	doc := f.page("/persistence?reason=price&grace=30")
	want := int(f.number("select count(*) from fct_persistence where grace_days = 30 and drug_class_code = '' and stop_reason = 'price'"))
	if rows := doc.Find("#list tbody tr").Length(); rows != min(want, listPageSize) || want == 0 {
		t.Errorf("%d people are listed, want %d", rows, min(want, listPageSize))
	}
	body, _ := f.get("/persistence/list.csv?reason=price&grace=30&purpose=follow_up", http.StatusOK)
	allowed := int(f.number("select count(*) from fct_persistence join dim_patients using (patient_id) where grace_days = 30 and drug_class_code = '' and stop_reason = 'price' and " + mayBeContacted))
	if rows := strings.Count(body, "\r\n") - 1; rows != allowed || allowed == want {
		t.Errorf("the file holds %d people, want %d of %d", rows, allowed, want)
	}
	f.get("/persistence/list.csv?reason=price&grace=30", http.StatusBadRequest)
	f.get("/persistence/list.csv?purpose=follow_up", http.StatusNotFound)
}
