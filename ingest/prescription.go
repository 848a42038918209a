package ingest

import "math"

// Limits of a drug line: what is above is a slip of a keyboard or another unit.
const (
	maxQuantity   = 100_000       // packs
	maxDaysSupply = 3660          // ten years
	maxDailyDose  = 100_000       // units a day
	maxAmountFen  = 1_000_000_000 // ten million yuan
)

// wirePrescription is a prescription event in canonical JSON.
type wirePrescription struct {
	wireEvent
	Channel string     `json:"channel"`
	OrderID string     `json:"order_id"`
	RxID    string     `json:"rx_id"`
	StaffID string     `json:"staff_id"`
	ICD10   []string   `json:"icd10"`
	Items   []wireItem `json:"items"`
}

// wireItem is one drug line.
type wireItem struct {
	ClaimID    string   `json:"claim_id"`
	SKU        string   `json:"sku"`
	Drug       string   `json:"drug"`
	Quantity   *float64 `json:"quantity"`
	DaysSupply *float64 `json:"days_supply"`
	DailyDose  *float64 `json:"daily_dose"`
	AmountFen  float64  `json:"amount_fen"`
}

func decodePrescription(value []byte, kind string) (*Event, *Reject) {
	var wire wirePrescription
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	if oneOf("type", kind, Prescribed, Dispensed, Paid, Returned, Cancelled) != nil {
		return nil, &Reject{ReasonUnknownType, "type", "no known type of prescription event"}
	}
	event, reject := wire.event(kind)
	if reject == nil {
		reject = wire.check()
	}
	if reject != nil {
		return nil, reject
	}
	event.Prescription = wire.prescription()
	return event, nil
}

func (w *wirePrescription) check() *Reject {
	reject := first(
		oneOf("channel", w.Channel, fillChannels...),
		optional("order_id", w.OrderID), optional("rx_id", w.RxID), optional("staff_id", w.StaffID),
		count("icd10", len(w.ICD10)), count("items", len(w.Items)))
	if reject != nil {
		return reject
	}
	for i, code := range w.ICD10 {
		if reject := required("", code); reject != nil {
			return reject.in("icd10", i)
		}
	}
	if len(w.Items) == 0 {
		return missing("items")
	}
	return w.checkItems()
}

// checkItems looks at each line, and that no claim is there twice: which of the two would count?
func (w *wirePrescription) checkItems() *Reject {
	for i := range w.Items {
		if reject := w.Items[i].check(); reject != nil {
			return reject.in("items", i)
		}
		for j := range i {
			if w.Items[j].ClaimID == w.Items[i].ClaimID {
				return badValue("claim_id", "repeats an earlier line").in("items", i)
			}
		}
	}
	return nil
}

func (w *wireItem) check() *Reject {
	reject := first(required("claim_id", w.ClaimID), optional("sku", w.SKU), optional("drug", w.Drug))
	switch {
	case reject != nil:
		return reject
	case w.SKU == "" && w.Drug == "":
		return &Reject{ReasonMissingField, "sku", "sku or drug is required"}
	case w.Quantity == nil:
		return missing("quantity")
	case w.AmountFen < 0 || w.AmountFen > maxAmountFen || w.AmountFen != math.Trunc(w.AmountFen):
		return badValue("amount_fen", "not a whole number from 0 to 1000000000")
	}
	return first(above0("quantity", w.Quantity, maxQuantity),
		above0("days_supply", w.DaysSupply, maxDaysSupply), above0("daily_dose", w.DailyDose, maxDailyDose))
}

func (w *wirePrescription) prescription() *Prescription {
	items := make([]Item, len(w.Items))
	for i := range w.Items {
		item := &w.Items[i]
		items[i] = Item{
			ClaimID: item.ClaimID, SKU: item.SKU, Drug: item.Drug, Quantity: *item.Quantity,
			DaysSupply: item.DaysSupply, DailyDose: item.DailyDose, AmountFen: int64(item.AmountFen),
		}
	}
	return &Prescription{
		OrderID: w.OrderID, RxID: w.RxID, Channel: w.Channel, StaffID: w.StaffID, ICD10: w.ICD10, Items: items,
	}
}
