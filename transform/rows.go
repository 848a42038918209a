package transform

import "time"

// Origin is what every row of the lake carries: where its record stood and which event it tells of.
// (Topic, Partition, Offset) is unique per record, and offsets of a partition are gapless in the lake.
type Origin struct {
	Topic      string    `parquet:"topic,dict,id(1)"`
	Partition  int32     `parquet:"partition,id(2)"`
	Offset     int64     `parquet:"offset,id(3)"`
	EventID    string    `parquet:"event_id,id(4)"`
	EventAt    time.Time `parquet:"event_at,timestamp(microsecond),id(5)"` // UTC
	PatientKey string    `parquet:"patient_key,dict,id(6)"`                // 32 hex digits, HMAC-SHA-256 of the identifier; "" in dead letters
	LineCode   string    `parquet:"line_code,dict,id(7)"`
	Source     string    `parquet:"source,dict,id(8)"`
}

// ChatRow is one message, its text redacted.
type ChatRow struct {
	Origin
	Speaker  string `parquet:"speaker,dict,id(9)"`
	StaffID  string `parquet:"staff_id,dict,id(10)"`
	RoomKey  string `parquet:"room_key,dict,id(11)"`
	MsgType  string `parquet:"msg_type,dict,id(12)"`
	Text     string `parquet:"text,id(13)"`
	Recalls  string `parquet:"recalls,id(14)"`
	Redacted int32  `parquet:"redacted_count,id(15)"` // identifiers that were replaced in the text
}

// FindingRow is one concept that a message mentions.
type FindingRow struct {
	Origin
	Ordinal int32  `parquet:"ordinal,id(9)"` // 0, 1, … within the event
	Concept string `parquet:"concept,dict,id(10)"`
	Kind    string `parquet:"kind,dict,id(11)"`    // symptom, drug, reaction, barrier, intent, stage, event, life, relation, need, disease
	Status  string `parquet:"status,dict,id(12)"`  // present, absent, unknown, asked
	Subject string `parquet:"subject,dict,id(13)"` // self, relative
	Speaker string `parquet:"speaker,dict,id(14)"`
	Mention string `parquet:"mention,dict,id(15)"`
	Start   int32  `parquet:"start_char,id(16)"` // offsets into the stored text, in characters
	End     int32  `parquet:"end_char,id(17)"`
	RuleID  string `parquet:"rule_id,dict,id(18)"` // line of the lexicon that matched
}

// MeasurementRow is one number with its unit, reported by a device, a form or in a message.
type MeasurementRow struct {
	Origin
	Ordinal int32   `parquet:"ordinal,id(9)"`
	Kind    string  `parquet:"kind,dict,id(10)"`
	Value   float64 `parquet:"value,id(11)"`
	Unit    string  `parquet:"unit,dict,id(12)"`
	Context string  `parquet:"context,dict,id(13)"`
	Via     string  `parquet:"via,dict,id(14)"` // chat, activity
}

// PrescriptionRow is one drug line of a prescription event.
type PrescriptionRow struct {
	Origin
	Ordinal    int32    `parquet:"ordinal,id(9)"`
	EventType  string   `parquet:"event_type,dict,id(10)"` // prescribed, dispensed, paid, returned, cancelled
	ClaimID    string   `parquet:"claim_id,id(11)"`
	OrderID    string   `parquet:"order_id,id(12)"`
	RxID       string   `parquet:"rx_id,id(13)"`
	Channel    string   `parquet:"channel,dict,id(14)"`
	StaffID    string   `parquet:"staff_id,dict,id(15)"`
	SKU        string   `parquet:"sku,dict,id(16)"`
	DrugCode   string   `parquet:"drug_code,dict,id(17)"` // code in the product table, "" when it is not a known drug
	DrugName   string   `parquet:"drug_name,dict,id(18)"` // as the source wrote it, normalised
	Quantity   float64  `parquet:"quantity,id(19)"`       // packs
	DaysSupply *float64 `parquet:"days_supply,optional,id(20)"`
	DailyDose  *float64 `parquet:"daily_dose,optional,id(21)"`
	AmountFen  int64    `parquet:"amount_fen,id(22)"`
	ICD10      string   `parquet:"icd10_codes,dict,id(23)"` // joined by ";"
}

// ActivityRow is one activity; Attributes is a JSON object with string values, keys sorted.
type ActivityRow struct {
	Origin
	ActivityType string `parquet:"activity_type,dict,id(9)"`
	StaffID      string `parquet:"staff_id,dict,id(10)"`
	Channel      string `parquet:"channel,dict,id(11)"`
	Campaign     string `parquet:"campaign,dict,id(12)"`
	Attributes   string `parquet:"attributes,dict,id(13)"`
}

// LinkRow says that two keys belong to one person, and which event proves it.
type LinkRow struct {
	Origin
	Ordinal   int32  `parquet:"ordinal,id(9)"`
	Kind      string `parquet:"kind,dict,id(10)"` // kind of PatientKey
	LinkedKey string `parquet:"linked_key,dict,id(11)"`
	LinkKind  string `parquet:"linked_kind,dict,id(12)"`
}

// DeadLetterRow is a record that could not become an event. Payload is sealed with the data key.
type DeadLetterRow struct {
	Origin
	Reason  string `parquet:"reason,dict,id(9)"` // bad_json, missing_field, bad_time, …
	Field   string `parquet:"field,dict,id(10)"`
	Detail  string `parquet:"detail,id(11)"` // never contains payload
	Payload []byte `parquet:"payload,id(12)"`
}

// Rows is what one or many events become, table by table.
type Rows struct {
	Chats         []ChatRow
	Findings      []FindingRow
	Prescriptions []PrescriptionRow
	Activities    []ActivityRow
	Measurements  []MeasurementRow
	Links         []LinkRow
	DeadLetters   []DeadLetterRow

	Identifiers []Identified // of the people in the rows; in no table, for the vault alone
}

// Empty drops all rows and keeps their room.
func (r *Rows) Empty() {
	r.Chats, r.Findings, r.Prescriptions, r.Activities = emptied(r.Chats), emptied(r.Findings), emptied(r.Prescriptions), emptied(r.Activities)
	r.Measurements, r.Links, r.DeadLetters, r.Identifiers = emptied(r.Measurements), emptied(r.Links), emptied(r.DeadLetters), emptied(r.Identifiers)
}

func emptied[T any](rows []T) []T {
	clear(rows) // what they point to is not held
	return rows[:0]
}
