package dashboards

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"phdp/dashboards/access"
)

// pseudonym is the beginning of a patient's id as pages show it.
var pseudonym = regexp.MustCompile(`[0-9a-f]{8}`)

// saveAs saves a segment as somebody.
func (p peopled) saveAs(role, name, query string) {
	p.t.Helper()
	p.as(role).fetch(http.MethodPost, "/segments/saved", url.Values{"name": {name}, "query": {query}}, http.StatusSeeOther)
}

// A list that is made without a reader holds the same people as the download, under the rules of its account.
func TestStandingListsAreTheDownloads(t *testing.T) {
	p := newPeople(t, 400)
	p.saveAs("analyst", "低依从", "?line=htn&g=any:adh_low,barrier_price")
	for _, c := range []struct{ account, where string }{{"analyst", "true"}, {"ops", "owner_staff_id = 'pharm_lin'"}} {
		made, err := p.server.MakeList(t.Context(), c.account, "低依从", "refill_reminder", "csv")
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(made.Path)
		if err != nil {
			t.Fatal(err)
		}
		where := " from dim_patients where line_code = 'htn' and list_has_any(tags, ['adh_low', 'barrier_price']) and " + c.where
		want := int(p.number("select count(*)" + where + " and " + mayBeContacted))
		if got := strings.Count(string(data), "\r\n") - 1; got != want || want == 0 {
			t.Errorf("%s: %d people, want %d", c.account, got, want)
		}
		if again := p.as(c.account).get("/segments/list.csv?line=htn&g=any:adh_low,barrier_price&purpose=refill_reminder", http.StatusOK); again != string(data) {
			t.Errorf("%s: the list is not the download", c.account)
		}
		var m manifest
		if err := json.Unmarshal(made.Manifest, &m); err != nil || m.User != c.account || m.Purpose != "refill_reminder" || m.Rows != int64(want) {
			t.Errorf("manifest %+v (%v)", m, err)
		}
		if left := int64(p.number("select count(*)" + where + " and not (" + mayBeContacted + ")")); droppedOf(m.Dropped) != left || len(m.Dropped) != 5 {
			t.Errorf("%s: %v left out, want %d", c.account, m.Dropped, left)
		}
	}
	rows, err := p.audit.Last(50)
	if err != nil || !slices.ContainsFunc(rows, func(r access.Row) bool {
		return r.Act == "export" && r.Who == "ops" && r.From == "schedule" && strings.Contains(r.Detail, "purpose=refill_reminder")
	}) {
		t.Errorf("no audit row of the list (%v)", err)
	}
}

func TestStandingOrdersThatAreRefused(t *testing.T) {
	p := newPeople(t, 100)
	p.saveAs("analyst", "全部", "?line=htn")
	made := func(account, segment, purpose, kind string) error {
		_, err := p.server.MakeList(t.Context(), account, segment, purpose, kind)
		return err
	}
	tagged := func(account string, tags ...string) error {
		_, err := p.server.TagsOf(t.Context(), account, "全部", "follow_up", tags)
		return err
	}
	mailed := func(address string) error {
		_, _, err := p.server.MailPage(t.Context(), "analyst", address, "en", "")
		return err
	}
	counted := func(account, text string) error {
		_, err := p.server.Evaluate(t.Context(), account, text)
		return err
	}
	for name, err := range map[string]error{
		"no account":                   made("nobody", "全部", "follow_up", "csv"),
		"no right to lists":            made("admin", "全部", "follow_up", "csv"),
		"no such segment":              made("analyst", "nothing", "follow_up", "csv"),
		"no purpose":                   made("analyst", "全部", "", "csv"),
		"no such purpose":              made("analyst", "全部", "curiosity", "csv"),
		"no such kind":                 made("analyst", "全部", "follow_up", "exe"),
		"an analyst reaches nobody":    tagged("analyst", "adh_low"),
		"a tag that must not be sent":  tagged("ops", "bc_dx"),
		"a tag that nobody knows":      tagged("ops", "no_such_tag"),
		"people by mail":               mailed("/patients"),
		"alerts by mail":               mailed("/alerts"),
		"segments by mail":             mailed("/segments"),
		"another server by mail":       mailed("//example.org/adherence"),
		"an unknown filter by mail":    mailed("/adherence?line=gout"),
		"statement without the right":  counted("ops", "select count(*) from dim_patients"),
		"statement over a file":        counted("analyst", "select count(*) from '/etc/passwd'"),
		"statement that gives text":    counted("analyst", "select min(patient_id) from dim_patients"),
		"statement that gives rows":    counted("analyst", "select age from dim_patients where age is not null"),
		"statement that gives nothing": counted("analyst", "select age from dim_patients where false"),
	} {
		if err == nil {
			t.Errorf("%s: allowed", name)
		} else if pseudonym.MatchString(err.Error()) {
			t.Errorf("%s: the error names a person", name)
		}
	}
}

