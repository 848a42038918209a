package dashboards

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Published differences with their intervals (Newcombe 1998, table II, method 10), one worked by hand, and what has none.
func TestDifferencesHaveTheirInterval(t *testing.T) {
	half := number{Float64: 0.5, Valid: true}
	for _, c := range []struct {
		name                 string
		a, b                 estimate
		difference, interval string
	}{
		{"56/70 less 48/80", rate{56, 70}.estimate(), rate{48, 80}.estimate(), "+20.0", "[+5.2, +33.4]"},
		{"9/10 less 3/10", rate{9, 10}.estimate(), rate{3, 10}.estimate(), "+60.0", "[+17.1, +80.9]"},
		{"10/10 less 0/10", rate{10, 10}.estimate(), rate{0, 10}.estimate(), "+100.0", "[+60.8, +100.0]"},
		{"the same", rate{5, 10}.estimate(), rate{5, 10}.estimate(), "0.0", "[-37.3, +37.3]"},
		{"nobody", rate{1, 2}.estimate(), rate{0, 0}.estimate(), "–", "–"},
		{"hidden", rate{1, 2}.estimate(), rate{hiddenCount, 16}.estimate(), "–", "–"},
		{"no interval", estimate{Value: half}, rate{1, 4}.estimate(), "+25.0", "–"},
		{"days", estimate{Value: number{Float64: 90, Valid: true}, Days: true}, estimate{Value: number{Float64: 120, Valid: true}, Days: true}, "-30", "–"},
	} {
		if difference, interval := c.a.less(c.b); difference != c.difference || interval != c.interval {
			t.Errorf("%s: %s %s, want %s %s", c.name, difference, interval, c.difference, c.interval)
		}
	}
}

// other is the second value of a number of a page.
func (f fixture) other(path, id string) string {
	f.t.Helper()
	return text(f.page(path), "#"+id+" .other > b")
}

// What a page is compared with is what the warehouse says of the other period or segment.
func TestComparisonsAgreeWithTheWarehouse(t *testing.T) {
	f := newFixture(t, 400)
	service := "from fct_stage_service_monthly where line_code = 'htn' and month_start "
	withEnd := "from fct_sop_tasks where due_to_date "
	reads := "from fct_content_reach where month_start "
	seconds := "from (select patient_id, line_code, list_sort(list(distinct fill_date)) as days from fct_fills where line_code = 'dm' group by all) where days[1] >= date '2025-04-01' and days[1] + 90 <= date '2026-03-31'"
	for _, c := range []struct{ name, path, id, top, bottom string }{
		{"the months before", "/stages?line=htn&months=3&cmp=prev", "implemented", "select sum(implemented_count) " + service + "between date '2025-10-01' and date '2025-12-01'", "select sum(due_count) " + service + "between date '2025-10-01' and date '2025-12-01'"},
		{"the year before", "/stages?line=htn&months=6&cmp=yoy", "completed", "select sum(completed_count) " + service + "between date '2024-10-01' and date '2025-03-01'", "select sum(due_count) " + service + "between date '2024-10-01' and date '2025-03-01'"},
		{"another line", "/stages?line=dm&months=3&cmp=line:htn", "implemented", "select sum(implemented_count) " + service + ">= date '2026-01-01'", "select sum(due_count) " + service + ">= date '2026-01-01'"},
		{"a team", "/stages?months=12&cmp=owner:pharm_he", "implemented", "select sum(implemented_count) from fct_stage_service_monthly where owner_staff_id = 'pharm_he' and month_start >= date '2025-04-01'", "select sum(due_count) from fct_stage_service_monthly where owner_staff_id = 'pharm_he' and month_start >= date '2025-04-01'"},
		{"reads of the months before", "/content?months=3&cmp=prev", "on-target", "select sum(read_count) filter (where is_on_target) " + reads + "between date '2025-10-01' and date '2025-12-31'", "select sum(read_count) " + reads + "between date '2025-10-01' and date '2025-12-31'"},
		{"windows of the month before", "/followups?cmp=prev", "implemented", "select count(implemented_date) " + withEnd + "between date '2026-01-30' and date '2026-02-28'", "select count(*) " + withEnd + "between date '2026-01-30' and date '2026-02-28'"},
		{"second purchases of another line", "/repurchase?line=htn&cmp=line:dm", "within-90", "select count(*) filter (where days[2] <= days[1] + 90) " + seconds, "select count(*) " + seconds},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := rate{f.count(c.top), f.count(c.bottom)}
			if got := f.other(c.path, c.id); got != formatRate(want) || want.N == 0 {
				t.Errorf("%q, want %s", got, formatRate(want))
			}
		})
	}
	t.Run("curves", func(t *testing.T) {
		all := f.courses("select line_code, time_days, is_filled from fct_first_fills where prescribed_date between date '2025-04-06' and date '2025-10-02'")
		if got, want := f.other("/firstfill?since=180&cmp=prev", "half"), formatPercent(1-survivalAt(all, 7)); got != want || len(all) == 0 {
			t.Errorf("filled within 7 days: %s, want %s of %d", got, want, len(all))
		}
		all = f.courses("select line_code, time_days, is_stopped from fct_persistence where grace_days = 60 and drug_class_code = '' and line_code = 'dm'")
		if got, want := f.other("/persistence?line=htn&cmp=line:dm", "half"), formatPercent(survivalAt(all, 180)); got != want || len(all) == 0 {
			t.Errorf("on therapy after 180 days: %s, want %s", got, want)
		}
	})
}

