package ingest

import (
	"encoding/json"
	"net/url"
	"strings"
)

// youzanPush is the envelope of a message that Youzan pushes. Msg is URL-encoded JSON in a string, or the
// object itself.
type youzanPush struct {
	ID    scalar          `json:"id"`
	Type  scalar          `json:"type"`
	MsgID scalar          `json:"msg_id"`
	Test  scalar          `json:"test"`
	Msg   json.RawMessage `json:"msg"`
}

// youzanOrder is the body of a trade push. Names and addresses are not read.
type youzanOrder struct {
	FullOrderInfo struct {
		OrderInfo struct {
			TID         scalar `json:"tid"`
			Status      scalar `json:"status"`
			RefundState scalar `json:"refund_state"`
			Created     scalar `json:"created"`
			PayTime     scalar `json:"pay_time"`
			SuccessTime scalar `json:"success_time"`
			UpdateTime  scalar `json:"update_time"`
		} `json:"order_info"`
		BuyerInfo struct {
			YzOpenID    scalar `json:"yz_open_id"`
			OuterUserID scalar `json:"outer_user_id"`
			BuyerPhone  scalar `json:"buyer_phone"`
		} `json:"buyer_info"`
		AddressInfo struct {
			ReceiverTel scalar `json:"receiver_tel"`
		} `json:"address_info"`
		Orders []youzanLine `json:"orders"`
	} `json:"full_order_info"`
}

// youzanLine is one line of an order.
type youzanLine struct {
	OID      scalar `json:"oid"`
	ItemID   scalar `json:"item_id"`
	ItemNo   scalar `json:"item_no"`
	OuterSKU scalar `json:"outer_sku_id"`
	Title    scalar `json:"title"`
	Num      scalar `json:"num"`
	Payment  scalar `json:"payment"`
}

// Refund states of Youzan in which all of the order was paid back: as a number and, in older pushes, a word.
// 2 is a part of it, 1 and 11 are still asked for.
const (
	youzanAllRefunded     = "12"
	youzanAllRefundedWord = "FULL_REFUNDED"
)

// DecodeYouzan reads one message that Youzan pushes about an order (docs/formats/youzan.md). It emits one
// event: paid, dispensed, cancelled or returned, or an activity for an order that is not paid.
func DecodeYouzan(rec *Record, emit func(*Event)) error {
	event, reject := decodeYouzan(rec.Value)
	if reject != nil {
		return reject
	}
	emit(event)
	return nil
}

func decodeYouzan(value []byte) (*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var push youzanPush
	if reject := unmarshal(value, &push); reject != nil {
		return nil, reject
	}
	reject := first(push.Type.required("type"), push.MsgID.optional("msg_id"), push.ID.optional("id"))
	switch {
	case reject != nil:
		return nil, reject
	case push.Test == "true":
		return nil, badValue("test", "a trial push of the platform")
	case !strings.HasPrefix(string(push.Type), "trade_"):
		return nil, &Reject{ReasonUnknownType, "type", "not of an order"}
	}
	body, reject := push.body()
	if reject != nil {
		return nil, reject
	}
	var trade youzanOrder
	if reject := unmarshal(body, &trade); reject != nil {
		return nil, reject.nested("msg")
	}
	event, reject := trade.event(push.MsgID)
	return event, reject.nested("msg.full_order_info")
}

// body returns the JSON of the message, which is in a string, URL-encoded or not, or is an object.
func (p *youzanPush) body() ([]byte, *Reject) {
	body := []byte(p.Msg)
	if len(body) == 0 || string(body) == "null" {
		return nil, missing("msg")
	}
	if body[0] == '"' {
		var text string
		if err := json.Unmarshal(body, &text); err != nil {
			return nil, badValue("msg", "not a JSON object in a string")
		}
		if !strings.HasPrefix(strings.TrimSpace(text), "{") {
			plain, err := url.QueryUnescape(text)
			if err != nil {
				return nil, badValue("msg", "not URL-encoded")
			}
			text = plain
		}
		body = []byte(text)
	}
	if _, reject := inspect(body); reject != nil {
		return nil, reject.nested("msg")
	}
	return body, nil
}

