package ingest

import "time"

// jdOrder is one order of JD's order interface. Names and addresses are not read.
type jdOrder struct {
	OrderID            scalar   `json:"orderId"`
	ParentOrderID      scalar   `json:"parentOrderId"`
	DirectParentID     scalar   `json:"directParentOrderId"`
	OrderPayment       scalar   `json:"orderPayment"`
	FreightPrice       scalar   `json:"freightPrice"`
	OrderState         scalar   `json:"orderState"`
	OrderStartTime     scalar   `json:"orderStartTime"`
	PaymentConfirmTime scalar   `json:"paymentConfirmTime"`
	OrderEndTime       scalar   `json:"orderEndTime"`
	Modified           scalar   `json:"modified"`
	ReturnOrder        scalar   `json:"returnOrder"`
	OpenIDBuyer        scalar   `json:"open_id_buyer"`
	Pin                scalar   `json:"pin"`
	ItemInfoList       []jdLine `json:"itemInfoList"`
	ConsigneeInfo      struct {
		Mobile scalar `json:"mobile"`
	} `json:"consigneeInfo"`
}

// jdLine is one line of an order.
type jdLine struct {
	SKUID      scalar `json:"skuId"`
	OuterSKUID scalar `json:"outerSkuId"`
	SKUName    scalar `json:"skuName"`
	JDPrice    scalar `json:"jdPrice"`
	ItemTotal  scalar `json:"itemTotal"`
}

// DecodeJD reads one order of JD in one of its states (docs/formats/jd.md). It emits the event of the
// state, and for a part of a split order another that cancels the claims of the order that was split.
func DecodeJD(rec *Record, emit func(*Event)) error {
	events, reject := decodeJD(rec.Value)
	if reject != nil {
		return reject
	}
	for _, event := range events {
		emit(event)
	}
	return nil
}

func decodeJD(value []byte) ([]*Event, *Reject) {
	if _, reject := inspect(value); reject != nil {
		return nil, reject
	}
	var wire jdOrder
	if reject := unmarshal(value, &wire); reject != nil {
		return nil, reject
	}
	reject := first(wire.OrderID.required("orderId"), wire.OrderState.required("orderState"),
		wire.ParentOrderID.optional("parentOrderId"), wire.DirectParentID.optional("directParentOrderId"),
		wire.ReturnOrder.optional("returnOrder"))
	if reject != nil {
		return nil, reject
	}
	modified, reject := wire.Modified.platformTime("modified")
	if reject != nil {
		return nil, reject
	}
	o := &order{source: sourceJD, channel: KindJD, id: string(wire.OrderID)}
	if reject := first(wire.people(o), wire.lines(o)); reject != nil {
		return nil, reject
	}
	event, reject := wire.event(o, modified)
	if reject != nil {
		return nil, reject
	}
	return append([]*Event{event}, wire.parents(o, modified)...), nil
}

// event makes the event of the state. A state that changes twice has two times of change and is two
// events, of the same claims on the same day: staging counts them once.
func (w *jdOrder) event(o *order, modified time.Time) (*Event, *Reject) {
	id := o.id + "-" + modified.Format("20060102150405")
	if w.ReturnOrder != "" && w.ReturnOrder != "0" {
		return o.activity("order_exchanged", id, modified), nil
	}
	switch w.OrderState {
	case "TRADE_CANCELED":
		return o.event(Cancelled, id, modified), nil
	case "FINISHED_L":
		at, reject := firstOf(w.OrderEndTime, w.PaymentConfirmTime, w.Modified).platformTime(w.endField())
		return o.event(Dispensed, id, at), reject
	case "LOCKED":
		return o.activity("order_locked", id, modified), nil
	case "POP_ORDER_PAUSE":
		return o.activity("order_paused", id, modified), nil
	}
	if !w.isPaid() {
		at, reject := firstOf(w.OrderStartTime, w.Modified).platformTime("orderStartTime")
		return o.activity("order_created", id, at), reject
	}
	at, reject := w.PaymentConfirmTime.platformTime("paymentConfirmTime")
	return o.event(Paid, id, at), reject
}

func (w *jdOrder) endField() string {
	switch {
	case w.OrderEndTime != "":
		return "orderEndTime"
	case w.PaymentConfirmTime != "":
		return "paymentConfirmTime"
	}
	return "modified"
}

// isPaid says whether the goods are paid while they are on their way. An order without a time of payment
// is paid at the door, and counts when it is finished.
func (w *jdOrder) isPaid() bool { return w.PaymentConfirmTime != "" }

// parents makes an event for each order that this one is a part of: it cancels the claims that the
// parent made for the same articles, also when the parent comes later. What counts is in the parts.
func (w *jdOrder) parents(o *order, modified time.Time) []*Event {
	var events []*Event
	for _, parent := range []scalar{w.DirectParentID, w.ParentOrderID} {
		isRepeat := len(events) > 0 && events[0].Prescription.OrderID == string(parent)
		if parent == "" || parent == "0" || string(parent) == o.id || isRepeat {
			continue
		}
		split := &order{source: o.source, channel: o.channel, id: string(parent), patient: o.patient, links: o.links}
		for i, item := range o.items {
			split.add(string(w.ItemInfoList[i].SKUID), item)
		}
		id := o.id + "-of-" + split.id + "-" + modified.Format("20060102150405")
		events = append(events, split.event(Cancelled, id, modified))
	}
	return events
}

// people reads the buyer and the telephone number when it is not masked.
func (w *jdOrder) people(o *order) *Reject {
	reject := first(w.OpenIDBuyer.optional("open_id_buyer"), w.Pin.optional("pin"))
	if reject != nil {
		return reject
	}
	links := link(nil, KindJD, w.OpenIDBuyer)
	links = link(links, kindJDPin, w.Pin)
	links = phoneLink(links, w.ConsigneeInfo.Mobile)
	if len(links) == 0 {
		return missing("open_id_buyer")
	}
	o.patient, o.links = links[0], links[1:]
	return nil
}

// lines reads the lines. What was paid for the goods is divided among them by their price.
func (w *jdOrder) lines(o *order) *Reject {
	if len(w.ItemInfoList) == 0 {
		return missing("itemInfoList")
	}
	if reject := count("itemInfoList", len(w.ItemInfoList)); reject != nil {
		return reject
	}
	for i := range w.ItemInfoList {
		item, reject := w.ItemInfoList[i].item()
		if reject != nil {
			return reject.in("itemInfoList", i)
		}
		o.add(string(w.ItemInfoList[i].SKUID), item)
	}
	paid, badPayment := w.OrderPayment.fen("orderPayment")
	freight, badFreight := w.FreightPrice.fen("freightPrice")
	if reject := first(badPayment, badFreight); reject != nil {
		return reject
	}
	if w.OrderPayment != "" {
		o.share(max(0, paid-freight))
	}
	return nil
}

// item reads a line. The article number is the shop's own, else that of JD.
func (l *jdLine) item() (Item, *Reject) {
	sku := firstOf(l.OuterSKUID, l.SKUID)
	quantity, badTotal := l.ItemTotal.number("itemTotal", maxQuantity)
	price, badPrice := l.JDPrice.fen("jdPrice")
	reject := first(l.SKUID.required("skuId"), sku.required("outerSkuId"), l.SKUName.optional("skuName"), badTotal, badPrice)
	if reject == nil && quantity == nil {
		reject = missing("itemTotal")
	}
	if reject != nil {
		return Item{}, reject
	}
	return Item{SKU: string(sku), Drug: string(l.SKUName), Quantity: *quantity, AmountFen: amountOf(price, *quantity)}, nil
}
