package ingest

import (
	"sort"
	"strings"
	"time"
)

// weComContacts is the answer of WeCom about one contact (external_contact and follow_user), or one entry
// or all of the list of many (external_contact_list with follow_info).
type weComContacts struct {
	ErrCode scalar `json:"errcode"`
	weComContact
	List []weComContact `json:"external_contact_list"`
}

// weComContact is an outside contact and the care workers who have them as a friend. The nickname, the
// picture and what staff write about the contact are not read.
type weComContact struct {
	Contact struct {
		ExternalUserID scalar `json:"external_userid"`
		UnionID        scalar `json:"unionid"`
		Gender         scalar `json:"gender"`
	} `json:"external_contact"`
	FollowUser []weComFollow `json:"follow_user"`
	FollowInfo *weComFollow  `json:"follow_info"`
}

// weComFollow is one friendship of a contact with a care worker, and the tags of the pair.
type weComFollow struct {
	UserID        scalar     `json:"userid"`
	CreateTime    scalar     `json:"createtime"`
	Tags          []weComTag `json:"tags"`
	TagID         []scalar   `json:"tag_id"`
	RemarkMobiles []scalar   `json:"remark_mobiles"`
	AddWay        scalar     `json:"add_way"`
	State         scalar     `json:"state"`
}

// weComTag is a tag. Of personal tags (type 2) nothing is kept: their names are whatever staff write.
type weComTag struct {
	TagID scalar `json:"tag_id"`
	Type  scalar `json:"type"`
}

const (
	personalTag    = "2"
	maxContactTags = 3000 // of one friendship, by WeCom's own limit
)

// DecodeWeComContact reads what WeCom tells of one contact or of a list (docs/formats/wecom_contact.md). For
// each friendship it emits an add_friend at its time and the tags that it has now, and for each contact a
// profile. The time of now is that of the record.
func DecodeWeComContact(rec *Record, emit func(*Event)) error {
	events, reject := decodeWeComContact(rec)
	if reject != nil {
		return reject
	}
	for _, event := range events {
		emit(event)
	}
	return nil
}

func decodeWeComContact(rec *Record) ([]*Event, *Reject) {
	if _, reject := inspect(rec.Value); reject != nil {
		return nil, reject
	}
	var wire weComContacts
	if reject := unmarshal(rec.Value, &wire); reject != nil {
		return nil, reject
	}
	if reject := noErrCode(wire.ErrCode); reject != nil {
		return nil, reject
	}
	seen, reject := inRange("", rec.Time)
	if reject != nil {
		return nil, reject
	}
	if len(wire.List) == 0 {
		return wire.events(seen, map[string]bool{})
	}
	if reject := count("external_contact_list", len(wire.List)); reject != nil {
		return nil, reject
	}
	var events []*Event
	ids := map[string]bool{}
	for i := range wire.List {
		made, reject := wire.List[i].events(seen, ids)
		if reject != nil {
			return nil, reject.in("external_contact_list", i)
		}
		events = append(events, made...)
	}
	return events, nil
}

// noErrCode refuses an answer that is an error.
func noErrCode(code scalar) *Reject {
	if code != "" && code != "0" {
		return badValue("errcode", "an error instead of an answer")
	}
	return nil
}

// events makes the events of one contact; ids are those that the record has given already.
func (c *weComContact) events(seen time.Time, ids map[string]bool) ([]*Event, *Reject) {
	follows, field := c.FollowUser, "follow_user"
	if c.FollowInfo != nil {
		follows, field = []weComFollow{*c.FollowInfo}, "follow_info"
	}
	reject := first(c.check(), count(field, len(follows)))
	if reject != nil {
		return nil, reject
	}
	links := link(nil, KindUnionID, c.Contact.UnionID)
	var events []*Event
	for i := range follows {
		added, tagged, reject := follows[i].events(string(c.Contact.ExternalUserID), seen)
		if reject != nil && c.FollowInfo != nil {
			return nil, reject.nested(field)
		}
		if reject != nil {
			return nil, reject.in(field, i)
		}
		for _, number := range follows[i].RemarkMobiles {
			links = phoneLink(links, number)
		}
		events = append(events, added, tagged)
	}
	events = append(events, c.profile(seen, links))
	return freshOnly(events, ids), nil
}

