package generate

// order holds one prescription event: up to two articles, a present beside them, and which of the items
// the event is about. It is packed into the three numbers of an event.
type order struct {
	products [2]int // into Generator.products, -1 for none
	packs    [2]int
	wording  wording
	hasGift  bool
	undoes   uint8 // bit 0 and 1: the items that a return or cancellation undoes
	number   int32 // of the order in the life, or of the prescription
}

// wording is how the source names the article.
type wording uint8

const (
	bySKU         wording = iota // the article number alone
	bySKUAndDays                 // and the days of supply
	byName                       // a name or brand and the days of supply
	byNameAndDose                // and the daily dose
	byBoth                       // article number and name
)

func (o order) pack(e event) event {
	e.a = int32(o.products[0]+1) | int32(o.products[1]+1)<<16
	gift := int32(0)
	if o.hasGift {
		gift = 1
	}
	e.b = int32(o.packs[0]) | int32(o.packs[1])<<8 | int32(o.wording)<<16 | gift<<20 | int32(o.undoes)<<22
	e.c = o.number
	return e
}

func unpack(e *event) order {
	return order{
		products: [2]int{int(e.a&0xffff) - 1, int(e.a>>16) - 1},
		packs:    [2]int{int(e.b & 0xff), int(e.b >> 8 & 0xff)},
		wording:  wording(e.b >> 16 & 0xf),
		hasGift:  e.b>>20&1 == 1,
		undoes:   uint8(e.b >> 22 & 3),
		number:   e.c,
	}
}

// prescribe writes an order to take the present regimen; it is not a fill.
func (l *life) prescribe(at int64) {
	if at < startOf(l.g.firstDay) {
		return
	}
	o := order{products: [2]int{-1, -1}, wording: byNameAndDose, number: l.treated.orders}
	l.treated.orders++
	for i, d := range l.p.drugs {
		if d >= 0 {
			o.products[i], o.packs[i] = l.article(d, 1)
		}
	}
	l.put(o.pack(event{kind: rxPrescribed, at: at, who: idHospital, staff: l.p.staff, topic: chHospital}))
}

// article chooses an article of a drug and how many packs make about the given months.
func (l *life) article(drug int16, months int) (product, packs int) {
	of := l.g.drugs[drug].products
	product = of[l.rng.IntN(len(of))]
	days := max(1, l.g.products[product].days)
	return product, min(max(1, (30*months+days/2)/days), 14)
}

// order buys what is running out. It tells whether the first drug was bought and kept: some orders are
// cancelled within hours, some returned within days.
func (l *life) order(at int64) bool {
	t := &l.treated
	today := dayOf(at)
	o := order{products: [2]int{-1, -1}, number: t.orders}
	t.orders++
	months := 1
	if l.isSteady || l.chance(0.2) {
		months += l.pick(l.rates().packs[:])
	}
	if campaignOf(today) != "" && l.chance(0.5) {
		months++
	}
	for i, d := range l.p.drugs {
		if d >= 0 && (i == 0 || t.runOut[i] <= today+12 && l.chance(0.92)) {
			o.products[i], o.packs[i] = l.article(d, months)
		}
	}
	channel := t.channel
	if l.chance(0.2) && !t.isOutside {
		channel = uint16(l.pick(l.rates().channels[:]))
	}
	o.wording = l.wordingOf(channel)
	o.hasGift = channel <= chYouzan && l.chance(0.02)
	e := o.pack(l.orderEvent(at, channel))
	if !l.put(e) {
		return false
	}
	o.undoes = l.undo(at, o, e)
	l.supply(today, o, channel)
	return o.undoes&1 == 0
}

func (l *life) orderEvent(at int64, channel uint16) event {
	e := event{kind: rxPaid, at: at, who: channelIDs[channel], topic: channel}
	if channel >= chPharmacy {
		e.kind = rxDispensed
	}
	isFriend := l.friendDay <= dayOf(at)
	if channel == chWeComShop && !isFriend {
		e.who = idUnionID
	}
	if channel == chWeComShop && isFriend {
		e.staff = l.p.staff
	}
	if channel != chHospital && l.chance(0.5) {
		e.links = e.links.with(idPhone)
	}
	return e
}

func (l *life) wordingOf(channel uint16) wording {
	weights := [5][]float64{
		chWeComShop: {1, 0, 0, 0, 0.05},
		chYouzan:    {0.85, 0, 0, 0, 0.15},
		chJD:        {0.84, 0.04, 0.08, 0, 0.04},
		chPharmacy:  {0.1, 0.3, 0.55, 0.05, 0},
		chHospital:  {0, 0, 0.3, 0.7, 0},
	}
	return wording(l.pick(weights[channel]))
}

// undo writes the cancellation or the return of an order for some and says which items it takes away.
func (l *life) undo(at int64, o order, e event) uint8 {
	all := uint8(1)
	if o.products[1] >= 0 {
		all = 3
	}
	switch x := l.rng.Float64(); {
	case x < 0.012:
		o.undoes, e.kind, e.at = all, rxCancelled, at+int64(l.between(10, 600))*minuteMS
	case x < 0.034:
		o.undoes, e.kind, e.at = all, rxReturned, at+int64(l.between(3*24, 8*24))*hourMS
		if all == 3 && l.chance(0.4) {
			o.undoes = uint8(1 + l.rng.IntN(2))
		}
	default:
		return 0
	}
	e.links = 0
	if !l.put(o.pack(e)) {
		return 0
	}
	return o.undoes
}

// supply moves the end of supply and keeps the fills for the truth.
func (l *life) supply(today int, o order, channel uint16) {
	t := &l.treated
	for i, product := range o.products {
		if product < 0 {
			continue
		}
		undone := o.undoes>>i&1 == 1
		days := l.g.products[product].days * o.packs[i]
		l.truth.fills = append(l.truth.fills, fill{
			number: o.number, item: uint8(i + 1), channel: channel, day: today, product: product, days: days, undone: undone,
		})
		if undone {
			continue
		}
		from := max(today, t.runOut[i])
		t.runOut[i] = from + days
		if i == 0 {
			t.spans = append(t.spans, span{from, from + days - 1})
		}
	}
}
