package ingest

import "sync"

// wireChat is a chat event in canonical JSON.
type wireChat struct {
	wireEvent
	Speaker string `json:"speaker"`
	StaffID string `json:"staff_id"`
	RoomID  string `json:"room_id"`
	MsgType string `json:"msg_type"`
	Text    string `json:"text"`
	Recalls string `json:"recalls"`

	Labels []string `json:"labels"`
}

// Message types with a meaning here; all others pass as they are.
const (
	msgText   = "text"
	msgRevoke = "revoke"
)

// Types of chat events.
const (
	typeMessage = "message"
	typeRecall  = "recall"
)

// wireChats keeps what values were decoded into for the next ones.
var wireChats = sync.Pool{New: func() any { return new(wireChat) }}

func decodeChat(value []byte, kind string) (*Event, *Reject) {
	wire := wireChats.Get().(*wireChat)
	defer func() { *wire = wireChat{}; wireChats.Put(wire) }()
	if reject := unmarshal(value, wire); reject != nil {
		return nil, reject
	}
	if kind != typeMessage && kind != typeRecall {
		return nil, &Reject{ReasonUnknownType, "type", "not chat.message or chat.recall"}
	}
	event, reject := wire.event(kind)
	if reject == nil {
		reject = wire.check(kind)
	}
	if reject != nil {
		return nil, reject
	}
	event.Chat = wire.chat(kind)
	return event, nil
}

func (w *wireChat) check(kind string) *Reject {
	reject := first(
		oneOf("speaker", w.Speaker, SpeakerPatient, SpeakerStaff, SpeakerRobot),
		optional("staff_id", w.StaffID), optional("room_id", w.RoomID), optional("msg_type", w.MsgType),
		checkText("text", w.Text), optional("recalls", w.Recalls), checkLabels(w.Labels))
	switch {
	case reject != nil:
		return reject
	case kind == typeRecall && w.Recalls == "":
		return missing("recalls")
	case kind == typeMessage && w.Text == "" && len(w.Labels) == 0 && (w.MsgType == "" || w.MsgType == msgText):
		return missing("text")
	}
	return nil
}

// chat makes the message; a recall carries no text, whatever the source sent with it.
func (w *wireChat) chat(kind string) *Chat {
	chat := &Chat{Speaker: w.Speaker, StaffID: w.StaffID, RoomID: w.RoomID, MsgType: w.MsgType}
	if kind == typeRecall {
		chat.MsgType, chat.Recalls = msgRevoke, w.Recalls
		return chat
	}
	chat.Text = w.Text
	if w.Text == "" && len(w.Labels) > 0 {
		chat.Labels = w.Labels
	}
	if chat.MsgType == "" {
		chat.MsgType = msgText
	}
	return chat
}

// checkLabels looks at the labels of a message that came without its text.
func checkLabels(labels []string) *Reject {
	if reject := count("labels", len(labels)); reject != nil {
		return reject
	}
	for i, label := range labels {
		if reject := required("", label); reject != nil {
			return reject.in("labels", i)
		}
	}
	return nil
}