// freshOnly drops events that the record has given already: a list may have a pair twice.
func freshOnly(events []*Event, ids map[string]bool) []*Event {
	fresh := events[:0]
	for _, event := range events {
		if !ids[event.ID] {
			ids[event.ID] = true
			fresh = append(fresh, event)
		}
	}
	return fresh
}

func (c *weComContact) check() *Reject {
	reject := first(c.Contact.ExternalUserID.required("external_userid"), c.Contact.UnionID.optional("unionid"),
		c.Contact.Gender.optional("gender"))
	if reject == nil && !isOutside(string(c.Contact.ExternalUserID)) {
		reject = noPatient("external_userid")
	}
	return reject.nested("external_contact")
}

// profile makes the event of the contact itself: the sex, and which other identifiers are theirs.
func (c *weComContact) profile(seen time.Time, links []Identifier) *Event {
	contact := string(c.Contact.ExternalUserID)
	event := weComActivity(hashID("wecom profile", contact, seen.Format(time.RFC3339Nano)), "profile", seen, contact)
	event.Links = links
	switch c.Contact.Gender {
	case "1":
		event.Activity.Attributes = map[string]string{"sex": "male"}
	case "2":
		event.Activity.Attributes = map[string]string{"sex": "female"}
	}
	return event
}

// events makes the friendship and its tags. The friendship is one event however often it is read; the
// tags are those of the time at which it is read, all of them, so that a tag that is gone is seen.
func (f *weComFollow) events(contact string, seen time.Time) (added, tagged *Event, reject *Reject) {
	at, badTime := f.CreateTime.unixTime("createtime")
	reject = first(f.UserID.required("userid"), f.AddWay.optional("add_way"), f.State.optional("state"), badTime)
	if reject != nil {
		return nil, nil, reject
	}
	tags, reject := f.tags()
	if reject != nil {
		return nil, nil, reject
	}
	staff := string(f.UserID)
	added = weComActivity(hashID("wecom friend", contact, staff, at.Format(time.RFC3339)), "add_friend", at, contact)
	added.Activity.StaffID = staff
	added.Activity.Attributes = kept("add_way", f.AddWay, "state", f.State)
	tagged = weComActivity(hashID("wecom tags", contact, staff, seen.Format(time.RFC3339Nano)), "contact_tags", seen, contact)
	tagged.Activity.StaffID = staff
	tagged.Activity.Attributes = map[string]string{"tags": strings.Join(tags, ";")}
	return added, tagged, nil
}

// tags lists the ids of the tags in order, each once: both forms of the answer have the ids, only one the names.
func (f *weComFollow) tags() ([]string, *Reject) {
	if len(f.Tags) > maxContactTags || len(f.TagID) > maxContactTags {
		return nil, tooLarge("tags", "entries", maxContactTags)
	}
	ids := map[string]bool{}
	for i, tag := range f.Tags {
		if reject := first(tag.TagID.optional("tag_id"), tag.Type.optional("type")); reject != nil {
			return nil, reject.in("tags", i)
		}
		if tag.Type != personalTag && tag.TagID != "" {
			ids[string(tag.TagID)] = true
		}
	}
	for i, id := range f.TagID {
		if reject := id.required(""); reject != nil {
			return nil, reject.in("tag_id", i)
		}
		ids[string(id)] = true
	}
	list := make([]string, 0, len(ids))
	for id := range ids {
		list = append(list, id)
	}
	sort.Strings(list)
	return list, nil
}

// kept makes attributes of names and values, without the empty ones.
func kept(namesAndValues ...any) map[string]string {
	attributes := map[string]string{}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		name, _ := namesAndValues[i].(string)
		if value, _ := namesAndValues[i+1].(scalar); value != "" {
			attributes[name] = string(value)
		}
	}
	if len(attributes) == 0 {
		return nil
	}
	return attributes
}

// weComActivity is an activity of a contact.
func weComActivity(id, kind string, at time.Time, contact string) *Event {
	return &Event{
		ID: id, Type: kind, At: at, Source: sourceWeCom,
		Patient: Identifier{Kind: KindWeCom, Value: PatientID(contact)}, Activity: &Activity{},
	}
}
