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
	"msg_id", "test", "msg", "tid", "status", "refund_state", "created", // Youzan
	"pay_time", "success_time", "update_time", "order_info", "yz_open_id", "outer_user_id", "buyer_phone",
	"buyer_info", "receiver_tel", "address_info", "orders", "full_order_info", "oid", "item_id",
	"item_no", "outer_sku_id", "title", "num", "payment",
	"orderId", "parentOrderId", "directParentOrderId", "orderPayment", "freightPrice", "orderState", // JD
	"orderStartTime", "paymentConfirmTime", "orderEndTime", "modified", "returnOrder", "open_id_buyer", "pin",
	"itemInfoList", "mobile", "consigneeInfo", "skuId", "outerSkuId", "skuName", "jdPrice",
	"itemTotal",
	"post_fee", "end_time", "buyer_open_uid", "oaid", "receiver_mobile", "outer_iid", "num_iid", // Taobao
	"price", "refund_status", "trade", "order",
	"create_time", "prescription_amount", "patient_id", "id_card", "phone", "sex", "age", // Alihealth
	"code", "diagnose_list", "patient_diagnostic", "drug_list", "drug_id", "drug_name", "total",
	"drug_usage_list", "dose_value", "measure_unit", "frequency_value", "frequency_unit", "days",
	"resourceType", "resource", "entry", "system", "display", "coding", "reference", // FHIR
	"identifier", "intent", "medication", "medicationCodeableConcept", "medicationReference", "subject", "versionId",
	"lastUpdated", "meta", "contained", "reasonCode", "authoredOn", "authorizingPrescription", "daysSupply",
	"whenPrepared", "whenHandedOver", "expectedSupplyDuration", "dispenseRequest",
	"messageId", "userId", "anonymousId", "previousId", "disease_line", "groupId", "event", "timestamp", // Segment
	"originalTimestamp", "sentAt", "receivedAt", "properties", "traits", "name", "source",
	"errcode", "external_contact_list", "external_userid", "unionid", "gender", "external_contact", "follow_user", // WeCom contacts
	"follow_info", "createtime", "tags", "tag_id", "remark_mobiles", "add_way", "state",
	"Event", "ChangeType", "UserID", "ExternalUserID", "State", "Source", "CreateTime", // WeCom callbacks
	"status_change_time", "exteranalopenid", "externalopenid", "agree_status", "agreeinfo", // WeCom consent
	"specversion", "datacontenttype", "data", "data_base64", // CloudEvents
	"fault",              // CSV
	"labels", "chatdata", // chats
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
