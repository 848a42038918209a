package ingest

import "strconv"

// weComCallback is a change of a contact that WeCom calls back, as JSON.
type weComCallback struct {
	Event          scalar `json:"Event"`
	ChangeType     scalar `json:"ChangeType"`
	UserID         scalar `json:"UserID"`
	ExternalUserID scalar `json:"ExternalUserID"`
	State          scalar `json:"State"`
	Source         scalar `json:"Source"`
	CreateTime     scalar `json:"CreateTime"`
}

// DecodeWeComCallback reads one change of a contact (docs/formats/wecom_callback.md): added, edited, left.
// It emits one activity.
func DecodeWeComCallback(rec *Record, emit func(*Event)) error {
	event, reject := decodeWeComCallback(rec.Value)
	if reject != nil {
		return reject
	}
	emit(event)
	return nil
}

func decodeWeComCallback(value []byte) (*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var wire weComCallback
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	reject := first(wire.Event.required("Event"), wire.ChangeType.required("ChangeType"),
		wire.UserID.optional("UserID"), wire.ExternalUserID.optional("ExternalUserID"),
		wire.State.optional("State"), wire.Source.optional("Source"))
	switch {
	case reject != nil:
		return nil, reject
	case wire.Event != "change_external_contact":
		return nil, &Reject{ReasonUnknownType, "Event", "not change_external_contact"}
	case !isOutside(string(wire.ExternalUserID)):
		return nil, noPatient("ExternalUserID")
	}
	at, reject := wire.CreateTime.unixTime("CreateTime")
	if reject != nil {
		return nil, reject
	}
	contact := string(wire.ExternalUserID)
	id := hashID("wecom callback", contact, string(wire.UserID), string(wire.ChangeType), strconv.FormatInt(at.Unix(), 10))
	event := weComActivity(id, "", at, contact)
	event.Activity.StaffID = string(wire.UserID)
	event.Type, event.Activity.Attributes = wire.change()
	if event.Type == "" {
		return nil, &Reject{ReasonUnknownType, "ChangeType", "not a lower-case word"}
	}
	return event, nil
}

// change names the activity of a change. Who ended the friendship matters: a patient who removes the
// care worker wants no more of it. A change that is not known yet is kept under its own name.
func (w *weComCallback) change() (string, map[string]string) {
	switch w.ChangeType {
	case "add_external_contact":
		return "add_friend", kept("state", w.State)
	case "add_half_external_contact":
		return "add_friend_half", kept("state", w.State)
	case "edit_external_contact":
		return "contact_edited", nil
	case "del_follow_user":
		return "del_friend", map[string]string{"reason": "by_patient"}
	case "del_external_contact":
		if w.Source == "DELETE_BY_TRANSFER" {
			return "del_friend", map[string]string{"reason": "by_transfer"}
		}
		return "del_friend", map[string]string{"reason": "by_staff"}
	case "msg_audit_approved":
		return "consent", map[string]string{"purpose": "archive", "granted": "true"}
	}
	if !isWord(string(w.ChangeType)) {
		return "", nil
	}
	return string(w.ChangeType), nil
}
