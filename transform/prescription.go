package transform

import (
	"slices"
	"strings"

	"phdp/ingest"
)

// drugIndex finds the drug code of an article number or a drug name.
type drugIndex struct {
	bySKU  map[string]Product
	byName map[string]string // folded name or code to drug code
}

func newDrugIndex(products []Product, c *cleaner) *drugIndex {
	d := &drugIndex{bySKU: map[string]Product{}, byName: map[string]string{}}
	for _, p := range products {
		d.bySKU[foldName(c.clean(p.SKU))] = p
		for _, name := range append([]string{p.DrugCode, p.NameZH, drugBaseName(p)}, p.Aliases...) {
			if name = foldName(c.clean(name)); name != "" && d.byName[name] == "" {
				d.byName[name] = p.DrugCode
			}
		}
	}
	return d
}

// foldName makes names equal that differ by case, width or spaces only.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\n' {
			return -1
		}
		return foldRune(r)
	}, strings.ToLower(name))
}

// code returns the drug code of an item, "" when it is no known drug. The article number decides; a name
// counts without its strength and pack size too.
func (d *drugIndex) code(sku, name string) string {
	if p, ok := d.bySKU[foldName(sku)]; ok && sku != "" {
		return p.DrugCode
	}
	if name == "" {
		return ""
	}
	if code := d.byName[foldName(name)]; code != "" {
		return code
	}
	return d.byName[foldName(drugBaseName(Product{NameZH: name}))]
}

// appendPrescription adds one row for each drug line.
func (t *Transformer) appendPrescription(rows *Rows, o *Origin, ev *ingest.Event) {
	p := ev.Prescription
	codes := icdCodes(p.ICD10)
	rows.Prescriptions = slices.Grow(rows.Prescriptions, len(p.Items))
	for i, it := range p.Items {
		sku, name := t.cleaner.clean(it.SKU), t.cleaner.clean(it.Drug)
		code := t.drugs.code(sku, name)
		if name == "" {
			name = t.drugs.bySKU[foldName(sku)].NameZH
		}
		rows.Prescriptions = append(rows.Prescriptions, PrescriptionRow{
			Origin:     *o,
			Ordinal:    int32(i),
			EventType:  ev.Type,
			ClaimID:    strings.TrimSpace(it.ClaimID),
			OrderID:    strings.TrimSpace(p.OrderID),
			RxID:       strings.TrimSpace(p.RxID),
			Channel:    p.Channel,
			StaffID:    p.StaffID,
			SKU:        sku,
			DrugCode:   code,
			DrugName:   name,
			Quantity:   it.Quantity,
			DaysSupply: it.DaysSupply,
			DailyDose:  it.DailyDose,
			AmountFen:  it.AmountFen,
			ICD10:      codes,
		})
	}
}

// icdCodes joins diagnoses by ";": upper case, without spaces, each once, in the order given.
func icdCodes(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	var out []string
	for _, code := range codes {
		code = strings.ToUpper(foldName(code))
		if code != "" && !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	return strings.Join(out, ";")
}
