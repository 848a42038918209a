package ingest

import (
	"strconv"
	"strings"
	"time"
)

// SexCode says what the numbers 0 and 1 of a source mean. Of the Chinese prescription interfaces some have
// 0 for male and some 1, so it is configuration; the words 男, 女, M and F are read in any case.
type SexCode int

// The codes that there are.
const (
	sexWords      SexCode = iota // numbers say nothing
	SexZeroMale                  // 0 male, 1 female
	SexZeroFemale                // 0 female, 1 male
)

// alihealthRx is a prescription of Alihealth's interface, with the fields of its relatives for Chinese
// medicine beside. Names, identity cards in part, pictures and texts about the patient are not read.
type alihealthRx struct {
	RxID       scalar `json:"rx_id"`
	Status     scalar `json:"status"`
	CreateTime scalar `json:"create_time"`
	Doses      scalar `json:"prescription_amount"` // 剂数
	Patient    struct {
		PatientID scalar `json:"patient_id"`
		IDCard    scalar `json:"id_card"`
		Phone     scalar `json:"phone"`
		Sex       scalar `json:"sex"`
		Age       scalar `json:"age"`
	} `json:"patient"`
	Diagnostic struct {
		Diagnoses []struct {
			Code scalar `json:"code"`
		} `json:"diagnose_list"`
	} `json:"patient_diagnostic"`
	Drugs []alihealthDrug `json:"drug_list"`
}

// alihealthDrug is one drug of a prescription.
type alihealthDrug struct {
	DrugID   scalar           `json:"drug_id"`
	DrugName scalar           `json:"drug_name"`
	Total    scalar           `json:"total"`
	Usages   []alihealthUsage `json:"drug_usage_list"`
}

// alihealthUsage is how a drug is taken.
type alihealthUsage struct {
	DoseValue      scalar `json:"dose_value"`
	MeasureUnit    scalar `json:"measure_unit"`
	FrequencyValue scalar `json:"frequency_value"`
	FrequencyUnit  scalar `json:"frequency_unit"`
	Days           scalar `json:"days"`
}

// DecodeAlihealth reads a prescription of a Chinese internet hospital (docs/formats/alihealth.md) from a
// source that writes sexes as words. It emits the prescription and a profile of the patient.
func DecodeAlihealth(rec *Record, emit func(*Event)) error {
	return AlihealthWithSex(sexWords)(rec, emit)
}

// AlihealthWithSex is DecodeAlihealth for a source that writes sexes as 0 and 1.
func AlihealthWithSex(code SexCode) Decode {
	return func(rec *Record, emit func(*Event)) error {
		events, reject := decodeAlihealth(rec, code)
		if reject != nil {
			return reject
		}
		for _, event := range events {
			emit(event)
		}
		return nil
	}
}

func decodeAlihealth(rec *Record, code SexCode) ([]*Event, *Reject) {
	if _, reject := inspect(rec.Value); reject != nil {
		return nil, reject
	}
	var wire alihealthRx
	if reject := unmarshal(rec.Value, &wire); reject != nil {
		return nil, reject
	}
	at, badTime := wire.CreateTime.platformTime("create_time")
	reject := first(wire.RxID.required("rx_id"), wire.Status.optional("status"), badTime,
		count("patient_diagnostic.diagnose_list", len(wire.Diagnostic.Diagnoses)), count("drug_list", len(wire.Drugs)))
	if reject != nil {
		return nil, reject
	}
	patient, links, reject := wire.people(rec.Key)
	if reject != nil {
		return nil, reject
	}
	events, reject := wire.events(at, patient, links)
	if reject != nil {
		return nil, reject
	}
	if profile := wire.profile(at, patient, code); profile != nil {
		events = append(events, profile)
	}
	return events, nil
}

// events makes the prescription, and what a pharmacist said of it: status 1 approves it, with -1 there is the refusal
// and nothing was prescribed.
func (w *alihealthRx) events(at time.Time, patient Identifier, links []Identifier) ([]*Event, *Reject) {
	if w.Status == "-1" {
		return []*Event{w.audit("rejected", at, patient, links)}, nil
	}
	rx, reject := w.event(at, patient, links)
	if reject != nil || w.Status != "1" {
		return []*Event{rx}, reject
	}
	return []*Event{rx, w.audit("approved", at, patient, nil)}, nil
}

