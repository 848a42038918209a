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
	idKinds
)

var idNames = [idKinds]string{ingest.KindWeCom, ingest.KindUnionID, ingest.KindPhone, ingest.KindYouzan, ingest.KindJD,
	ingest.KindPharmacy, ingest.KindHospital, ingest.KindForm}

func (s idSet) has(k idKind) bool { return s&(1<<k) != 0 }

func (s idSet) with(k idKind) idSet { return s | 1<<k }

// appendID writes the identifier of one kind of a person. Nothing is stored: the number of the person and
// the seed give it, and the number inside keeps it unique.
func (g *Generator) appendID(b []byte, k idKind, no uint32) []byte {
	if k == idPhone {
		return g.appendPhone(b, no)
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
	idPrefix = [idKinds]string{"wmSYN", "oSYN", "", "yzSYN", "jdSYN", "88", "H", "f-"}
	idTail   = [idKinds]int{10, 10, 0, 6, 6, 0, 0, 4}
)

// appendPhone writes an invented mobile number: 1990 and seven digits that are different for each person.
func (g *Generator) appendPhone(b []byte, no uint32) []byte {
	const modulus = 10_000_000 // 7919 and 10^7 have no common factor, so numbers do not meet
	n := (uint64(no)*7919 + g.cfg.Seed%modulus) % modulus
	return appendPadded(append(b, "1990"...), int(n), 7)
}

// mix is splitmix64: a hash for seeds.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
