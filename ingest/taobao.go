package ingest

import "encoding/json"

// taobaoTrade is one trade of Taobao's or Alihealth's trade interface. Names and addresses are not read.
type taobaoTrade struct {
	TID            scalar          `json:"tid"`
	Status         scalar          `json:"status"`
	Payment        scalar          `json:"payment"`
	PostFee        scalar          `json:"post_fee"`
	Created        scalar          `json:"created"`
	PayTime        scalar          `json:"pay_time"`
	EndTime        scalar          `json:"end_time"`
	Modified       scalar          `json:"modified"`
	BuyerOpenUID   scalar          `json:"buyer_open_uid"`
	OAID           scalar          `json:"oaid"`
	ReceiverMobile scalar          `json:"receiver_mobile"`
	RxID           scalar          `json:"rx_id"`
	Orders         json.RawMessage `json:"orders"`
}

// taobaoLine is one line of a trade.
type taobaoLine struct {
	OID          scalar `json:"oid"`
	OuterSKUID   scalar `json:"outer_sku_id"`
	OuterIID     scalar `json:"outer_iid"`
	NumIID       scalar `json:"num_iid"`
	Title        scalar `json:"title"`
	Num          scalar `json:"num"`
	Price        scalar `json:"price"`
	RefundStatus scalar `json:"refund_status"`
}

// DecodeTaobao reads one trade of Taobao or Alihealth in one of its states (docs/formats/taobao.md), bare
// or under "trade". It emits one event, and another for lines that were paid back out of a trade that goes on.
func DecodeTaobao(rec *Record, emit func(*Event)) error {
	events, reject := decodeTaobao(rec.Value)
	if reject != nil {
		return reject
	}
	for _, event := range events {
		emit(event)
	}
	return nil
}

func decodeTaobao(value []byte) ([]*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var wrapped struct {
		Trade json.RawMessage `json:"trade"`
	}
	if reject := unmarshal(value, &wrapped); reject != nil {
		return nil, reject
	}
	if len(wrapped.Trade) == 0 {
		return taobaoEvents(value)
	}
	if reject := checkValue(wrapped.Trade); reject != nil {
		return nil, reject.nested("trade")
	}
	events, reject := taobaoEvents(wrapped.Trade)
	return events, reject.nested("trade")
}

func taobaoEvents(value []byte) ([]*Event, *Reject) {
	var wire taobaoTrade
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	reject := first(wire.TID.required("tid"), wire.Status.required("status"), wire.Modified.optional("modified"),
		wire.RxID.optional("rx_id"))
	if reject != nil {
		return nil, reject
	}
	whole := &order{source: sourceTaobao, channel: kindTaobao, id: string(wire.TID)}
	refunded := &order{source: sourceTaobao, channel: kindTaobao, id: string(wire.TID)}
	if reject := first(wire.people(whole, refunded), wire.lines(whole, refunded)); reject != nil {
		return nil, reject
	}
	return wire.events(whole, refunded)
}

// events makes the event of the state, and one that undoes the lines that were paid back.
func (w *taobaoTrade) events(whole, refunded *order) ([]*Event, *Reject) {
	kind, field, value := w.state()
	at, reject := value.platformTime(field)
	if reject != nil {
		return nil, reject
	}
	id := whole.id + "-" + hashID("taobao", whole.id, string(w.Status), string(w.Modified))
	if kind == "" {
		return []*Event{whole.activity("order_created", id, at)}, nil
	}
	events := []*Event{whole.event(kind, id, at)}
	if len(refunded.items) > 0 && kind != Cancelled && kind != Returned {
		at, reject := firstOf(w.Modified, value).platformTime("modified")
		if reject != nil {
			return nil, reject
		}
		events = append(events, refunded.event(Returned, id+"-refund", at))
	}
	for _, event := range events {
		event.Prescription.RxID = string(w.RxID)
	}
	return events, nil
}

