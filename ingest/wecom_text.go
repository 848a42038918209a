package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// weComContent is a body with one text.
type weComContent struct {
	Content string `json:"content"`
}

// weComItems is a body of several messages.
type weComItems struct {
	Item []weComItem `json:"item"`
}

// weComItem is one message in a body; Content is JSON in a string.
type weComItem struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

// weComText reads the text of a message, "" for the types that have none. The body is not always under
// the name of the type: that of markdown is in info.
func weComText(msgType string, value []byte) (string, *Reject) {
	switch msgType {
	case msgText:
		return plainText(value)
	case "markdown":
		return markdownText(value)
	case "mixed":
		var body struct {
			Mixed weComItems `json:"mixed"`
		}
		if reject := unmarshal(value, &body); reject != nil {
			return "", reject
		}
		return body.Mixed.text(msgType)
	case "chatrecord":
		var body struct {
			ChatRecord weComItems `json:"chatrecord"`
		}
		if reject := unmarshal(value, &body); reject != nil {
			return "", reject
		}
		return body.ChatRecord.text(msgType)
	case "location":
		return locationText(value), nil
	}
	return "", nil
}

// weComBody fills in what the message says: its text, or its labels where the text stays in WeCom's data zone.
func weComBody(chat *Chat, value []byte) *Reject {
	text, reject := weComText(chat.MsgType, value)
	chat.Text = text
	isAbsent := text == "" && (reject == nil || reject.Reason == ReasonMissingField)
	if !isAbsent || !bytes.Contains(value, []byte(`"labels"`)) {
		return reject
	}
	labels, badLabels := weComLabels(value)
	if len(labels) == 0 && badLabels == nil {
		return reject
	}
	chat.Labels = labels
	return badLabels
}

// weComLabels reads the labels of a message; nil when a type that is not known yet has something else
// under that name.
func weComLabels(value []byte) ([]string, *Reject) {
	var body struct {
		Labels json.RawMessage `json:"labels"`
	}
	if reject := unmarshal(value, &body); reject != nil {
		return nil, reject
	}
	var labels []string
	if len(body.Labels) == 0 || strict.Unmarshal(body.Labels, &labels) != nil {
		return nil, nil
	}
	return labels, checkLabels(labels)
}

func plainText(value []byte) (string, *Reject) {
	var body struct {
		Text weComContent `json:"text"`
	}
	if reject := unmarshal(value, &body); reject != nil {
		return "", reject
	}
	if body.Text.Content == "" {
		return "", missing("text.content")
	}
	return body.Text.Content, checkText("text.content", body.Text.Content)
}

func markdownText(value []byte) (string, *Reject) {
	var body struct {
		Info weComContent `json:"info"`
	}
	if reject := unmarshal(value, &body); reject != nil {
		return "", reject
	}
	return body.Info.Content, checkText("info.content", body.Info.Content)
}

// locationText is the city of a place that was sent, and no more of it: not the street and not the point.
// A body of another shape has none.
func locationText(value []byte) string {
	var body struct {
		Location struct {
			Address scalar `json:"address"`
		} `json:"location"`
	}
	if unmarshal(value, &body) != nil {
		return ""
	}
	return cityOf(string(body.Location.Address))
}

// text joins the texts of the items, a line each. Pictures, files and records in records are left out.
func (b *weComItems) text(field string) (string, *Reject) {
	if reject := count("item", len(b.Item)); reject != nil {
		return "", reject.nested(field)
	}
	var lines []string
	for i, item := range b.Item {
		if item.Type != "text" && item.Type != "ChatRecordText" {
			continue
		}
		line, reject := item.text()
		if reject != nil {
			return "", reject.in("item", i).nested(field)
		}
		lines = append(lines, line)
	}
	all := strings.Join(lines, "\n")
	return all, checkText(field, all)
}

// text reads the JSON in the string of one item.
func (i *weComItem) text() (string, *Reject) {
	value := []byte(i.Content)
	if _, reject := inspect(value); reject != nil {
		return "", badValue("content", "not a JSON object in a string")
	}
	var content weComContent
	if reject := unmarshal(value, &content); reject != nil {
		return "", badValue("content", "not a JSON object with a text in it")
	}
	return content.Content, nil
}
