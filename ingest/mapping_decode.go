package ingest

import (
	"strconv"
	"strings"
)

// csvRow is the value of a record of a CSV file: the columns that the mapping names, an id of the whole
// row, and what is wrong with the row as a whole.
type csvRow struct {
	ID    string            `json:"id"`
	Fault string            `json:"fault,omitempty"`
	Row   map[string]string `json:"row"`
}

// Decode reads one record of a CSV file that was opened with this mapping. It emits one event. Fields in
// its rejects are those of the mapping.
func (m *Mapping) Decode(rec *Record, emit func(*Event)) error {
	event, reject := m.decode(rec.Value)
	if reject != nil {
		return reject
	}
	emit(event)
	return nil
}

func (m *Mapping) decode(value []byte) (*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var wire csvRow
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	switch wire.Fault {
	case "":
	case ReasonBadEncoding:
		return nil, &Reject{ReasonBadEncoding, "", "not in the encoding of the mapping"}
	default:
		return nil, badValue("", "another number of columns than the header")
	}
	row := mappedRow{mapping: m, row: wire.Row, id: wire.ID}
	event, reject := row.event()
	if reject != nil {
		return nil, reject
	}
	if m.kind == mapFills {
		return event, row.fill(event)
	}
	return event, row.activity(event)
}

// mappedRow is a row seen through its mapping.
type mappedRow struct {
	mapping *Mapping
	row     map[string]string
	id      string
}

// get returns the value of a field: of its column, in our words where the mapping has some, else the constant.
func (r *mappedRow) get(field string) scalar {
	column, isColumn := r.mapping.columns[field]
	if !isColumn {
		return scalar(r.mapping.constants[field])
	}
	value := strings.TrimSpace(r.row[column])
	if word, isThere := r.mapping.values[field][value]; isThere {
		return scalar(word)
	}
	return scalar(value)
}

// event makes the event without its body.
func (r *mappedRow) event() (*Event, *Reject) {
	for _, field := range []string{"patient", "patient_kind", "phone", "unionid", "wecom", "event_id", "channel", "staff_id", "line"} {
		if reject := r.get(field).optional(field); reject != nil {
			return nil, reject
		}
	}
	at, badTime := r.time("at")
	patient, links, nobody := r.people()
	if reject := first(badTime, nobody, required("id", r.id)); reject != nil {
		return nil, reject
	}
	event := &Event{ID: r.id, At: at, Patient: patient, Links: links, Line: string(r.get("line")), Source: sourceCSV}
	if own := r.get("event_id"); own != "" {
		event.ID = string(own)
	}
	if event.Line != "" {
		return event, word("line", event.Line)
	}
	return event, nil
}

// people finds the patient, who has a number in the source, or else a telephone number or another identifier.
func (r *mappedRow) people() (Identifier, []Identifier, *Reject) {
	kind := string(r.get("patient_kind"))
	if kind == "" {
		kind = KindPharmacy
	}
	if reject := word("patient_kind", kind); reject != nil {
		return Identifier{}, nil, reject
	}
	links := link(nil, kind, r.get("patient"))
	links = link(links, KindWeCom, r.get("wecom"))
	links = link(links, KindUnionID, r.get("unionid"))
	links = phoneLink(links, r.get("phone"))
	if len(links) == 0 {
		return Identifier{}, nil, missing("patient")
	}
	if len(links) == 1 {
		return links[0], nil, nil
	}
	return links[0], links[1:], nil
}

// fill adds the drug line. Without a type it is dispensed, and a quantity below zero is a return.
func (r *mappedRow) fill(event *Event) *Reject {
	kind, quantity := string(r.get("type")), r.get("quantity")
	if kind == "" {
		kind = Dispensed
	}
	if rest, isBelow := strings.CutPrefix(string(quantity), "-"); isBelow && (kind == Dispensed || kind == Paid) {
		kind, quantity = Returned, scalar(rest)
	}
	number, badQuantity := quantity.plain().packs("quantity")
	days, badDays := r.get("days_supply").plain().trimmed("天日").number("days_supply", maxDaysSupply)
	dose, badDose := r.get("daily_dose").plain().trimmed("片粒袋支丸").number("daily_dose", maxDailyDose)
	amount, badAmount := r.amount()
	channel := string(r.get("channel"))
	if channel == "" {
		channel = KindPharmacy
	}
	reject := first(oneOf("type", kind, fillTypes...), oneOf("channel", channel, fillChannels...),
		r.codes("order_id", "claim_id", "rx_id", "icd10", "sku", "drug"), badQuantity, badDays, badDose, badAmount)
	if reject == nil && number == nil {
		reject = missing("quantity")
	}
	item := Item{ClaimID: string(r.get("claim_id")), SKU: string(r.get("sku")), Drug: string(r.get("drug")), DaysSupply: days, DailyDose: dose, AmountFen: amount}
	if reject == nil && item.SKU == "" && item.Drug == "" {
		reject = &Reject{ReasonMissingField, "sku", "sku or drug is required"}
	}
	if reject != nil {
		return reject
	}
	item.Quantity = *number
	if item.ClaimID == "" {
		item.ClaimID = r.id
	}
	event.Type = kind
	event.Prescription = &Prescription{
		OrderID: string(r.get("order_id")), RxID: string(r.get("rx_id")), Channel: channel, StaffID: string(r.get("staff_id")),
		ICD10: strings.FieldsFunc(string(r.get("icd10")), isListSeparator), Items: []Item{item},
	}
	return nil
}

