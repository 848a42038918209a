package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// unreached are the tags that nobody of the small demo has, and why. A reason that begins with "rare" is about chance: such a tag
// may be there or not. Every other tag of the catalogue has to be on somebody.
var unreached = map[string]string{
	"age_minor":             "all invented people are adults",
	"bc_endo_year_2_5":      "the demo lasts eight months",
	"bc_endo_year_5plus":    "the demo lasts eight months",
	"bc_endometrium_review": "nobody under tamoxifen writes of bleeding, and no thickness is measured",
	"bc_lvef_drop":          "rare: few have an anti-HER2 drug and a second heart value",
	"bmi_obese":             "rare: heights come from the few messages that tell them",
	"bp_low":                "rare: two low readings within a week",
	"bp_home_controlled":    "rare: six home readings within the last two weeks with a low mean",
	"brca_positive":         "no test of BRCA is sent",
	"ckd":                   "rare: two low eGFR 90 days apart, in one line with a value a year",
	"cvd_history":           "no code of the heart or the brain is sent, and nobody writes of one",
	"diet_high_salt":        "no measurement salt_day is sent, and nobody writes of food twice",
	"diet_high_sugar":       "no measurement sweet_days is sent, and nobody writes of food twice",
	"dm_gdm":                "E11.9 is the only code of diabetes",
	"dm_nephropathy":        "rare: two high UACR within 180 days, or two low eGFR",
	"dm_retinopathy":        "no fundus examination is sent",
	"dm_type1":              "E11.9 is the only code of diabetes",
	"egfr_low":              "rare: one value a year in one line",
	"exercise_low":          "no minutes of exercise are sent, and nobody writes of it twice",
	"exercise_regular":      "no minutes of exercise are sent, and nobody writes of it twice",
	"fall_risk":             "rare: 65 years or older and a crutch or a fall in words",
	"grp_light":             "rare: 180 days of treatment and nine tenths of them covered",
	"htn_grade_3":           "rare: the mean of three office readings",
	"hypo_level2":           "rare: a reading under 3 in the last three days",
	"need_psych":            "no PHQ-9 is sent, and nobody writes of distress on two days",
	"onfh_stage_unknown":    "everybody whose disease is coded has filled in the form, with the stage",
	"onfh_suspect":          "rare: pain in the hip, no code, and steroids or much alcohol",
	"preg_lactation":        "nobody writes of a pregnancy",
	"prog_22w_done":         "22 weeks that begin after 90 days of treatment do not fit into eight months",
	"prog_22w_stalled":      "rare: few are in the programme",
	"rx_polypharmacy":       "nobody takes more than two drugs",
	"self_harm_alert":       "nobody writes of it, and no PHQ-9 is sent",
	"sleep_short":           "no hours of sleep are sent, and nobody writes of insomnia on two days",
	"steroid_referral":      "no doses of steroids are sent, and no pain in the hip without a code beside steroids",
}

// TestEveryTagIsReached makes a demo of 600 patients over eight months and looks for tags that nobody has.
func TestEveryTagIsReached(t *testing.T) {
	dir := t.TempDir()
	sample := filepath.Join(dir, "sample")
	if _, errs, code := phdp(t, "generate", "--patients", "600", "--months", "8", "--seed", "1", "--end", "2026-06-30", "--to", sample); code != 0 {
		t.Fatalf("generate: %s", errs)
	}
	files, err := filepath.Glob(filepath.Join(sample, "*.ndjson"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	importFiles(t, dir, append([]string{"--format", "canonical"}, files...)...)
	out, errs, code := phdp(t, "sql", "--data-dir", dir, "--csv", "select tag_id, patient_count, is_executable from dim_tags order by tag_id")
	if code != 0 {
		t.Fatalf("sql: %s", errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")[1:]
	reached := 0
	for _, line := range lines {
		cells := strings.Split(line, ",")
		why, isListed := unreached[cells[0]]
		switch {
		case cells[2] != "true":
			t.Errorf("%s has no rule", cells[0])
		case cells[1] != "0":
			reached++
			if isListed && !strings.HasPrefix(why, "rare") {
				t.Errorf("%s is on %s patients, although %s", cells[0], cells[1], why)
			}
		case !isListed:
			t.Errorf("nobody has %s", cells[0])
		}
	}
	t.Logf("%d of %d tags are on somebody", reached, len(lines))
	if len(lines) != 249 {
		t.Errorf("%d tags, want 249", len(lines))
	}
}
