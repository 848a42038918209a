// Package ingest turns bytes into events. A decoder for each wire format reads one Kafka value or one
// line of a file and returns checked events, or a Reject that says which field is wrong and how. It
// knows nothing of tables, tags or pseudonyms, and no byte of a patient leaves it in an error.
package ingest

import (
	"log/slog"
	"time"
)

// Stream is the topic family of an event: chats, prescriptions or activities.
type Stream string

// The three streams; a topic is named "phdp." plus the stream unless it is configured otherwise.
const (
	Chats         Stream = "chats"
	Prescriptions Stream = "prescriptions"
	Activities    Stream = "activities"
)

// PatientID is an identifier of a person as a source gave it. It prints as a fixed word, so that no log
// line, error or page can carry it by accident; reading the value takes the conversion string(id).
type PatientID string

const redacted = "[patient]"

// String hides the identifier.
func (PatientID) String() string { return redacted }

// GoString hides the identifier from %#v.
func (PatientID) GoString() string { return redacted }

// LogValue hides the identifier from slog.
func (PatientID) LogValue() slog.Value { return slog.StringValue(redacted) }

// Identifier names a person inside one system. Kind is one of the Kind constants; kinds are part of the
// pseudonym, so the same digits as a phone and as an account are two keys.
type Identifier struct {
	Kind  string
	Value PatientID
}

// Kinds of identifiers. A source that is not listed may use its own lower-case word.
const (
	KindWeCom    = "wecom"    // external_userid of WeCom
	KindUnionID  = "unionid"  // WeChat unionid
	KindPhone    = "phone"    // mobile number, normalised to 11 digits by transform
	KindYouzan   = "youzan"   // yz_open_id
	KindJD       = "jd"       // open_id_buyer
	KindPharmacy = "pharmacy" // member number of a pharmacy chain
	KindHospital = "hospital" // patient number of a hospital or internet hospital
	KindForm     = "form"     // respondent of a form
	KindDialogue = "dialogue" // id of an imported dialogue
	KindSynthea  = "synthea"  // patient of a Synthea export
)

// Further kinds, of which the sources that write them are the only users.
const (
	kindOpenID    = "openid"    // WeChat openid of one app
	kindJDPin     = "jd_pin"    // account name at JD
	kindTaobao    = "taobao"    // buyer_open_uid
	kindOAID      = "oaid"      // receiver of a Taobao trade, per shop
	kindIDCard    = "id_card"   // number of the identity card
	kindAccount   = "account"   // userId of Segment
	kindAnonymous = "anonymous" // anonymousId of Segment: a browser or an app
)

// Position is where a record stands in its source: a Kafka topic-partition-offset, or a file (Topic is
// "file:" plus the content hash, Partition 0) and the zero-based record in it.
type Position struct {
	Topic     string
	Partition int32
	Offset    int64
}

// Record is one undecoded value and where it came from.
type Record struct {
	Position
	Key, Value []byte
	Time       time.Time         // the broker's or the file's time
	Headers    map[string]string // CloudEvents attributes among them; nil when there are none
}

// Event is one thing that happened to one patient, decoded and validated, still with the identifiers
// of its source. Exactly one of Chat, Prescription and Activity is set.
type Event struct {
	ID      string // dedupe key, unique within the source
	Type    string // "message", "dispensed", "add_friend", …: the part after the stream
	At      time.Time
	Patient Identifier
	Links   []Identifier // further identifiers of the same person that this event proves
	Line    string       // disease line code when the source knows it (onfh, htn, dm, bc), else ""
	Source  string       // wire format that it came in: canonical, wecom, youzan, …

	Chat         *Chat
	Prescription *Prescription
	Activity     *Activity
}

// Speakers of a chat message.
const (
	SpeakerPatient = "patient"
	SpeakerStaff   = "staff"
	SpeakerRobot   = "robot"
)

// Chat is one message between a patient and the care team.
type Chat struct {
	Speaker string // patient, staff or robot
	StaffID string // the care worker's account: who wrote it or to whom it went
	RoomID  string // group chat, "" in one-to-one
	MsgType string // text, image, voice, …
	Text    string // "" for messages without text
	Recalls string // event id that this message withdraws, for MsgType "revoke"

	// Labels are what another system has read in the message, where its text does not leave that system:
	// codes of concepts. They come instead of a text, not beside one.
	Labels []string
}

// Types of prescription events.
const (
	Prescribed = "prescribed"
	Dispensed  = "dispensed"
	Paid       = "paid"
	Returned   = "returned"
	Cancelled  = "cancelled"
)

// Prescription is a prescription, a dispense, a paid order or its undoing; Event.Type says which.
type Prescription struct {
	OrderID string // order or dispense number of the channel
	RxID    string // prescription that it belongs to, "" when unknown
	Channel string // wecom_shop, youzan, jd, taobao, pharmacy, hospital
	StaffID string
	ICD10   []string
	Items   []Item
}

// Item is one drug line. DaysSupply is nil when the source does not say; the warehouse then derives it
// from Quantity (packs) and the product table.
type Item struct {
	ClaimID    string  // unique per line; a return or a cancellation repeats the claim that it undoes
	SKU        string  // the shop's article number
	Drug       string  // drug code or name as the source writes it
	Quantity   float64 // packs
	DaysSupply *float64
	DailyDose  *float64 // units a day
	AmountFen  int64    // paid, in 1/100 yuan
}

// Activity is everything else that a patient or a care worker does: joins, reads, books, is called back,
// reports a measurement, consents.
type Activity struct {
	StaffID      string
	Channel      string
	Campaign     string
	Attributes   map[string]string // small facts: sex, birth_year, city_tier, purpose, outcome, add_way, state, …
	Measurements []Measurement
}

// Measurement is one number. Kinds: bp_systolic, bp_diastolic, glucose, hba1c, temperature, weight,
// height, vas, harris, heart_rate, ldl, egfr, uacr, tscore, lvef.
type Measurement struct {
	Kind    string
	Value   float64
	Unit    string // mmHg, mmol/L, %, °C, kg, cm, score, …
	Context string // fasting, after_meal, home, office, ""
}
