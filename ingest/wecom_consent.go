package ingest

import "time"

// weComAgreements is the answer of WeCom about who agreed to the archive of their chat. The official name
// of the contact's field has a letter too few, and some connectors mend it.
type weComAgreements struct {
	ErrCode   scalar `json:"errcode"`
	AgreeInfo []struct {
		StatusChangeTime scalar `json:"status_change_time"`
		UserID           scalar `json:"userid"`
		ExterAnalOpenID  scalar `json:"exteranalopenid"`
		ExternalOpenID   scalar `json:"externalopenid"`
		AgreeStatus      scalar `json:"agree_status"`
	} `json:"agreeinfo"`
}

// DecodeWeComConsent reads who agreed to the archive of their chat (docs/formats/wecom_consent.md). It emits
// a consent activity for each pair.
func DecodeWeComConsent(rec *Record, emit func(*Event)) error {
	events, reject := decodeWeComConsent(rec.Value)
	if reject != nil {
		return reject
	}
	for _, event := range events {
		emit(event)
	}
	return nil
}

func decodeWeComConsent(value []byte) ([]*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var wire weComAgreements
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	if reject := first(noErrCode(wire.ErrCode), count("agreeinfo", len(wire.AgreeInfo))); reject != nil {
		return nil, reject
	}
	if len(wire.AgreeInfo) == 0 {
		return nil, missing("agreeinfo")
	}
	var events []*Event
	for i, pair := range wire.AgreeInfo {
		contact := firstOf(pair.ExterAnalOpenID, pair.ExternalOpenID)
		at, badTime := pair.StatusChangeTime.unixTime("status_change_time")
		attributes, badStatus := agreement(pair.AgreeStatus)
		reject := first(contact.required("exteranalopenid"), pair.UserID.optional("userid"), badTime, badStatus)
		if reject == nil && !isOutside(string(contact)) {
			reject = noPatient("exteranalopenid")
		}
		if reject != nil {
			return nil, reject.in("agreeinfo", i)
		}
		id := hashID("wecom consent", string(contact), string(pair.UserID), string(pair.AgreeStatus), at.Format(time.RFC3339))
		event := weComActivity(id, "consent", at, string(contact))
		event.Activity.StaffID, event.Activity.Attributes = string(pair.UserID), attributes
		events = append(events, event)
	}
	return freshOnly(events, map[string]bool{}), nil
}

// agreement is what a status consents to: the archive of the chat and nothing else. Default_Agree says that
// nobody was asked, and stays visible as such.
func agreement(status scalar) (map[string]string, *Reject) {
	attributes := map[string]string{"purpose": "archive", "granted": "true"}
	switch status {
	case "Agree":
	case "Default_Agree":
		attributes["reason"] = "default"
	case "Disagree":
		attributes["granted"] = "false"
	case "":
		return nil, missing("agree_status")
	default:
		return nil, badValue("agree_status", "none of the values that it may have")
	}
	return attributes, nil
}
