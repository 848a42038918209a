package generate

import (
	"strings"
	"testing"

	"phdp/ingest"
)

// The rates that the package comment promises, on 2,000 people.
func TestRatesAreInTheirBands(t *testing.T) {
	g := newGenerator(t, 2000, 12, 1)
	truth := g.Truth()
	stats := g.Stats()
	events := float64(stats.Events[ingest.Chats] + stats.Events[ingest.Prescriptions] + stats.Events[ingest.Activities])
	within(t, "events a patient-year", events/2000, 105, 135)
	within(t, "chats of the events", float64(stats.Events[ingest.Chats])/events, 0.46, 0.65)
	within(t, "repeated", float64(stats.Repeated)/events, 0.009, 0.011)
	within(t, "late", float64(stats.Late)/events, 0.018, 0.021)
	within(t, "broken", float64(countsOf(truth)["broken"])/events, 0.0026, 0.0034)
	for _, stream := range streams {
		if stats.Events[stream] > stats.Events[ingest.Chats] {
			t.Errorf("more %s than chats", stream)
		}
	}
	checkFunnel(t, truth)
	checkAdherence(t, truth)
	checkReasons(t, truth)
}

func checkFunnel(t *testing.T, truth Truth) {
	t.Helper()
	reached := map[string]float64{}
	for _, s := range truth.Journey {
		reached[s.StepCode]++
	}
	steps := []string{"lead", "friend", "profile", "first_visit", "prescription", "first_fill", "second_fill", "six_months"}
	for i := 1; i < len(steps); i++ {
		within(t, steps[i]+" of "+steps[i-1], reached[steps[i]]/reached[steps[i-1]], 0.60, 0.95)
	}
	within(t, "lead to friend", reached["friend"]/reached["lead"], 0.78, 0.84)
	within(t, "first fill of leads", reached["first_fill"]/reached["lead"], 0.36, 0.50)
	owners := map[string]int{}
	for _, p := range truth.Patients {
		owners[p.Owner]++
	}
	delete(owners, "")
	if len(owners) != 6 || 2*owners["pharm_lin"] < 3*owners["hm_sun"] {
		t.Errorf("loads of the staff %v, want six uneven ones", owners)
	}
}

func checkAdherence(t *testing.T, truth Truth) {
	t.Helper()
	sum, n := map[string]float64{}, map[string]float64{}
	for _, a := range truth.Adherence {
		if a.IsEligible && a.PeriodCode == "r180" {
			line, _, _ := strings.Cut(a.DrugClass, "_")
			sum[line] += float64(a.CoveredDays) / float64(a.TreatmentDays)
			n[line]++
		}
	}
	within(t, "PDC onfh", sum["onfh"]/n["onfh"], 0.58, 0.68)
	within(t, "PDC htn", sum["htn"]/n["htn"], 0.62, 0.72)
	within(t, "PDC dm", sum["dm"]/n["dm"], 0.64, 0.74)
	within(t, "PDC bc", sum["bc"]/n["bc"], 0.73, 0.84)
}

func checkReasons(t *testing.T, truth Truth) {
	t.Helper()
	n := map[string]int{}
	for _, r := range truth.Reasons {
		n[r.Reason]++
	}
	for _, name := range reasonNames {
		if n[name] == 0 {
			t.Errorf("nobody stops because of %s", name)
		}
	}
	consents, dnc := map[string]int{}, 0
	for _, p := range truth.Patients {
		if p.Owner != "" {
			consents[p.Consent]++
		}
		if p.DoNotContact {
			dnc++
		}
	}
	within(t, "consent granted", float64(consents["granted"])/float64(consents["granted"]+consents["missing"]+consents["refused"]+consents["withdrawn"]), 0.85, 0.95)
	if consents["missing"] == 0 || consents["refused"] == 0 || consents["withdrawn"] == 0 || dnc == 0 {
		t.Errorf("consents %v, do not contact %d", consents, dnc)
	}
}

func within(t *testing.T, name string, got, low, high float64) {
	t.Helper()
	if !(got >= low && got <= high) {
		t.Errorf("%s: %.4f, want %.4f to %.4f", name, got, low, high)
	}
}

// Planted numbers are what a redactor must take for real: check digits are right.
func TestPlantedNumbersHaveRightCheckDigits(t *testing.T) {
	g := newGenerator(t, 1, 1, 1)
	for no := uint32(1); no < 300; no++ {
		id := string(g.appendPlanted(nil, plantIDCard, no, no*31))
		sum := 0
		for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
			sum += w * int(id[i]-'0')
		}
		value := int(id[17] - '0')
		if id[17] == 'X' {
			value = 10
		}
		if len(id) != 18 || (sum+value)%11 != 1 {
			t.Fatalf("identity number %s", id)
		}
		card := g.appendPlanted(nil, plantBankCard, no, no*31)
		total := 0
		for i := range card {
			n := int(card[len(card)-1-i] - '0')
			if i%2 == 1 {
				n = n*2/10 + n*2%10
			}
			total += n
		}
		if len(card) != 19 || total%10 != 0 {
			t.Fatalf("bank card %s", card)
		}
		if phone := g.appendPlanted(nil, plantPhone, no, 1); len(phone) != 11 || !strings.HasPrefix(string(phone), "1990") {
			t.Fatalf("phone %s", phone)
		}
	}
}
