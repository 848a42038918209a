package dashboards

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func basic(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

// decode reads a whole answer.
func decode(t *testing.T, who program, path string, to any) http.Header {
	t.Helper()
	response, body := who.ask(http.MethodGet, apiRoot+path, "")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d: %s", path, response.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), to); err != nil {
		t.Fatalf("%s: %v in %.300s", path, err, body)
	}
	return response.Header
}

// The numbers of the API are those of the warehouse, by SQL of their own.
func TestTheAPIShowsTheNumbersOfTheWarehouse(t *testing.T) {
	p := newPeople(t, 300)
	who := p.all("analyst")
	var adherence struct {
		Data  struct{ Summary map[string]any }
		Build apiBuild
	}
	decode(t, who, "/adherence?line=htn&period=r180", &adherence)
	where := "from fct_adherence join dim_drug_classes using (drug_class_code) where period_code = 'r180' and dim_drug_classes.line_code = 'htn' and is_eligible"
	if got, want := adherence.Data.Summary["counted"], p.number("select count(*) "+where); got != want {
		t.Errorf("counted %v, want %v", got, want)
	}
	if got, want := adherence.Data.Summary["mean_pdc"].(float64), p.number("select avg(pdc_ratio) "+where); math.Abs(got-want) > 1e-9 {
		t.Errorf("mean %v, want %v", got, want)
	}
	if adherence.Build.BuildID == "" {
		t.Error("the answer does not say from which build it is")
	}
	var journey struct {
		Data struct {
			Funnel []struct {
				Code   string
				People int64
				Start  apiRate
			}
		}
	}
	decode(t, who, "/journey?line=dm", &journey)
	if len(journey.Data.Funnel) < 3 {
		t.Fatalf("the funnel has %d steps", len(journey.Data.Funnel))
	}
	first, last := journey.Data.Funnel[0], journey.Data.Funnel[len(journey.Data.Funnel)-1]
	if want := int64(p.number("select count(distinct patient_id) from fct_journey where line_code = 'dm' and step_code = '" + last.Code + "'")); last.People != want {
		t.Errorf("at %s: %d people, want %d", last.Code, last.People, want)
	}
	if s := last.Start; s.Share == nil || math.Abs(*s.Share-float64(last.People)/float64(first.People)) > 1e-12 || *s.Of != first.People || *s.Lower >= *s.Share || *s.Upper <= *s.Share {
		t.Errorf("the rate at %s is %+v", last.Code, s)
	}
}

// Whatever whole number reaches a partner is no count, or the middle of a band.
func TestPartnersGetBandsFromTheAPI(t *testing.T) {
	p := newPeople(t, 300)
	for _, name := range []string{"pharma", "product", "admin"} {
		who := p.all(name)
		_, text := who.ask(http.MethodGet, apiRoot+"/openapi.json", "")
		c := newContract(t, text)
		bands, statuses := 0, map[int]int{}
		for path := range c.paths {
			if _, get := c.paths[path]["get"]; !get || strings.Contains(path, "{") || strings.HasSuffix(path, "openapi.json") || strings.HasSuffix(path, "/admin") || strings.HasSuffix(path, "/exports") || strings.HasSuffix(path, "/campaigns") /* a day's share of bands */ || strings.HasSuffix(path, "/data") {
				continue
			}
			for _, query := range []string{"", "?line=htn", "?line=dm&period=r90"} {
				response, body := who.ask(http.MethodGet, path+query, "")
				statuses[response.StatusCode]++
				*p.clock = p.clock.Add(time.Second) // nobody asks faster for long
				if response.StatusCode != http.StatusOK {
					continue
				}
				var answer struct{ Data any }
				if err := json.Unmarshal([]byte(body), &answer); err != nil {
					t.Fatal(err)
				}
				eachNumber(answer.Data, "", func(place string, x float64) {
					if x != math.Trunc(x) || strings.HasSuffix(place, ".mean.points.numerator") || harmless[place[strings.LastIndexByte(place, '.')+1:]] {
						return
					}
					if bands++; x < 11 || int64(x)%11 != 5 {
						t.Errorf("%s sees %v at %s%s of %s", name, x, path, query, place)
					}
				})
				if strings.Contains(body, `"patient_id"`) || strings.Contains(body, `"preview":[{`) {
					t.Errorf("%s sees people at %s", name, path)
				}
			}
		}
		if bands < 10 {
			t.Errorf("%s: only %d counts were looked at, answers by status %v", name, bands, statuses)
		}
	}
}