// event makes the event of the state of the order.
func (t *youzanOrder) event(msgID scalar) (*Event, *Reject) {
	head := &t.FullOrderInfo.OrderInfo
	reject := first(head.TID.required("order_info.tid"), head.Status.required("order_info.status"),
		head.RefundState.optional("order_info.refund_state"))
	if reject != nil {
		return nil, reject
	}
	o := &order{source: sourceYouzan, channel: KindYouzan, id: string(head.TID)}
	if reject := first(t.people(o), t.lines(o)); reject != nil {
		return nil, reject
	}
	kind, field, at := t.state()
	when, reject := at.platformTime("order_info." + field)
	if reject != nil {
		return nil, reject
	}
	id := string(msgID)
	if id == "" {
		id = hashID("youzan", string(head.TID), string(head.Status), string(head.RefundState), string(head.UpdateTime))
	}
	if kind == "" {
		return o.activity("order_created", id, when), nil
	}
	return o.event(kind, id, when), nil
}

// state is what the order is now, and when that was. A shipped order is still the paid one at the time
// of its payment: a claim has one day for each of paid and dispensed, whatever else is pushed about it.
func (t *youzanOrder) state() (kind, field string, at scalar) {
	head := &t.FullOrderInfo.OrderInfo
	updated := func() (string, scalar) {
		if head.UpdateTime != "" || head.Created == "" {
			return "update_time", head.UpdateTime
		}
		return "created", head.Created
	}
	switch {
	case head.RefundState == youzanAllRefunded || head.RefundState == youzanAllRefundedWord:
		field, at = updated()
		return Returned, field, at
	case head.Status == "TRADE_CLOSED" || head.Status == "TRADE_CLOSE":
		field, at = updated()
		return Cancelled, field, at
	case head.Status == "TRADE_SUCCESS" && head.SuccessTime != "":
		return Dispensed, "success_time", head.SuccessTime
	case head.PayTime != "":
		return Paid, "pay_time", head.PayTime
	}
	return "", "created", head.Created
}

// people reads the buyer and the telephone numbers that are not masked.
func (t *youzanOrder) people(o *order) *Reject {
	buyer := &t.FullOrderInfo.BuyerInfo
	reject := first(buyer.YzOpenID.optional("buyer_info.yz_open_id"), buyer.OuterUserID.optional("buyer_info.outer_user_id"))
	if reject != nil {
		return reject
	}
	links := link(nil, KindYouzan, buyer.YzOpenID)
	links = link(links, kindOpenID, buyer.OuterUserID)
	links = phoneLink(links, buyer.BuyerPhone)
	links = phoneLink(links, t.FullOrderInfo.AddressInfo.ReceiverTel)
	if len(links) == 0 {
		return missing("buyer_info.yz_open_id")
	}
	o.patient, o.links = links[0], links[1:]
	return nil
}

// lines reads the lines of the order. The article number is the shop's own, else that of Youzan.
func (t *youzanOrder) lines(o *order) *Reject {
	lines := t.FullOrderInfo.Orders
	if len(lines) == 0 {
		return missing("orders")
	}
	if reject := count("orders", len(lines)); reject != nil {
		return reject
	}
	for i := range lines {
		l := &lines[i]
		sku := firstOf(l.OuterSKU, l.ItemNo, l.ItemID)
		quantity, badNum := l.Num.number("num", maxQuantity)
		amount, badPayment := l.Payment.fen("payment")
		reject := first(l.OID.required("oid"), sku.required("item_no"), l.Title.optional("title"), badNum, badPayment)
		if reject == nil && quantity == nil {
			reject = missing("num")
		}
		if reject != nil {
			return reject.in("orders", i)
		}
		o.add(string(l.OID), Item{SKU: string(sku), Drug: string(l.Title), Quantity: *quantity, AmountFen: amount})
	}
	return nil
}

// firstOf returns the first value that is there.
func firstOf(values ...scalar) scalar {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
