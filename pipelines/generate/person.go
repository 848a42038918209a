package generate

import (
	"math"
)

// person is what is known of an invented person; small, because all of them are held while records are
// written out.
type person struct {
	no        uint32 // 1 …
	line      uint8
	source    uint8
	tier      uint8
	relation  uint8 // who writes: 0 the patient, else an index into relations
	female    bool
	birthYear int16
	staff     uint16 // owner, index + 1; 0 before the person is a friend
	drugs     [2]int16
	group     uint8
	stage     uint8 // ARCO or TNM 1 to 4; control state
	cause     uint8 // index into causes, receptors or so of the line
	side      uint8
	smoking   uint8
	alcohol   uint8
	family    uint8 // index into families of the line
	menopause bool
	allergy   uint8
}

var (
	relations = [...]string{"self", "daughter", "son", "spouse", "sibling"}
	smokings  = [...]string{"never", "former", "current"}
	alcohols  = [...]string{"none", "some", "heavy"}
	causes    = [...]string{"steroid", "alcohol", "trauma", "idiopathic"}
	sides     = [...]string{"left", "right", "both"}
	receptors = [...]string{"hr_pos", "her2_pos", "tnbc", "hr_pos_her2_pos"}
	allergies = [...]string{"none", "penicillin", "cephalosporin", "sulfonamide"}
	families  = [...]string{"none", "htn", "dm", "early_cvd", "breast_cancer"}
	romans    = [...]string{"", "I", "II", "III", "IV"}
)

// born draws the person: line, sex, age, city, habits, and the traits that drive the rest of the life.
func (l *life) born() {
	p := &l.p
	p.line = uint8(l.pick(l.g.weights))
	r := l.rates()
	p.female = l.chance(r.female)
	age := int(r.ageMean + r.ageSD*l.rng.NormFloat64())
	year, _, _ := civil(l.g.endDay)
	p.birthYear = int16(year - min(max(age, r.ageMin), r.ageMax))
	p.tier = uint8(1 + l.pick([]float64{0.20, 0.38, 0.42}))
	p.source = uint8(l.pickSource())
	p.drugs = [2]int16{-1, -1}
	p.group = uint8(1 + l.rng.IntN(6))
	l.habits()
	l.illness()
	l.engagement = math.Exp(0.55*l.rng.NormFloat64() - 0.15)
	l.lateness = math.Exp(0.45 * l.rng.NormFloat64())
	l.isSteady = l.chance(r.steady)
	l.hasMeter = l.chance(r.meter)
	l.vital = 1 + 0.07*l.rng.NormFloat64()
}

func (l *life) pickSource() int {
	weights := [len(sources)]float64{}
	for i, s := range sources {
		weights[i] = s.weight
	}
	return l.pick(weights[:])
}

// habits draws what the profile form asks; men smoke and drink more.
func (l *life) habits() {
	p := &l.p
	p.smoking = uint8(l.pick([]float64{0.45, 0.20, 0.35}))
	p.alcohol = uint8(l.pick([]float64{0.45, 0.40, 0.15}))
	if p.female {
		p.smoking = uint8(l.pick([]float64{0.96, 0.02, 0.02}))
		p.alcohol = uint8(l.pick([]float64{0.85, 0.14, 0.01}))
	}
	p.family = uint8(l.pick([]float64{0.62, 0.17, 0.12, 0.05, 0.04}))
	p.allergy = uint8(l.pick([]float64{0.90, 0.06, 0.03, 0.01}))
	if l.chance(0.17) {
		p.relation = uint8(1 + l.pick([]float64{0.40, 0.25, 0.28, 0.07}))
	}
}

// illness draws the stage and the cause, which do not change in the window except by control.
func (l *life) illness() {
	p := &l.p
	year, _, _ := civil(l.g.endDay)
	p.stage = uint8(1 + l.pick([]float64{0.17, 0.40, 0.28, 0.15}))
	p.side = uint8(l.rng.IntN(len(sides)))
	switch l.code() {
	case "onfh":
		p.cause = uint8(l.pick([]float64{0.40, 0.32, 0.14, 0.14}))
		if p.cause == 1 {
			p.alcohol = 2
		}
	case "bc":
		p.stage = uint8(1 + l.pick([]float64{0.33, 0.40, 0.20, 0.07}))
		p.cause = uint8(l.pick([]float64{0.66, 0.10, 0.10, 0.14}))
		p.menopause = year-int(p.birthYear) >= 51
	}
}