// For WeCom there are the people who may be contacted, by the account under which they were seen last, each with the tags
// of the order that they have.
func TestTagsForWeCom(t *testing.T) {
	p := newPeople(t, 400)
	p.saveAs("analyst", "全部", "?line=htn")
	all, err := p.server.TagsOf(t.Context(), "ops", "全部", "follow_up", []string{"adh_low", "htn_dx"})
	if err != nil {
		t.Fatal(err)
	}
	where := " from dim_patients p join dim_patient_keys k on k.patient_id = p.patient_id and patient_key like 'k2%' where line_code = 'htn' and owner_staff_id = 'pharm_lin' and " + strings.ReplaceAll(mayBeContacted, "owner_staff_id", "p.owner_staff_id")
	if want := int(p.number("select count(*)" + where)); len(all) != want || want == 0 {
		t.Errorf("%d people, want %d", len(all), want)
	}
	marked := 0
	for _, one := range all {
		if !strings.HasPrefix(one.PatientKey, "k2") || one.Staff != "pharm_lin" {
			t.Fatalf("%+v", one)
		}
		marked += len(one.Tags)
	}
	if want := int(p.number("select sum(cast(list_contains(tags, 'adh_low') as int) + cast(list_contains(tags, 'htn_dx') as int))" + where)); marked != want || want == 0 {
		t.Errorf("%d tags, want %d", marked, want)
	}
}

func TestMeasures(t *testing.T) {
	f := newFixture(t, 400)
	for _, c := range []struct{ name, line, want string }{
		{"adherent", "htn", "select count(*) filter (where is_adherent) / count(*) from fct_adherence where period_code = 'r180' and is_eligible and line_code = 'htn'"},
		{"alert.refill_due", "", "select count(*) from fct_alerts where alert_code = 'refill_due'"},
		{"checks.failed", "", "select count(*) from meta.checks where violated > 0"},
	} {
		got, err := f.server.Measure(t.Context(), "local", c.name, c.line)
		if want := f.number(c.want); err != nil || got-want > 1e-9 || want-got > 1e-9 || want == 0 {
			t.Errorf("%s: %v (%v), want %v", c.name, got, err, want)
		}
	}
	for _, name := range Measures() {
		if _, err := f.server.Measure(t.Context(), "local", name, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := f.server.Evaluate(t.Context(), "local", "select count(*) from dim_patients where line_code = 'htn'"); err != nil || got != f.number("select count(*) from dim_patients where line_code = 'htn'") {
		t.Errorf("statement: %v (%v)", got, err)
	}
	if _, err := f.server.Measure(t.Context(), "local", "happiness", ""); err == nil {
		t.Error("a measure that does not exist")
	}
}

// A page by mail stands alone, says its filters, and shows protected totals only.
func TestPagesByMail(t *testing.T) {
	f := newFixture(t, 300)
	for _, place := range []string{"/home", "/adherence?line=htn", "/journey", "/persistence?line=htn"} {
		t.Run(place, func(t *testing.T) {
			title, html, err := f.server.MailPage(t.Context(), "local", place, "zh-CN", "https://phdp.example.org/")
			if err != nil {
				t.Fatal(err)
			}
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(html)))
			if err != nil {
				t.Fatal(err)
			}
			if n := doc.Find("script, form, img, link, iframe, button, [src], [onclick]").Length(); n != 0 {
				t.Errorf("%d parts that a mail must not have", n)
			}
			links := doc.Find("a")
			if href := links.AttrOr("href", ""); links.Length() != 1 || href != "https://phdp.example.org"+place {
				t.Errorf("%d links, the first to %s", links.Length(), href)
			}
			if !strings.HasSuffix(title, "2026-03-31") || text(doc, "h1") == "" || doc.Find("table tr").Length() == 0 {
				t.Errorf("title %q, heading %q, %d rows", title, text(doc, "h1"), doc.Find("table tr").Length())
			}
			if strings.Contains(place, "line=htn") && !strings.Contains(text(doc, "p.muted"), "高血压") {
				t.Errorf("filters %q", text(doc, "p.muted"))
			}
			if id := pseudonym.FindString(strings.ReplaceAll(string(html), "b20260401-0310", "the build")); id != "" || strings.Contains(doc.Text(), "pharm_lin") {
				t.Errorf("the mail names people: %s", id)
			}
		})
	}
	_, html, err := f.server.MailPage(t.Context(), "local", "/adherence?line=htn", "en", "")
	if err != nil || !strings.Contains(string(html), "11") || strings.Contains(string(html), ">PHDP</a>") {
		t.Errorf("a mail without an address has a link (%v)", err)
	}
}