// audit is the activity of a pharmacist who approved or refused the prescription.
func (w *alihealthRx) audit(outcome string, at time.Time, patient Identifier, links []Identifier) *Event {
	return &Event{
		ID: string(w.RxID) + "-" + outcome, Type: "rx_audit", At: at, Source: sourceAlihealth,
		Patient: patient, Links: links, Activity: &Activity{Attributes: map[string]string{"outcome": outcome}},
	}
}

// people finds the patient: the number in the hospital, the whole identity card, a telephone number, else
// the key of the record, which is the patient's number in the source.
func (w *alihealthRx) people(key []byte) (Identifier, []Identifier, *Reject) {
	reject := first(w.Patient.PatientID.optional("patient.patient_id"), w.Patient.IDCard.optional("patient.id_card"))
	if reject != nil {
		return Identifier{}, nil, reject
	}
	links := link(nil, KindHospital, w.Patient.PatientID)
	if len(w.Patient.IDCard) == 18 && !strings.Contains(string(w.Patient.IDCard), "*") {
		links = link(links, kindIDCard, scalar(strings.ToUpper(string(w.Patient.IDCard))))
	}
	links = phoneLink(links, w.Patient.Phone)
	if len(links) == 0 {
		links = link(links, KindHospital, scalar(strings.ToValidUTF8(string(key), "")))
	}
	if len(links) == 0 {
		return Identifier{}, nil, &Reject{ReasonNoPatient, "patient", "no number of the patient, and no key of the record"}
	}
	if len(links) == 1 {
		return links[0], nil, nil
	}
	return links[0], links[1:], nil
}

// event makes the event of the prescription. Expired, redeemed or not looked at yet (0), it was still prescribed; returned,
// it is not.
func (w *alihealthRx) event(at time.Time, patient Identifier, links []Identifier) (*Event, *Reject) {
	rx := &Prescription{RxID: string(w.RxID), Channel: KindHospital}
	for i, diagnosis := range w.Diagnostic.Diagnoses {
		if reject := diagnosis.Code.optional("code"); reject != nil {
			return nil, reject.in("patient_diagnostic.diagnose_list", i)
		}
		if diagnosis.Code != "" {
			rx.ICD10 = append(rx.ICD10, string(diagnosis.Code))
		}
	}
	if len(w.Drugs) == 0 {
		return nil, missing("drug_list")
	}
	for i := range w.Drugs {
		item, reject := w.Drugs[i].item(w.Doses)
		if reject != nil {
			return nil, reject.in("drug_list", i)
		}
		item.ClaimID = string(w.RxID) + "-" + strconv.Itoa(i+1)
		rx.Items = append(rx.Items, item)
	}
	kind := Prescribed
	switch w.Status {
	case "", "0", "1", "10", "20", "30":
	case "99":
		kind = Cancelled
	default:
		return nil, badValue("status", "none of the values that it may have")
	}
	return &Event{
		ID: string(w.RxID) + "-" + kind, Type: kind, At: at, Source: sourceAlihealth,
		Patient: patient, Links: links, Prescription: rx,
	}, nil
}

// profile makes the event of the sex and the year of birth, nil when neither is known.
func (w *alihealthRx) profile(at time.Time, patient Identifier, code SexCode) *Event {
	attributes := kept("sex", scalar(sexOf(string(w.Patient.Sex), code)))
	if years, isKnown := ageYears(string(w.Patient.Age)); isKnown {
		if attributes == nil {
			attributes = map[string]string{}
		}
		attributes["birth_year"] = strconv.Itoa(at.In(chinaTime).Year() - years)
	}
	if attributes == nil {
		return nil
	}
	return &Event{
		ID: string(w.RxID) + "-profile", Type: "profile", At: at, Source: sourceAlihealth,
		Patient: patient, Activity: &Activity{Attributes: attributes},
	}
}

