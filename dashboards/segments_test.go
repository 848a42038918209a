package dashboards

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// mayBeContacted is the condition of being on a list that leaves, as the tests say it.
const mayBeContacted = "has_service_consent and not has_do_not_contact and owner_staff_id <> '' and not list_has_any(tags, ['age_minor', 'contact_cap'])"

func droppedOf(counts map[string]int64) (all int64) {
	for _, n := range counts {
		all += n
	}
	return all
}

func TestSegmentCounts(t *testing.T) {
	f := newFixture(t, 400)
	cases := []struct{ name, query, where string }{
		{"everybody", "", "true"},
		{"all of two", "?g=all:age_50_64,sex_female", "list_has_all(tags, ['age_50_64', 'sex_female'])"},
		{"any of two", "?g=any:smoker,alcohol_heavy", "list_has_any(tags, ['smoker', 'alcohol_heavy'])"},
		{"none of", "?line=htn&g=none:adh_low,eng_silent_60d", "line_code = 'htn' and not list_has_any(tags, ['adh_low', 'eng_silent_60d'])"},
		{"groups are joined by and", "?g=all:htn_dx&g=any:smoker,val_high&g=none:sex_male",
			"list_contains(tags, 'htn_dx') and list_has_any(tags, ['smoker', 'val_high']) and not list_contains(tags, 'sex_male')"},
		{"empty group asks for nothing", "?g=all:", "true"},
		{"stage", "?stage=maintain", "stage_code = 'maintain'"},
		{"supply is out for a while", "?left_min=-60&left_max=-8", "date '2026-03-31' - last_covered_date between 8 and 60"},
		{"silent and known for long", "?seen_min=30&known_min=200", "date '2026-03-31' - cast(timezone('Asia/Shanghai', last_contact_at) as date) >= 30 and date '2026-03-31' - cast(timezone('Asia/Shanghai', first_contact_at) as date) >= 200"},
		{"PDC from 60 to 79", "?line=dm&pdc_min=60&pdc_max=79", "line_code = 'dm' and patient_id in (select patient_id from fct_adherence where period_code = 'r180' and is_eligible group by patient_id having min(pdc_ratio) between 0.6 and 0.79)"},
		{"age, with tags", "?age_max=49&g=none:adh_low", "age <= 49 and not list_contains(tags, 'adh_low')"},
		{"low adherence", "?low=htn_arb", "patient_id in (select patient_id from fct_adherence where period_code = 'r180' and drug_class_code = 'htn_arb' and is_adherent = false)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc := f.page("/segments" + c.query)
			for selector, extra := range map[string]string{
				"#members b":        "",
				"#no-consent b":     " and not has_service_consent",
				"#do-not-contact b": " and has_service_consent and has_do_not_contact",
				"#minor b":          " and has_service_consent and not has_do_not_contact and list_contains(tags, 'age_minor')",
				"#contact-cap b":    " and has_service_consent and not has_do_not_contact and list_contains(tags, 'contact_cap') and not list_contains(tags, 'age_minor')",
				"#no-friend b":      " and has_service_consent and not has_do_not_contact and owner_staff_id = '' and not list_has_any(tags, ['contact_cap', 'age_minor'])",
				"#exportable b":     " and " + mayBeContacted,
			} {
				want := formatInt(int64(f.number("select count(*) from dim_patients where " + c.where + extra)))
				if got := text(doc, selector); got != want {
					t.Errorf("%s: got %s, want %s", selector, got, want)
				}
			}
		})
	}
}

func TestBuilderActions(t *testing.T) {
	f := newFixture(t, 60)
	cases := []struct{ name, query, want string }{
		{"first tag makes a group", "?add=smoker", "/segments?g=all:smoker"},
		{"tag goes to the chosen group", "?g=all:htn_dx&g=any:&to=1&add=smoker", "/segments?g=all:htn_dx&g=any:smoker"},
		{"new group stays while it is empty", "?g=all:htn_dx&newgroup=none", "/segments?g=all:htn_dx&g=none:"},
		{"drop a tag", "?g=all:htn_dx,smoker&drop=0:smoker", "/segments?g=all:htn_dx"},
		{"drop a group", "?g=all:htn_dx&g=any:smoker&dropgroup=0", "/segments?g=any:smoker"},
		{"change the mode", "?g=all:htn_dx&mode0=none", "/segments?g=none:htn_dx"},
		{"same tag twice", "?g=all:smoker&add=smoker", "/segments?g=all:smoker"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := f.page("/segments" + c.query).Find("#page").Attr("data-canonical"); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestExportLeavesOutWhoMustNotBeContacted(t *testing.T) {
	f := newFixture(t, 400)
	body, header := f.get("/segments/list.csv?line=htn&g=any:adh_low,barrier_price&purpose=follow_up", http.StatusOK)
	where := "line_code = 'htn' and list_has_any(tags, ['adh_low', 'barrier_price'])"
	allowed := int(f.number("select count(*) from dim_patients where " + mayBeContacted + " and " + where))
	if !strings.HasPrefix(body, "\ufeff\"patient_code\",") || strings.Count(body, "\r\n") != allowed+1 {
		t.Fatalf("%d lines, want a byte order mark, a heading and %d rows", strings.Count(body, "\r\n"), allowed)
	}
	if name := header.Get("Content-Disposition"); !strings.Contains(name, "phdp-segment-2026-03-31-") {
		t.Errorf("file name %q", name)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if f.number("select count(*) from dim_patients where patient_id = ? and "+mayBeContacted, row[0]) != 1 {
			t.Error("somebody on the list must not be contacted")
		}
		if !strings.Contains(row[7], "依从较差") && !strings.Contains(row[7], "顾虑价格") {
			t.Errorf("reason %q does not say why", row[7])
		}
		if strings.Contains(row[4], "_") {
			t.Errorf("tags %q are not in Chinese", row[4])
		}
	}
	var manifest struct {
		Hash    string           `json:"definition_hash"`
		AsOf    string           `json:"as_of"`
		Rows    int              `json:"rows"`
		Dropped map[string]int64 `json:"dropped"`
	}
	text, _ := f.get("/segments/manifest.json?line=htn&g=any:adh_low,barrier_price", http.StatusOK)
	if err := json.Unmarshal([]byte(text), &manifest); err != nil {
		t.Fatal(err)
	}
	dropped := int64(f.number("select count(*) from dim_patients where not (" + mayBeContacted + ") and " + where))
	if manifest.Rows != allowed || manifest.AsOf != "2026-03-31" || droppedOf(manifest.Dropped) != dropped {
		t.Errorf("manifest %+v, want %d rows and %d dropped", manifest, allowed, dropped)
	}
	if !strings.Contains(header.Get("Content-Disposition"), strings.TrimPrefix(manifest.Hash, "sha256:")[:12]) {
		t.Error("the file's name and the manifest have different hashes")
	}
}

func TestExportRefusesWhatItDoesNotKnow(t *testing.T) {
	f := newFixture(t, 60)
	f.get("/segments/list.csv?line=gout&purpose=follow_up", http.StatusBadRequest)
	f.get("/segments/list.csv?g=all:no_such_tag&purpose=follow_up", http.StatusBadRequest)
}
