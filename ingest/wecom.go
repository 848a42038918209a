package ingest

import (
	"bytes"
	"strings"
	"time"
)

// weComMessage is what all decrypted messages of the WeCom chat archive have. Bodies are read only for
// the types that need them: those of files, places, meetings or red packets never leave the record, and
// a type that is not known yet can not break on a field that it uses in its own way.
type weComMessage struct {
	MsgID   string   `json:"msgid"`
	Action  string   `json:"action"`
	From    string   `json:"from"`
	ToList  []string `json:"tolist"`
	RoomID  string   `json:"roomid"`
	MsgTime *float64 `json:"msgtime"`
	MsgType string   `json:"msgtype"`
}

// DecodeWeCom reads one decrypted message of the WeCom chat archive (docs/formats/wecom.md). It emits
// one event: a chat for every message type, known or not, an activity for agree, disagree and switch.
// A message that concerns no one patient is refused with reason no_patient.
func DecodeWeCom(rec *Record, emit func(*Event)) error {
	event, reject := decodeWeCom(rec.Value)
	if reject != nil {
		return reject
	}
	emit(event)
	return nil
}

func decodeWeCom(value []byte) (*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var message weComMessage
	if reject := unmarshal(value, &message); reject != nil {
		return nil, reject
	}
	if message.MsgID == "" && bytes.Contains(value, []byte(`"encrypt_chat_msg"`)) {
		return nil, badValue("chatdata", "still encrypted; the connector has to decrypt it")
	}
	if reject := required("msgid", message.MsgID); reject != nil {
		return nil, reject
	}
	switch {
	case message.Action == "switch":
		return message.switched(value)
	case message.MsgType == "agree" || message.MsgType == "disagree":
		return message.consent(value)
	}
	event, reject := message.chat()
	if reject != nil {
		return nil, reject
	}
	if message.Action == "recall" || message.MsgType == msgRevoke {
		reject = recall(event, value)
	} else {
		reject = weComBody(event.Chat, value)
	}
	if reject != nil {
		return nil, reject
	}
	return event, nil
}

// chat makes the event of a message, without its body.
func (m *weComMessage) chat() (*Event, *Reject) {
	reject := first(required("msgtype", m.MsgType), required("from", m.From), optional("roomid", m.RoomID),
		m.checkToList())
	if reject != nil {
		return nil, reject
	}
	at, reject := weComTime("msgtime", m.MsgTime)
	if reject != nil {
		return nil, reject
	}
	patient, chat := m.parties()
	if patient == "" {
		return nil, noPatient("from")
	}
	chat.RoomID, chat.MsgType = m.RoomID, m.MsgType
	event := m.event(typeMessage, at, patient)
	event.Chat = &chat
	return event, nil
}

// recall makes the event one that withdraws an earlier message. That message may come later, or never:
// this event stands for itself.
func recall(event *Event, value []byte) *Reject {
	var body struct {
		Revoke struct {
			PreMsgID string `json:"pre_msgid"`
		} `json:"revoke"`
	}
	if reject := unmarshal(value, &body); reject != nil {
		return reject
	}
	event.Type = typeRecall
	event.Chat.MsgType, event.Chat.Recalls = msgRevoke, body.Revoke.PreMsgID
	return required("revoke.pre_msgid", body.Revoke.PreMsgID)
}

func (m *weComMessage) checkToList() *Reject {
	if reject := count("tolist", len(m.ToList)); reject != nil {
		return reject
	}
	for i, to := range m.ToList {
		if reject := optional("", to); reject != nil {
			return reject.in("tolist", i)
		}
	}
	return nil
}

// parties finds the patient and who speaks. The patient is the outside contact; in a group only the one
// who writes, since what staff or a robot write there is for no one patient.
func (m *weComMessage) parties() (patient string, chat Chat) {
	switch {
	case isOutside(m.From):
		staff := m.recipient(isStaff)
		if m.RoomID != "" {
			staff = "" // the members of a group, of whom none was written to
		}
		return m.From, Chat{Speaker: SpeakerPatient, StaffID: staff}
	case m.RoomID != "":
		return "", Chat{}
	case isRobot(m.From):
		return m.recipient(isOutside), Chat{Speaker: SpeakerRobot, StaffID: m.recipient(isStaff)}
	}
	return m.recipient(isOutside), Chat{Speaker: SpeakerStaff, StaffID: m.From}
}

