package models

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomReturns compares the bracket matching of returns with a stack for each drug and supply.
func TestRandomReturns(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 17))
	items := table{header: strings.Split("patient_id,source,event_id,ordinal,offset,event_at,event_type,drug_code,days_supply,reason", ",")}
	want := map[string]string{}
	for p := range 400 {
		stacks := map[string][]string{}
		for i := range 1 + random.IntN(12) {
			id := fmt.Sprintf("p%d-%d", p, i)
			drug, supply := []string{"d", "e"}[random.IntN(2)], []int{28, 30}[random.IntN(2)]
			key := fmt.Sprint(drug, supply)
			kind := "paid"
			switch stack := stacks[key]; {
			case random.IntN(2) == 0:
				stacks[key] = append(stack, id)
			case len(stack) == 0:
				kind, want[id] = "returned", "negative_unmatched"
			default:
				supply = -supply
				want[id], want[stack[len(stack)-1]] = "return", "returned"
				stacks[key] = stack[:len(stack)-1]
			}
			at := fmt.Sprintf("2026-03-%02d 00:00:00+00", 1+i/2) // two events share a moment, the offset decides
			items.rows = append(items.rows, []string{fmt.Sprint("p", p), "s", id, "0", fmt.Sprintf("%d", i), at, kind, drug, fmt.Sprint(supply), ""})
		}
	}
	x := newBench(t, map[string]table{"int_fills__screened": items})
	x.run("int_fills__returns", false)
	got := map[string]string{}
	for _, row := range x.query("int_fills__returns", "event_id", "reason") {
		got[row[0]] = row[1]
	}
	wrong := 0
	for _, id := range sortedUnique(append(sortedKeys(got), sortedKeys(want)...)) {
		if got[id] != want[id] {
			wrong++
			t.Logf("%s: got %q, want %q", id, got[id], want[id])
		}
	}
	if wrong > 0 || len(want) == 0 {
		t.Errorf("%d of %d differ", wrong, len(want))
	}
	t.Logf("%d lines, %d undone or unmatched", len(items.rows), len(want))
}
