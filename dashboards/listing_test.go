package dashboards

import "testing"

// Who must not be contacted beside those whom a list itself counts, by the first reason.
func TestWithheldPeople(t *testing.T) {
	f := newFixture(t, 400)
	may := "select count(*) from dim_patients where has_service_consent and not has_do_not_contact and "
	for why, where := range map[string]string{
		"minor":       "list_contains(tags, 'age_minor')",
		"contact_cap": "list_contains(tags, 'contact_cap') and not list_contains(tags, 'age_minor')",
		"no_friend":   "owner_staff_id = '' and not list_has_any(tags, ['contact_cap', 'age_minor'])",
	} {
		want := f.number(may + where)
		if got := f.number("select count(*) from ("+sqlText("lists.Withheld")+") where withheld = ?", why); got != want || want == 0 && why != "minor" { // the fixture has hardly any minor
			t.Errorf("%s: %v people, want %v", why, got, want)
		}
	}
}