// recipient returns the first account in tolist that is wanted, or "".
func (m *weComMessage) recipient(isWanted func(account string) bool) string {
	for _, to := range m.ToList {
		if isWanted(to) {
			return to
		}
	}
	return ""
}

// weComConsent is the body of agree and disagree.
type weComConsent struct {
	UserID       string   `json:"userid"`
	AgreeTime    *float64 `json:"agree_time"`
	DisagreeTime *float64 `json:"disagree_time"`
}

// consent makes the event of agree and disagree. It is consent to the archive of the chat and to nothing
// else, so its purpose is archive.
func (m *weComMessage) consent(value []byte) (*Event, *Reject) {
	var bodies struct {
		Agree    weComConsent `json:"agree"`
		Disagree weComConsent `json:"disagree"`
	}
	if reject := unmarshal(value, &bodies); reject != nil {
		return nil, reject
	}
	body, when, granted := bodies.Agree, bodies.Agree.AgreeTime, "true"
	if m.MsgType == "disagree" {
		body, when, granted = bodies.Disagree, bodies.Disagree.DisagreeTime, "false"
	}
	at, badTime := m.consentTime(when)
	reject := first(optional("from", m.From), optional(m.MsgType+".userid", body.UserID), badTime, m.checkToList())
	if reject != nil {
		return nil, reject
	}
	patient := body.UserID
	if !isOutside(patient) {
		patient = m.From
	}
	if !isOutside(patient) {
		return nil, noPatient(m.MsgType + ".userid")
	}
	event := m.event("consent", at, patient)
	event.Activity = &Activity{
		StaffID:    m.recipient(isStaff),
		Attributes: map[string]string{"purpose": "archive", "granted": granted},
	}
	return event, nil
}

// consentTime prefers the time in the body to that of the message.
func (m *weComMessage) consentTime(when *float64) (time.Time, *Reject) {
	if when == nil {
		return weComTime("msgtime", m.MsgTime)
	}
	return weComTime(m.MsgType+"."+m.MsgType+"_time", when)
}

// switched makes the event of a change to another company's account. It comes from care workers, who
// are not patients: theirs is refused.
func (m *weComMessage) switched(value []byte) (*Event, *Reject) {
	var body struct {
		Time *float64 `json:"time"`
		User string   `json:"user"`
	}
	if reject := unmarshal(value, &body); reject != nil {
		return nil, reject
	}
	at, badTime := weComTime("time", body.Time)
	if reject := first(required("user", body.User), badTime); reject != nil {
		return nil, reject
	}
	if !isOutside(body.User) {
		return nil, noPatient("user")
	}
	event := m.event("switch", at, body.User)
	event.Activity = &Activity{}
	return event, nil
}

func (m *weComMessage) event(kind string, at time.Time, patient string) *Event {
	return &Event{
		ID: m.MsgID, Type: kind, At: at, Source: sourceWeCom,
		Patient: Identifier{Kind: KindWeCom, Value: PatientID(patient)},
	}
}

// isOutside tells accounts of outside contacts, isRobot those of robots; all others are staff.
func isOutside(account string) bool {
	return strings.HasPrefix(account, "wm") || strings.HasPrefix(account, "wo")
}

func isRobot(account string) bool { return strings.HasPrefix(account, "wb") }

func isStaff(account string) bool {
	return account != "" && !isOutside(account) && !isRobot(account)
}

func noPatient(field string) *Reject {
	return &Reject{ReasonNoPatient, field, "no one outside contact that this is from or to"}
}

// weComTime reads a time in milliseconds, or in seconds where the number is too small for that: 1e11
// milliseconds are in 1973 and 1e11 seconds in 5138.
func weComTime(field string, value *float64) (time.Time, *Reject) {
	switch {
	case value == nil:
		return time.Time{}, missing(field)
	case !(*value > 0) || *value > 1e14:
		return time.Time{}, &Reject{ReasonBadTime, field, "not a time in milliseconds or seconds"}
	case *value < 1e11:
		return inRange(field, time.UnixMilli(int64(*value*1000)))
	}
	return inRange(field, time.UnixMilli(int64(*value)))
}