// A figure has the other values in its table and in its file, and its months stand beside the same months of the year before.
func TestComparedTablesReachTheFiles(t *testing.T) {
	f := newFixture(t, 400)
	for _, path := range []string{"/stages?months=3&cmp=prev figure=service", "/outcomes?cmp=yoy figure=control", "/outcomes?cmp=line:dm figure=change", "/persistence?since=365&cmp=yoy figure=groups", "/persistence?cmp=line:htn figure=groups", "/tags?cmp=line:htn figure=catalogue", "/staff?cmp=prev figure=answers"} {
		path, figure, _ := strings.Cut(path, " ")
		page, query, _ := strings.Cut(path, "?")
		doc := f.page(path)
		id := strings.TrimPrefix(figure, "figure=")
		file, _ := f.get(page+"/data.csv?"+query+"&"+figure, http.StatusOK)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\ufeff"))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		width := len(rows[0])
		if rows[0][width-2] != zh(t, "compare.difference") || rows[0][width-1] != zh(t, "compare.interval") {
			t.Errorf("%s %s: the file ends with %q", path, id, rows[0][width-3:])
		}
		if doc.Find("#"+id+" thead th").Length() < width {
			t.Errorf("%s %s: the page has fewer columns than the file", path, id)
		}
		known := 0
		for _, row := range rows[1:] {
			if len(row) != width {
				t.Fatalf("%s %s: rows of %d and %d cells", path, id, len(row), width)
			}
			known += b2i(row[width-2] != "–")
		}
		if known == 0 && !strings.Contains(path, "yoy") { // the invented people have no two years
			t.Errorf("%s %s: no row has a difference", path, id)
		}
	}
}

func TestComparedMonthsMoveByAYear(t *testing.T) {
	c := comparison{months: 12}
	if got := c.later("血压|2025-03"); got != "血压|2026-03" {
		t.Errorf("got %q", got)
	}
}

// A comparison that cannot be made says why; one that is unknown is told like every other parameter.
func TestComparisonsThatCannotBeMade(t *testing.T) {
	f := newFixture(t, 60)
	for path, key := range map[string]string{"/persistence?cmp=prev": "compare.no_period", "/stages?months=12&cmp=yoy": "compare.before_data"} {
		start, _, _ := strings.Cut(zh(t, key), "{")
		if notes := f.page(path).Find("p.notice").Text(); !strings.Contains(notes, start) {
			t.Errorf("%s says %q", path, notes)
		}
	}
	for _, path := range []string{"/persistence?cmp=owner:pharm_he", "/persistence?cmp=line:gout", "/stages?cmp=prev:x", "/paths?cmp=prev"} {
		if f.page(path).Find("p.notice.warn[role=status]").Length() != 1 {
			t.Errorf("%s must be told as unknown", path)
		}
	}
	options := f.page("/persistence?line=htn").Find("#f-cmp option")
	if options.Length() < 4 || options.Filter("[value='line:htn'], [value='prev']").Length() != 0 {
		t.Errorf("%d comparisons are offered", options.Length())
	}
}

func TestPeriodsOfAComparison(t *testing.T) {
	day := func(text string) time.Time { at, _ := time.Parse(time.DateOnly, text); return at }
	for _, c := range []struct {
		asOf, ago string
		fill      func(*report)
		want      string
	}{
		{"2026-03-31", "", func(r *report) { r.months(6) }, "2025-10-01 2026-03-31"},
		{"2026-03-15", "prev", func(r *report) { r.months(6) }, "2025-04-01 2025-09-30"},
		{"2026-03-15", "yoy", func(r *report) { r.months(1) }, "2025-03-01 2025-03-31"},
		{"2026-03-30", "", func(r *report) { r.monthsOver(12) }, "2025-03-01 2026-02-28"},
		{"2026-03-31", "", func(r *report) { r.monthsOver(12) }, "2025-04-01 2026-03-31"},
		{"2026-03-31", "prev", func(r *report) { r.days(180) }, "2025-04-06 2025-10-02"},
		{"2026-03-31", "prev", func(r *report) { r.daysBefore(30) }, "2026-01-30 2026-02-28"},
		{"2024-02-29", "yoy", func(r *report) { r.days(365) }, "2022-03-02 2023-03-01"},
	} {
		r := &report{rq: &request{wh: &warehouse{}}, args: args{}, ago: c.ago}
		r.rq.wh.AsOf = c.asOf
		c.fill(r)
		if got := fmt.Sprint(r.args["from"], " ", r.args["to"]); got != c.want || !r.from.Equal(day(c.want[:10])) {
			t.Errorf("%s %s: %s, want %s", c.asOf, c.ago, got, c.want)
		}
	}
}