// item reads one drug. Doses is the number of doses (剂) of a prescription of Chinese medicine, which has
// no packs: the days of supply are doses × days of a dose, and a dose is for one day unless it says more.
func (d *alihealthDrug) item(doses scalar) (Item, *Reject) {
	total, field := d.Total, "total"
	if total == "" && doses != "" {
		total, field = doses, "prescription_amount"
	}
	plain := total.trimmed("剂付帖")
	isDoses := doses != "" || plain != total
	quantity, badTotal := plain.packs(field)
	reject := first(d.DrugID.optional("drug_id"), d.DrugName.optional("drug_name"), badTotal,
		count("drug_usage_list", len(d.Usages)))
	switch {
	case reject != nil:
		return Item{}, reject
	case d.DrugID == "" && d.DrugName == "":
		return Item{}, &Reject{ReasonMissingField, "drug_name", "drug_id or drug_name is required"}
	case quantity == nil:
		return Item{}, missing("total")
	}
	item := Item{SKU: string(d.DrugID), Drug: string(d.DrugName), Quantity: *quantity}
	var usage alihealthUsage
	if len(d.Usages) > 0 {
		usage = d.Usages[0]
	}
	item.DaysSupply, item.DailyDose, reject = usage.supply(quantity, isDoses)
	if reject != nil {
		return Item{}, reject.in("drug_usage_list", 0)
	}
	return item, nil
}

// supply reads the days and the dose of a day.
func (u *alihealthUsage) supply(quantity *float64, isDoses bool) (days, daily *float64, reject *Reject) {
	days, reject = u.Days.trimmed("天日").number("days", maxDaysSupply)
	if reject != nil {
		return nil, nil, reject
	}
	isDoses = isDoses || u.MeasureUnit == "剂" || u.MeasureUnit == "付" || u.MeasureUnit == "帖"
	if isDoses {
		each := 1.0
		if days != nil {
			each = *days
		}
		all := *quantity * each
		return &all, nil, above0("days", &all, maxDaysSupply)
	}
	dose, badDose := u.DoseValue.number("dose_value", maxDailyDose)
	times, badTimes := u.FrequencyValue.number("frequency_value", maxDailyDose)
	if dose == nil || times == nil || first(badDose, badTimes) != nil {
		return days, nil, nil // "1-2", "as needed": no dose of a day
	}
	perDay := *dose * *times
	switch u.FrequencyUnit {
	case "日", "天", "":
	case "周":
		perDay /= 7
	default:
		return days, nil, nil
	}
	if above0("", &perDay, maxDailyDose) != nil {
		return days, nil, nil
	}
	return days, &perDay, nil
}

// trimmed is the value without units behind it.
func (s scalar) trimmed(units string) scalar { return scalar(strings.TrimRight(string(s), units)) }

// sexOf reads a sex: words in any case, 0 and 1 by the code of the source. It is "" when it is not known.
func sexOf(value string, code SexCode) string {
	switch strings.ToLower(value) {
	case "男", "男性", "m", "male":
		return "male"
	case "女", "女性", "f", "female":
		return "female"
	case "0", "1":
		if code == sexWords {
			return ""
		}
		if (value == "0") == (code == SexZeroMale) {
			return "male"
		}
		return "female"
	}
	return ""
}

// ageYears reads an age in whole years: 42, "42岁", "2岁6个月", "3个月", "6周", "20天".
func ageYears(age string) (int, bool) {
	digits, unit := age, ""
	if end := strings.IndexFunc(age, func(c rune) bool { return (c < '0' || c > '9') && c != '.' }); end >= 0 {
		digits, unit = age[:end], strings.TrimSpace(age[end:])
	}
	inYear := 0.0
	for _, u := range []struct {
		prefix string
		inYear float64
	}{{"岁", 1}, {"周岁", 1}, {"个月", 12}, {"月", 12}, {"周", 52}, {"天", 365}, {"日", 365}} {
		if inYear == 0 && strings.HasPrefix(unit, u.prefix) {
			inYear = u.inYear
		}
	}
	if unit == "" {
		inYear = 1
	}
	number, err := strconv.ParseFloat(digits, 64)
	if err != nil || inYear == 0 || number/inYear > 130 {
		return 0, false
	}
	return int(number / inYear), true
}
