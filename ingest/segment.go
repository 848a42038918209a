package ingest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// segmentCall is one call of the Segment interface. Of the context only the campaign is read: addresses,
// devices and pages stay behind.
type segmentCall struct {
	Type              string                     `json:"type"`
	MessageID         scalar                     `json:"messageId"`
	UserID            scalar                     `json:"userId"`
	AnonymousID       scalar                     `json:"anonymousId"`
	PreviousID        scalar                     `json:"previousId"`
	GroupID           scalar                     `json:"groupId"`
	Event             scalar                     `json:"event"`
	Timestamp         scalar                     `json:"timestamp"`
	OriginalTimestamp scalar                     `json:"originalTimestamp"`
	SentAt            scalar                     `json:"sentAt"`
	ReceivedAt        scalar                     `json:"receivedAt"`
	Properties        map[string]json.RawMessage `json:"properties"`
	Traits            map[string]json.RawMessage `json:"traits"`
	Context           struct {
		Campaign struct {
			Name   scalar `json:"name"`
			Source scalar `json:"source"`
		} `json:"campaign"`
	} `json:"context"`
}

// segmentEvents are the activities that well-known names of events mean; other names become a word.
var segmentEvents = map[string]string{
	"live_viewed": "view_live", "live_joined": "view_live", "video_viewed": "view_video", "video_played": "view_video",
	"article_read": "read_article", "article_viewed": "read_article", "form_submitted": "submit_form",
	"group_joined": "join_group", "group_left": "leave_group", "consult_booked": "book_consult",
	"medicine_checked_in": "check_in_medicine", "exercise_checked_in": "check_in_exercise",
	"points_earned": "points_earn", "points_spent": "points_spend", "report_viewed": "report_read",
}

// segmentContent are the names of properties that say which content it was.
var segmentContent = []string{"content_id", "live_id", "article_id", "video_id", "form_id"}

// DecodeSegment reads one call of Segment (docs/formats/segment.md) and emits one activity: what a track says,
// profile for identify, identity_linked for alias, view_page for page and screen, account_group for group.
func DecodeSegment(rec *Record, emit func(*Event)) error {
	event, reject := decodeSegment(rec.Value)
	if reject != nil {
		return reject
	}
	emit(event)
	return nil
}

func decodeSegment(value []byte) (*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var call segmentCall
	if reject := unmarshal(value, &call); reject != nil {
		return nil, reject
	}
	reject := first(required("type", call.Type), call.MessageID.required("messageId"), call.UserID.optional("userId"),
		call.AnonymousID.optional("anonymousId"), call.PreviousID.optional("previousId"), call.GroupID.optional("groupId"),
		call.Event.optional("event"), call.Context.Campaign.Name.optional("context.campaign.name"),
		call.Context.Campaign.Source.optional("context.campaign.source"))
	if reject != nil {
		return nil, reject
	}
	at, reject := call.at()
	if reject != nil {
		return nil, reject
	}
	patient, links, reject := call.people()
	if reject != nil {
		return nil, reject
	}
	event := &Event{
		ID: string(call.MessageID), At: at, Source: sourceSegment, Patient: patient, Links: links,
		Activity: &Activity{Channel: string(call.Context.Campaign.Source), Campaign: string(call.Context.Campaign.Name)},
	}
	return event, call.describe(event)
}

// at is when it happened by our clock: what the client's clock said, moved by how far the client's clock
// was off when it sent the call. Where Segment has kept the original time it has moved the other already.
func (c *segmentCall) at() (time.Time, *Reject) {
	value, field := c.Timestamp, "timestamp"
	if c.OriginalTimestamp != "" {
		value, field = c.OriginalTimestamp, "originalTimestamp"
	}
	if value == "" {
		value, field = c.SentAt, "sentAt"
	}
	at, reject := instant(field, string(value))
	if reject != nil || c.SentAt == "" || c.ReceivedAt == "" {
		return at, reject
	}
	sent, badSent := instant("sentAt", string(c.SentAt))
	received, badReceived := instant("receivedAt", string(c.ReceivedAt))
	if reject := first(badSent, badReceived); reject != nil {
		return at, reject
	}
	return inRange(field, at.Add(received.Sub(sent)))
}

