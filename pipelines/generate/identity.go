package generate

import "phdp/ingest"

// idKind is a kind of identifier; idSet is a set of them.
type (
	idKind uint8
	idSet  uint16
)

const (
	idWeCom idKind = iota
	idUnionID
	idPhone
	idYouzan
	idJD
	idPharmacy
	idHospital
	idForm

	// What makes people hard to tell apart; only links mention these.
	idFormerPhone   // an earlier number of the person
	idSecondWeCom   // a second account of the person, confirmed by a care worker
	idHousePhone    // one number of two people of a household
	idHouseShop     // one account in the shop of two people of a household
	idRecycledPhone // the former number of the person before, given out again
	idTablet        // the device of a care worker on which forms were filled in
	idKinds
)

var idNames = [idKinds]string{ingest.KindWeCom, ingest.KindUnionID, ingest.KindPhone, ingest.KindYouzan, ingest.KindJD,
	ingest.KindPharmacy, ingest.KindHospital, ingest.KindForm, ingest.KindPhone, ingest.KindWeCom, ingest.KindPhone,
	ingest.KindYouzan, ingest.KindPhone, "device"}

func (s idSet) has(k idKind) bool { return s&(1<<k) != 0 }

func (s idSet) with(k idKind) idSet { return s | 1<<k }

// appendID writes the identifier of one kind of a person. Nothing is stored: the number of the person and
// the seed give it, and the number inside keeps it unique.
func (g *Generator) appendID(b []byte, k idKind, no uint32) []byte {
	switch k {
	case idPhone:
		return g.appendPhone(b, no)
	case idFormerPhone:
		return appendPadded(append(b, "1991"...), int(no), 7)
	case idRecycledPhone:
		return appendPadded(append(b, "1991"...), int(no-1), 7)
	case idHousePhone:
		return appendPadded(append(b, "1992"...), int(no/2), 7)
	case idHouseShop:
		no /= 2
	case idTablet:
		no %= tablets
	}
	b = append(b, idPrefix[k]...)
	b = appendPadded(b, int(no), 7)
	h := mix(g.cfg.Seed ^ uint64(no)<<8 ^ uint64(k))
	for range idTail[k] {
		b = append(b, "0123456789abcdefghijkmnpqrstuvwx"[h&31])
		h >>= 5
	}
	return b
}

var (
	idPrefix = [idKinds]string{"wmSYN", "oSYN", "", "yzSYN", "jdSYN", "88", "H", "f-", "", "wmSYN", "", "yzSYN", "", "tabSYN"}
	idTail   = [idKinds]int{10, 10, 0, 6, 6, 0, 0, 4, 0, 10, 0, 6, 0, 0}
)

// appendPhone writes an invented mobile number: 1990 and seven digits that are different for each person.
func (g *Generator) appendPhone(b []byte, no uint32) []byte {
	const modulus = 10_000_000 // 7919 and 10^7 have no common factor, so numbers do not meet
	n := (uint64(no)*7919 + g.cfg.Seed%modulus) % modulus
	return appendPadded(append(b, "1990"...), int(n), 7)
}

const (
	tablets         = 5
	householdRate   = 0.06 // of pairs of neighbours in number: they share a phone or an account in the shop
	formerPhoneRate = 0.03
	secondWeComRate = 0.02
	tabletRate      = 0.02
)

// chanceOf draws once for a number and a purpose, apart from the draws of the lives: what it decides never
// changes a life.
func (g *Generator) chanceOf(purpose uint64, no uint32) float64 {
	return float64(mix(mix(g.cfg.Seed^purpose<<40)^uint64(no))>>11) / (1 << 53)
}

// shareIdentifiers adds to events what makes people hard to tell apart. A person without a form shares nothing.
func (l *life) shareIdentifiers() {
	g, no := l.g, l.p.no
	form, newest := -1, -1
	for i := range l.events {
		e := &l.events[i]
		switch {
		case e.who != idWeCom || e.kind.stream() != ingest.Activities:
		case e.kind == actSubmitForm:
			form = i
		case newest < 0 || e.at > l.events[newest].at:
			newest = i
		}
	}
	if form < 0 {
		return
	}
	links := &l.events[form].links
	switch x := g.chanceOf(1, no/2) / householdRate; {
	case x < 0.6:
		*links = links.with(idHousePhone)
	case x < 1:
		*links = links.with(idHouseShop)
	}
	if g.chanceOf(2, no) < formerPhoneRate {
		*links = links.with(idFormerPhone)
	}
	if no > 1 && g.chanceOf(2, no-1) < formerPhoneRate {
		*links = links.with(idRecycledPhone)
	}
	if g.chanceOf(3, no) < tabletRate {
		*links = links.with(idTablet)
	}
	if newest >= 0 && g.chanceOf(4, no) < secondWeComRate {
		l.events[newest].links = l.events[newest].links.with(idSecondWeCom)
	}
}

// mix is splitmix64: a hash for seeds.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
