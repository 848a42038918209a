package ingest

import (
	"math/bits"
	"strconv"
	"time"
)

// order is what the orders of all shops have in common, after their checks.
type order struct {
	source  string
	channel string
	id      string // order number
	patient Identifier
	links   []Identifier
	items   []Item
}

// event makes the prescription event of a state of the order; id is unique for the state.
func (o *order) event(kind, id string, at time.Time) *Event {
	return &Event{
		ID: id, Type: kind, At: at, Source: o.source, Patient: o.patient, Links: o.links,
		Prescription: &Prescription{OrderID: o.id, Channel: o.channel, Items: o.items},
	}
}

// activity makes the event of a state in which nothing was bought yet: ordered, not paid.
func (o *order) activity(kind, id string, at time.Time) *Event {
	return &Event{
		ID: id, Type: kind, At: at, Source: o.source, Patient: o.patient, Links: o.links,
		Activity: &Activity{Channel: o.channel},
	}
}

// add puts a line behind the others. Its claim is the order and the line, so that every state of the
// order repeats the claim; a line number that is there twice gets a count behind it.
func (o *order) add(line string, item Item) {
	item.ClaimID = o.id + "-" + line
	for n := 2; o.has(item.ClaimID); n++ {
		item.ClaimID = o.id + "-" + line + "-" + strconv.Itoa(n)
	}
	o.items = append(o.items, item)
}

func (o *order) has(claim string) bool {
	for i := range o.items {
		if o.items[i].ClaimID == claim {
			return true
		}
	}
	return false
}

// share divides what was paid for all lines among them by their price, to the fen.
func (o *order) share(paid int64) {
	var price int64
	for i := range o.items {
		price += o.items[i].AmountFen
	}
	if price == 0 || paid > price {
		return // the prices stand; a payment above them has freight in it
	}
	var given, passed int64
	for i := range o.items {
		passed += o.items[i].AmountFen
		upTo := mulDiv(paid, passed, price)
		o.items[i].AmountFen = upTo - given
		given = upTo
	}
}

// mulDiv is a × b ÷ c for b ≤ c; the product may be above 64 bits.
func mulDiv(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	quotient, _ := bits.Div64(high, low, uint64(c))
	return int64(quotient)
}

// amountOf is price × quantity in fen, at most what an item may cost.
func amountOf(price int64, quantity float64) int64 {
	return int64(min(float64(price)*quantity+0.5, maxAmountFen))
}