// harmless are the names of whole numbers that count nobody: places, sizes of tables, shares and scales.
var harmless = map[string]bool{"no": true, "text": true, "split": true, "threshold": true, "minimum": true, "target": true, "width": true, "row": true, "shade": true, "from": true, "to": true, "page": true, "pages": true,
	"partner": true, "share": true, "lower": true, "upper": true, "mean_pdc": true, "median_pdc": true, "median": true, "failed_checks": true, "checks": true}

func eachNumber(node any, place string, fn func(string, float64)) {
	switch n := node.(type) {
	case float64:
		fn(place, n)
	case []any:
		for _, child := range n {
			eachNumber(child, place, fn)
		}
	case map[string]any:
		if unit, ok := n["unit"].(string); ok && unit != "count" && strings.Contains(place, "chart") {
			return // percentages of protected counts
		}
		if n["unit"] == "yuan" || n["unit"] == "ratio" {
			place += ".mean" // what the numerator sums up is money or days, not people
		}
		for name, child := range n {
			eachNumber(child, place+"."+name, fn)
		}
	}
}

func TestAnAnswerIsSentOnce(t *testing.T) {
	p := newPeople(t, 300)
	who := p.all("analyst")
	response, _ := who.ask(http.MethodGet, apiRoot+"/adherence", "")
	tag := response.Header.Get("ETag")
	build := ""
	if err := p.db.QueryRow("select build_id from meta.builds").Scan(&build); err != nil || !strings.HasPrefix(tag, `"`+build+"-") {
		t.Fatalf("ETag %s of build %s, %v", tag, build, err)
	}
	for _, known := range []string{tag, "W/" + tag, `"other", ` + tag} {
		if response, body := who.ask(http.MethodGet, apiRoot+"/adherence", "", "If-None-Match", known); response.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("with %s: status %d and %d bytes", known, response.StatusCode, len(body))
		}
	}
	for path, why := range map[string]string{"/adherence?line=htn": "other data", "/adherence?lang=en": "another language"} {
		if response, _ := who.ask(http.MethodGet, apiRoot+path, "", "If-None-Match", tag); response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", why, response.StatusCode)
		}
	}
	if response, _ := p.all("pharma").ask(http.MethodGet, apiRoot+"/adherence", "", "If-None-Match", tag); response.StatusCode != http.StatusOK {
		t.Errorf("for another reader: status %d", response.StatusCode)
	}
}

func TestListsHavePages(t *testing.T) {
	p := newPeople(t, 600)
	who := p.all("analyst")
	step := ""
	if err := p.db.QueryRow("select step_code from fct_journey group by all order by max(step_no) desc limit 1").Scan(&step); err != nil {
		t.Fatal(err)
	}
	path, seen, total := "/journey?lost="+step+"&lang=en", map[string]bool{}, 0
	for pages := 0; path != "" && pages < 100; pages++ {
		var answer struct {
			Data struct {
				Lost  []struct{ ID string }
				Pager struct{ Total int }
			}
			Parameters map[string][]string
		}
		link := decode(t, who, path, &answer).Values("Link")
		for _, one := range answer.Data.Lost {
			seen[one.ID] = true
		}
		total, path = answer.Data.Pager.Total, ""
		for _, one := range link {
			if address, isNext := strings.CutSuffix(one, `>; rel="next"`); isNext {
				path = strings.TrimPrefix(strings.TrimPrefix(address, "<"), apiRoot)
			}
		}
	}
	if total < 26 || len(seen) != total {
		t.Errorf("%d people on the pages, want %d, and more than a page", len(seen), total)
	}
}

