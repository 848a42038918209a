package dashboards

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Beside the lift of a campaign stands that of the same campaign in another line; another campaign is no comparison.
func TestCampaignsBesideAnotherLine(t *testing.T) {
	f := newFixture(t, 60)
	lift := func(line, campaign, measure string) float64 {
		return f.number("select sum(per_day) / sum(before_per_day) - 1 from fct_campaigns where line_code = ? and campaign_code = ? and measure_code = ?", line, campaign, measure)
	}
	theirs, both := f.page("/campaigns?line=dm"), f.page("/campaigns?line=htn&cmp=line:dm")
	for id, measure := range map[string]string{"orders": "orders", "buyers": "buyers", "leads": "leads", "sales": "sales_fen"} {
		if got, want := text(both, "#"+id+" .other > b"), text(theirs, "#"+id+" > b"); got != want || want == "–" {
			t.Errorf("%s: beside it stands %q, the page of the line shows %q", id, got, want)
		}
		points := fmt.Sprintf("%+.1f", 100*(lift("htn", "2025-1111", measure)-lift("dm", "2025-1111", measure)))
		if got, want := text(both, "#"+id+" .other > span"), "差 "+points+" 个百分点"; got != want {
			t.Errorf("%s: the difference is %q, by hand %q", id, got, want)
		}
	}
	name := zh(t, "campaign.1111")
	row := rowOf(both.Find("#orders tbody tr"), "2025 "+name)
	if got, want := strings.Join(row[4:], " "), "+100% +200% -100.0 –"; got != want {
		t.Errorf("the table has %q, want %q", got, want)
	}
	if reading := text(both, "#orders .reading"); !strings.HasSuffix(reading, "-100.0 个百分点。") {
		t.Errorf("the reading is %q", reading)
	}
	both = f.page("/campaigns?line=htn&cmp=line:onfh")
	if both.Find("dd .other").Length() != 0 {
		t.Error("another campaign stands beside the last one")
	}
	rows := both.Find("#orders tbody tr")
	if row := rowOf(rows, "2025 "+name); len(row) != 8 || row[5] != "–" || row[6] != "–" {
		t.Errorf("a campaign that the other line has not: %q", row)
	}
	if row := rowOf(rows, "2025 "+zh(t, "campaign.618")); len(row) != 8 || row[5] != "+100%" || row[6] != "0.0" {
		t.Errorf("a campaign of both: %q", row)
	}
	for _, cmp := range []string{"prev", "line:gout", "class:htn_arb"} {
		if f.page("/campaigns?cmp="+cmp).Find("p.notice.warn[role=status]").Length() != 1 {
			t.Errorf("%s must be told as unknown", cmp)
		}
	}
}

// A reader of totals sees beside a campaign what the page of the other line shows them, made of bands.
func TestCampaignsComparedShowBandsOnly(t *testing.T) {
	p := newPeople(t, 60)
	r := p.as("pharma")
	theirs := parse(t, r.get("/campaigns?line=dm", http.StatusOK))
	both := parse(t, r.get("/campaigns?line=htn&cmp=line:dm", http.StatusOK))
	// 4.5 orders on 24 days are 108, shown as 104; 1.5 on 28 days are 42, shown as 38.
	want := fmt.Sprintf("+%.0f%%", 100*((104.0/24)/(38.0/28)-1))
	if got := text(both, "#orders .other > b"); got != want || got != text(theirs, "#orders > b") {
		t.Errorf("orders: %q, the page of the line shows %q, by hand %q", got, text(theirs, "#orders > b"), want)
	}
}