// people finds who it is. The account decides, since the anonymous id is of a browser; a call with both
// proves that they are one person. An alias says so of an earlier id, which may be of either kind.
func (c *segmentCall) people() (Identifier, []Identifier, *Reject) {
	links := link(link(nil, kindAccount, c.UserID), kindAnonymous, c.AnonymousID)
	if len(links) == 0 {
		return Identifier{}, nil, missing("userId")
	}
	patient, links := links[0], links[1:]
	if c.Type == "alias" {
		if reject := c.PreviousID.required("previousId"); reject != nil {
			return patient, nil, reject
		}
		links = link(link(links, kindAnonymous, c.PreviousID), kindAccount, c.PreviousID)
	}
	if c.Type == "identify" {
		links = link(links, KindUnionID, c.trait("unionid"))
		links = link(links, KindWeCom, c.trait("external_userid"))
		links = phoneLink(links, c.trait("phone"))
	}
	if len(links) == 0 {
		links = nil
	}
	return patient, links, nil
}

func (c *segmentCall) trait(name string) scalar {
	var value scalar
	if raw := c.Traits[name]; len(raw) > 0 {
		_ = value.UnmarshalJSON(raw) // takes any value
	}
	return value
}

// describe fills in what happened.
func (c *segmentCall) describe(event *Event) *Reject {
	properties, field := c.Properties, "properties"
	switch c.Type {
	case "track":
		if reject := c.Event.required("event"); reject != nil {
			return reject
		}
		name := codeWord(string(c.Event))
		if name == "" {
			return &Reject{ReasonUnknownType, "event", "no name in Latin letters"}
		}
		if ours, isKnown := segmentEvents[name]; isKnown {
			name = ours
		}
		event.Type = name
	case "identify":
		event.Type, properties, field = "profile", c.Traits, "traits"
	case "alias":
		event.Type, properties = "identity_linked", nil
	case "page", "screen":
		event.Type = "view_page"
	case "group":
		event.Type, properties = "account_group", nil
	default:
		return &Reject{ReasonUnknownType, "type", "not track, identify, alias, page, screen or group"}
	}
	attributes, line, reject := facts(properties)
	if reject != nil {
		return reject.nested(field)
	}
	if c.Type == "group" && c.GroupID != "" {
		attributes["group"] = string(c.GroupID)
	}
	if c.SentAt != "" && c.ReceivedAt != "" {
		attributes["client_at"] = string(firstOf(c.OriginalTimestamp, c.Timestamp, c.SentAt))
	}
	event.Line = line
	if len(attributes) > 0 {
		event.Activity.Attributes = attributes
	}
	return nil
}

// facts keeps of properties and traits what activities keep, and the line.
func facts(properties map[string]json.RawMessage) (map[string]string, string, *Reject) {
	attributes := map[string]string{}
	value := func(name string) string {
		var text scalar
		if raw := properties[name]; len(raw) > 0 {
			_ = text.UnmarshalJSON(raw) // takes any value
		}
		if text == notScalar {
			return ""
		}
		return string(text)
	}
	for _, name := range attributeNames {
		attributes[name] = value(name)
	}
	for _, name := range segmentContent {
		if attributes["content_id"] == "" {
			attributes["content_id"] = value(name)
		}
	}
	if attributes["sex"] == "" {
		attributes["sex"] = value("gender")
	}
	attributes["sex"] = sexOf(attributes["sex"], sexWords)
	if attributes["birth_year"] == "" {
		attributes["birth_year"] = birthYear(value("birthday"))
	}
	if reject := checkAttributes(attributes); reject != nil {
		_, reject.Field, _ = strings.Cut(reject.Field, ".")
		return nil, "", reject
	}
	line := value("disease_line")
	if line == "" {
		return attributes, "", nil
	}
	return attributes, line, word("disease_line", line)
}

// birthYear is the year of a date of birth, "" when it is none.
func birthYear(date string) string {
	if len(date) < 4 {
		return ""
	}
	if year, err := strconv.Atoi(date[:4]); err != nil || year < 1900 || year > 2100 {
		return ""
	}
	return date[:4]
}