func TestProblems(t *testing.T) {
	p := newPeople(t, 60)
	who, partner := p.all("analyst"), p.all("pharma")
	for name, c := range map[string]struct {
		who                program
		method, path, body string
		status             int
		kind, names        string
	}{
		"unknown address":     {who, "GET", "/nothing", "", 404, "not-found", "[]"},
		"other method":        {who, "POST", "/home", "{}", 405, "method", "[]"},
		"unknown parameter":   {who, "GET", "/home?color=red", "", 400, "parameters", "[color]"},
		"wrong value":         {who, "GET", "/adherence?period=r7", "", 400, "parameters", "[period]"},
		"not for partners":    {partner, "GET", "/segments?low=statin&lost=x", "", 400, "parameters", "[lost low]"},
		"no right":            {partner, "POST", "/sql", `{"sql":"select 1"}`, 403, "forbidden", "[]"},
		"no JSON":             {who, "POST", "/patients/search", "line=htn", 400, "body", "[]"},
		"unknown in the body": {who, "POST", "/patients/search", `{"color":"red"}`, 400, "parameters", "[color]"},
		"list in the body":    {who, "POST", "/patients/search", `{"line":["htn"]}`, 400, "parameters", "[line]"},
		"nobody":              {who, "POST", "/patients/one", `{"patient_id":"nobody"}`, 404, "not-found", "[]"},
		"no person":           {who, "POST", "/patients/one", `{}`, 404, "not-found", "[]"},
		"no purpose":          {who, "GET", "/segments/list.csv?purpose=fun", "", 400, "parameters", "[purpose]"},
		"unknown run":         {who, "GET", "/sql/runs/x", "", 404, "not-found", "[]"},
		"unknown format":      {who, "POST", "/sql", `{"sql":"select 1","format":"pdf"}`, 400, "parameters", "[format]"},
		"too many rows":       {who, "POST", "/sql", `{"sql":"select 1","rows":1000000}`, 400, "parameters", "[rows]"},
		"unknown in a body":   {who, "POST", "/sql", `{"sql":"select 1","limit":1}`, 400, "body", "[]"},
		"a failing statement": {who, "POST", "/sql", `{"sql":"select * from dim_lines where no_column"}`, 400, "failed", "[]"},
	} {
		told := c.who.problem(c.method, apiRoot+c.path, c.body)
		if told.Status != c.status || told.Type != problemPrefix+c.kind || fmt.Sprint(told.Names) != c.names {
			t.Errorf("%s: got %+v", name, told)
		}
	}
	if told := who.problem("GET", apiRoot+"/nothing?lang=en", ""); told.Title != problemTexts["not-found"][1] {
		t.Errorf("in English: %q", told.Title)
	}
}

// What somebody looks for is in no address and in no line of the log, and the audit log says who asked with what.
func TestTheAPILeavesNoTraceOfPeopleInLogs(t *testing.T) {
	p := newPeople(t, 60)
	who := p.all("analyst")
	someone := ""
	if err := p.db.QueryRow("select min(patient_id) from dim_patients").Scan(&someone); err != nil {
		t.Fatal(err)
	}
	for path, body := range map[string]string{"/patients/one": `{"patient_id":"%s"}`, "/patients/search": `{"q":"%s"}`, "/sql": `{"sql":"select * from dim_patients where patient_id = '%s'"}`,
		"/sql/runs": `{"sql":"select no_column from dim_patients where patient_id = '%s'"}`} {
		response, text := who.ask(http.MethodPost, apiRoot+path, fmt.Sprintf(body, someone))
		if response.StatusCode != http.StatusOK || path != "/sql/runs" && !strings.Contains(text, someone) {
			t.Errorf("%s: status %d", path, response.StatusCode)
		}
		for name, values := range response.Header {
			if strings.Contains(strings.Join(values, " "), someone) {
				t.Errorf("%s: header %s has the pseudonym", path, name)
			}
		}
	}
	if log := p.logs.String(); strings.Contains(log, someone) || strings.Contains(log, "dim_patients") || strings.Contains(log, who.token) {
		t.Errorf("the log has it: %s", log)
	}
	rows, err := p.audit.Last(20)
	if err != nil {
		t.Fatal(err)
	}
	acts := map[string]bool{}
	for _, r := range rows {
		if acts[r.Act] = true; r.Token == "" || r.Who != "analyst" {
			t.Errorf("row without its token: %+v", r)
		}
		if r.Act == "query" && strings.Contains(r.Detail, someone) {
			t.Errorf("a statement's value is in the audit log: %s", r.Detail)
		}
	}
	for _, act := range []string{"sign_in", "view", "list", "query"} {
		if !acts[act] {
			t.Errorf("no row of %s", act)
		}
	}
	if _, err := p.audit.Verify(""); err != nil {
		t.Error(err)
	}
}

// A person who is signed in may use the API from a page of ours, and from no other site.
func TestSessionsCountForTheAPI(t *testing.T) {
	p := newPeople(t, 60)
	p.as("analyst").get(apiRoot+"/home", http.StatusOK)
	if response, _ := (program{p, ""}).ask(http.MethodPost, apiRoot+"/sql", `{"sql":"select 1"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); response.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: status %d", response.StatusCode)
	}
}
