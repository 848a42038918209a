package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The generator lets the programme change how people take their medicine, and lets the other wording of a reminder
// change nothing. The warehouse that is built of its events finds both, within their intervals.
func TestThePlantedEffectIsFoundAndNoOther(t *testing.T) {
	dir := t.TempDir()
	truth := filepath.Join(dir, "truth")
	for _, args := range [][]string{
		{"generate", "--patients", "1500", "--months", "12", "--seed", "11", "--line", "bc", "--line", "htn", "--end", "2026-10-31", "--to", "lake", "--truth", truth},
		{"build"},
	} {
		if _, errs, code := phdp(t, append(args, "--data-dir", dir)...); code != 0 {
			t.Fatalf("phdp %s: exit code %d: %s", args[0], code, errs)
		}
	}
	out, errs, code := phdp(t, "truth", "--data-dir", dir, "--truth", truth)
	if code != 0 {
		t.Errorf("the warehouse differs from the truth:\n%s%s", out, errs)
	}
	_, estimates, _ := strings.Cut(out, "estimate ")
	for _, want := range []string{
		`experiment icbt_22w after_ratio .* inside, not 0\n`,
		`experiment icbt_22w change_ratio .* inside, not 0\n`,
		`experiment reminder_wording after_ratio +0\.0 % .* inside, not told from 0\n`,
		`experiment reminder_wording change_ratio +0\.0 % .* inside, not told from 0\n`,
	} {
		if !regexp.MustCompile(want).MatchString(estimates) {
			t.Errorf("phdp truth does not say %s:\n%s", want, estimates)
		}
	}
}
