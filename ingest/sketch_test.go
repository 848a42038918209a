package ingest

import (
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"
)

// sketch writes an event on one line, for tables: type, time in China, who, and what. Ids are left out, but
// for claims.
func sketch(e *Event) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s %s:%s", e.Type, e.At.In(chinaTime).Format("2006-01-02T15:04:05"), e.Patient.Kind, string(e.Patient.Value))
	for _, l := range e.Links {
		fmt.Fprintf(&out, " =%s:%s", l.Kind, string(l.Value))
	}
	if e.Line != "" {
		out.WriteString(" line=" + e.Line)
	}
	if p := e.Prescription; p != nil {
		fmt.Fprintf(&out, " %s order=%s rx=%s", p.Channel, p.OrderID, p.RxID)
		for _, code := range p.ICD10 {
			out.WriteString(" icd=" + code)
		}
		for _, i := range p.Items {
			fmt.Fprintf(&out, " | %s %s %s x%g", i.ClaimID, i.SKU, i.Drug, i.Quantity)
			if i.DaysSupply != nil {
				fmt.Fprintf(&out, " %gd", *i.DaysSupply)
			}
			if i.DailyDose != nil {
				fmt.Fprintf(&out, " %g/d", *i.DailyDose)
			}
			fmt.Fprintf(&out, " %d", i.AmountFen)
		}
	}
	if a := e.Activity; a != nil {
		for _, fact := range []string{a.StaffID, a.Channel, a.Campaign} {
			if fact != "" {
				out.WriteString(" " + fact)
			}
		}
		var facts []string
		for name, value := range a.Attributes {
			facts = append(facts, name+"="+value)
		}
		sort.Strings(facts)
		for _, m := range a.Measurements {
			facts = append(facts, fmt.Sprintf("%s=%g%s", m.Kind, m.Value, m.Unit))
		}
		if len(facts) > 0 {
			out.WriteString(" " + strings.Join(facts, " "))
		}
	}
	return out.String()
}

// formatCase is an example with places changed (old and new in turn) and the events that come of it, or
// the reason and the field of its reject.
type formatCase struct {
	name    string
	change  []string
	want    []string
	refused [2]string
}

// checkFormat runs the cases of a format.
func checkFormat(t *testing.T, decode Decode, example string, cases []formatCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			value := example
			for i := 0; i < len(c.change); i += 2 {
				value = replaced(t, value, c.change[i], c.change[i+1])
			}
			rec := &Record{Value: []byte(value), Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			if c.refused[0] != "" {
				wantReject(t, decode, rec, c.refused[0], c.refused[1])
				return
			}
			events, err := all(decode, rec)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				got = append(got, sketch(e))
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func refusedAs(reason, field string) [2]string { return [2]string{reason, field} }
