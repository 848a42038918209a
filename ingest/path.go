package ingest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// fieldNames are the names that a path may show.
var fieldNames = []string{
	"v", "event_id", "type", "at", "patient", "kind", "id", "links", "line", // every canonical event
	"speaker", "staff_id", "room_id", "msg_type", "text", "recalls",
	"channel", "order_id", "rx_id", "icd10", "items",
	"claim_id", "sku", "drug", "quantity", "days_supply", "daily_dose", "amount_fen",
	"campaign", "attributes", "measurements", "value", "unit", "context",
	"msgid", "action", "from", "tolist", "roomid", "msgtime", "msgtype", "time", "user", // WeCom
	"content", "info", "mixed", "chatrecord", "item", "revoke", "pre_msgid",
	"agree", "disagree", "userid", "agree_time", "disagree_time",
	"utterances", "i", // dialogues
	"table", "row", "newest", "first", "death", "repeat", // Synthea
	"Id", "BIRTHDATE", "DEATHDATE", "GENDER",
	"START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "DISPENSES",
}

// place is one open bracket on the way to a position: the name or the index that is being read in it.
type place struct {
	isObject, hasName bool
	name              string
	index             int
}

// pathAt names the field of a JSON value that holds a byte position: "items[0].sku". It runs only when
// a record is refused. A name that no format has is written as "*", since names too come from outside
// and may be a telephone number. It returns "" for the value as a whole and when the JSON breaks earlier.
func pathAt(value []byte, position int) string {
	tokens := json.NewDecoder(bytes.NewReader(value))
	tokens.UseNumber()
	var places []place
	for {
		token, err := tokens.Token()
		if err != nil {
			return ""
		}
		isHere := tokens.InputOffset() > int64(position)
		switch delim, isDelim := token.(json.Delim); {
		case isDelim && (delim == '{' || delim == '['):
			if isHere {
				return pathOf(places)
			}
			places = append(places, place{isObject: delim == '{'})
			continue
		case isDelim:
			places = places[:len(places)-1]
		case isName(places):
			top := &places[len(places)-1]
			top.name, top.hasName = token.(string), true
			if isHere {
				return pathOf(places)
			}
			continue
		}
		if isHere {
			return pathOf(places)
		}
		closeValue(places)
	}
}

func isName(places []place) bool {
	return len(places) > 0 && places[len(places)-1].isObject && !places[len(places)-1].hasName
}

// closeValue moves the innermost bracket on to its next name or index.
func closeValue(places []place) {
	if len(places) > 0 {
		top := &places[len(places)-1]
		top.hasName = false
		top.index++
	}
}

func pathOf(places []place) string {
	path := ""
	for _, p := range places {
		switch {
		case !p.isObject:
			path += "[" + strconv.Itoa(p.index) + "]"
		case slices.Contains(fieldNames, p.name) || slices.Contains(attributeNames, p.name):
			path = join(path, p.name)
		default:
			path = join(path, "*")
		}
	}
	return path
}