func isListSeparator(c rune) bool { return strings.ContainsRune(";,|，；、 ", c) }

// plain is a number without the separators of thousands.
func (s scalar) plain() scalar { return scalar(strings.ReplaceAll(string(s), ",", "")) }

// packs reads a number of packs, with the unit behind it or without. Tablets are no packs, and are refused.
func (s scalar) packs(field string) (*float64, *Reject) {
	digits := strings.TrimRightFunc(string(s), func(c rune) bool { return c < '0' || c > '9' })
	unit := strings.TrimSpace(string(s)[len(digits):])
	if digits != "" && isPack(scalar(unit)) {
		return scalar(digits).number(field, maxQuantity)
	}
	if digits != "" && unit != "" && unit != "." {
		return nil, badValue(field, "a unit that is no pack")
	}
	return s.number(field, maxQuantity)
}

// amount reads what was paid; that of a return may be below zero.
func (r *mappedRow) amount() (int64, *Reject) {
	if yuan := r.get("amount_yuan").plain(); yuan != "" {
		return scalar(strings.TrimRight(strings.TrimLeft(string(yuan), "-¥￥ "), "元 ")).fen("amount_yuan")
	}
	fen := strings.TrimPrefix(string(r.get("amount_fen").plain()), "-")
	if fen == "" {
		return 0, nil
	}
	amount, err := strconv.ParseInt(fen, 10, 64)
	if err != nil || amount < 0 || amount > maxAmountFen {
		return 0, badValue("amount_fen", "not a whole number from 0 to 1000000000")
	}
	return amount, nil
}

// codes checks identifiers and codes.
func (r *mappedRow) codes(fields ...string) *Reject {
	for _, field := range fields {
		if reject := r.get(field).optional(field); reject != nil {
			return reject
		}
	}
	return nil
}

// activity adds the facts and the measurements. Without a type the row is one of measurements.
func (r *mappedRow) activity(event *Event) *Reject {
	activity := &Activity{StaffID: string(r.get("staff_id")), Channel: string(r.get("channel")), Campaign: string(r.get("campaign"))}
	if reject := optional("campaign", activity.Campaign); reject != nil {
		return reject
	}
	attributes := map[string]string{}
	for _, name := range attributeNames {
		attributes[name] = string(r.get(name))
	}
	if sex := sexOf(attributes["sex"], sexWords); sex != "" {
		attributes["sex"] = sex
	}
	if year := birthYear(attributes["birth_year"]); year != "" {
		attributes["birth_year"] = year
	}
	if reject := checkAttributes(attributes); reject != nil {
		reject.Field = strings.TrimPrefix(reject.Field, "attributes.")
		return reject
	}
	if len(attributes) > 0 {
		activity.Attributes = attributes
	}
	if reject := r.measurements(activity); reject != nil {
		return reject
	}
	event.Type = string(r.get("type"))
	if event.Type == "" && len(activity.Measurements) > 0 {
		event.Type = "measurement"
	}
	event.Activity = activity
	return word("type", event.Type)
}

// without is the value without a unit behind it.
func (s scalar) without(unit string) scalar {
	if rest := len(s) - len(unit); rest > 0 && strings.EqualFold(string(s[rest:]), unit) {
		return scalar(strings.TrimSpace(string(s[:rest])))
	}
	return s
}

// measurements reads the columns of numbers; an empty one was not measured.
func (r *mappedRow) measurements(activity *Activity) *Reject {
	for _, kind := range sortedNames(measurementUnits) {
		text := r.get(kind).plain().without(measurementUnits[kind])
		if text == "" {
			continue
		}
		value, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return badValue(kind, "not a number")
		}
		if reject := finite(kind, &value); reject != nil {
			return reject
		}
		activity.Measurements = append(activity.Measurements, Measurement{Kind: kind, Value: value, Unit: measurementUnits[kind]})
	}
	return nil
}
