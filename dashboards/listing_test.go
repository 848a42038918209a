package dashboards

import (
	"fmt"
	"strings"
	"testing"
)

// Under the button of a list stands who is left out, each person under the first reason that holds.
func TestListsSayWhoIsLeftOut(t *testing.T) {
	f := newFixture(t, 400)
	said := text(f.page("/tags?tag=sex_female"), "#list .exports .hash")
	some := 0
	for why, where := range map[string]string{
		"未同意服务": "not has_service_consent",
		"勿扰":    "has_service_consent and has_do_not_contact",
		"未成年":   "has_service_consent and not has_do_not_contact and list_contains(tags, 'age_minor')",
		"触达达上限": "has_service_consent and not has_do_not_contact and list_contains(tags, 'contact_cap') and not list_contains(tags, 'age_minor')",
		"无好友关系": "has_service_consent and not has_do_not_contact and owner_staff_id = '' and not list_has_any(tags, ['contact_cap', 'age_minor'])",
	} {
		n := int(f.number("select count(*) from dim_patients where list_contains(tags, 'sex_female') and " + where))
		if got := strings.Contains(said, fmt.Sprint(why, " ", n)); got != (n > 0) || n == 0 && strings.Contains(said, why) {
			t.Errorf("%s: %d people are left out, the page says %q", why, n, said)
		}
		some += min(n, 1)
	}
	if some < 3 {
		t.Errorf("only %d reasons hold for anybody in the fixture", some)
	}
}