// state is what the trade is now, by Taobao's words or Alihealth's numbers, and when that was.
func (w *taobaoTrade) state() (kind, field string, at scalar) {
	switch w.Status {
	case "TRADE_CLOSED_BY_TAOBAO":
		return Cancelled, "modified", firstOf(w.Modified, w.EndTime, w.Created)
	case "TRADE_CLOSED", "8":
		if w.PayTime == "" {
			return Cancelled, "modified", firstOf(w.Modified, w.EndTime, w.Created)
		}
		return Returned, "modified", firstOf(w.Modified, w.EndTime, w.PayTime)
	case "TRADE_FINISHED", "6":
		if w.EndTime != "" {
			return Dispensed, "end_time", w.EndTime
		}
	}
	if w.PayTime == "" {
		return "", "created", w.Created
	}
	return Paid, "pay_time", w.PayTime
}

// people reads the buyer. An oaid is of one receiver in one shop and is a link like a telephone number.
func (w *taobaoTrade) people(orders ...*order) *Reject {
	if reject := first(w.BuyerOpenUID.optional("buyer_open_uid"), w.OAID.optional("oaid")); reject != nil {
		return reject
	}
	links := link(nil, kindTaobao, w.BuyerOpenUID)
	links = link(links, kindOAID, w.OAID)
	links = phoneLink(links, w.ReceiverMobile)
	if len(links) == 0 {
		return missing("buyer_open_uid")
	}
	for _, o := range orders {
		o.patient, o.links = links[0], links[1:]
	}
	return nil
}

// lines reads the lines, which are a list, or a list under "order".
func (w *taobaoTrade) lines(whole, refunded *order) *Reject {
	lines, reject := w.orders()
	if reject != nil {
		return reject
	}
	for i := range lines {
		item, reject := lines[i].item()
		if reject != nil {
			return reject.in("orders", i)
		}
		whole.add(string(lines[i].OID), item)
	}
	paid, badPayment := w.Payment.fen("payment")
	post, badPost := w.PostFee.fen("post_fee")
	if reject := first(badPayment, badPost); reject != nil {
		return reject
	}
	if w.Payment != "" {
		whole.share(max(0, paid-post))
	}
	for i := range lines {
		if lines[i].RefundStatus == "SUCCESS" {
			refunded.items = append(refunded.items, whole.items[i])
		}
	}
	return nil
}

func (w *taobaoTrade) orders() ([]taobaoLine, *Reject) {
	var plain struct {
		Orders []taobaoLine `json:"orders"`
	}
	var wrapped struct {
		Order []taobaoLine `json:"order"`
	}
	if len(w.Orders) > 0 && w.Orders[0] == '{' {
		if reject := unmarshal(w.Orders, &wrapped); reject != nil {
			return nil, reject.nested("orders")
		}
		plain.Orders = wrapped.Order
	} else if len(w.Orders) > 0 {
		if strict.Unmarshal(w.Orders, &plain.Orders) != nil {
			return nil, badValue("orders", "another JSON type, or a number out of range")
		}
	}
	if len(plain.Orders) == 0 {
		return nil, missing("orders")
	}
	return plain.Orders, count("orders", len(plain.Orders))
}

// item reads a line. The article number is the shop's own, else that of Taobao.
func (l *taobaoLine) item() (Item, *Reject) {
	sku := firstOf(l.OuterSKUID, l.OuterIID, l.NumIID)
	quantity, badNum := l.Num.number("num", maxQuantity)
	price, badPrice := l.Price.fen("price")
	reject := first(l.OID.required("oid"), sku.required("outer_sku_id"), l.Title.optional("title"),
		l.RefundStatus.optional("refund_status"), badNum, badPrice)
	if reject == nil && quantity == nil {
		reject = missing("num")
	}
	if reject != nil {
		return Item{}, reject
	}
	return Item{SKU: string(sku), Drug: string(l.Title), Quantity: *quantity, AmountFen: amountOf(price, *quantity)}, nil
}
