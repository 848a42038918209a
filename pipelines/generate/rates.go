package generate

// lineRates are the assumptions about one disease line; the package comment says where they come from.
type lineRates struct {
	weight  float64 // share of the population, relative
	female  float64
	ageMean float64
	ageSD   float64
	ageMin  int
	ageMax  int

	classes map[string]float64 // how often a class is prescribed
	second  float64            // has a second drug from the start
	packs   [3]float64         // buys for one, two, three months

	steady float64 // share of steady people; the others are unsteady
	lag    float64 // mean days that an unsteady person is late
	stop   float64 // stops at a refill
	back   float64 // comes back after stopping
	death  float64 // per year

	reasons  [reasonCount]float64
	channels [5]float64 // wecom_shop, youzan, jd, pharmacy, hospital
	meter    float64    // measures at home
	comorbid string     // a second diagnosis that some have, "" for none
}

// ratesOf returns the assumptions for a line, and middle ones for a line that is not known here.
func ratesOf(code string) lineRates {
	switch code {
	case "onfh":
		return onfhRates()
	case "htn":
		return htnRates()
	case "dm":
		return dmRates()
	case "bc":
		return bcRates()
	}
	r := htnRates()
	r.classes, r.comorbid = nil, ""
	return r
}

// Osteonecrosis: men of middle age (alcohol) and younger people on steroids; slow effect, own money.
func onfhRates() lineRates {
	return lineRates{
		weight: 0.26, female: 0.36, ageMean: 47, ageSD: 11, ageMin: 20, ageMax: 76,
		classes: map[string]float64{"onfh_tcm": 8, "onfh_bisphosphonate": 2, "onfh_vitamin_d": 2, "onfh_analgesic": 0.6},
		second:  0.25, packs: [3]float64{0.70, 0.22, 0.08},
		steady: 0.16, lag: 54, stop: 0.07, back: 0.42, death: 0.004,
		reasons:  [reasonCount]float64{price: 22, sideEffect: 8, noEffect: 30, forgot: 10, feelsBetter: 12, access: 5, fear: 3, surgery: 10},
		channels: [5]float64{45, 30, 15, 10, 0}, meter: 0.30,
	}
}

// Hypertension: no pain, so forgetting and feeling well are the reasons.
func htnRates() lineRates {
	return lineRates{
		weight: 0.34, female: 0.47, ageMean: 58, ageSD: 11, ageMin: 28, ageMax: 88,
		classes: map[string]float64{"htn_arb": 5, "htn_ccb": 5, "htn_acei": 1.5, "htn_bb": 2, "htn_diuretic": 1},
		second:  0.30, packs: [3]float64{0.60, 0.24, 0.16},
		steady: 0.27, lag: 50, stop: 0.055, back: 0.48, death: 0.010,
		reasons:  [reasonCount]float64{price: 12, sideEffect: 16, noEffect: 10, forgot: 22, feelsBetter: 28, access: 7, fear: 5},
		channels: [5]float64{30, 10, 28, 27, 5}, meter: 0.40, comorbid: "E11.9",
	}
}

// Diabetes: several drugs, some by injection, stomach trouble.
func dmRates() lineRates {
	return lineRates{
		weight: 0.26, female: 0.45, ageMean: 56, ageSD: 11, ageMin: 24, ageMax: 85,
		classes: map[string]float64{"dm_biguanide": 6, "dm_su": 1.6, "dm_agi": 1.6, "dm_dpp4": 2, "dm_sglt2": 2.6, "dm_tzd": 0.6, "dm_glp1": 1.2, "dm_insulin": 1.8},
		second:  0.42, packs: [3]float64{0.62, 0.24, 0.14},
		steady: 0.31, lag: 46, stop: 0.05, back: 0.50, death: 0.010,
		reasons:  [reasonCount]float64{price: 16, sideEffect: 24, noEffect: 14, forgot: 18, feelsBetter: 16, access: 7, fear: 5},
		channels: [5]float64{28, 10, 28, 28, 6}, meter: 0.40, comorbid: "I10",
	}
}

// Breast cancer: motivated, dear drugs from special pharmacies, hot flushes and joint pain.
func bcRates() lineRates {
	return lineRates{
		weight: 0.14, female: 0.995, ageMean: 52, ageSD: 10, ageMin: 27, ageMax: 80,
		classes: map[string]float64{"bc_ai": 6, "bc_serm": 3, "bc_cdk46": 1, "bc_gnrh": 1, "bc_anti_her2": 0.6},
		second:  0.28, packs: [3]float64{0.58, 0.26, 0.16},
		steady: 0.55, lag: 34, stop: 0.035, back: 0.52, death: 0.015,
		reasons:  [reasonCount]float64{price: 20, sideEffect: 40, noEffect: 3, forgot: 8, feelsBetter: 8, access: 10, fear: 9, surgery: 2},
		channels: [5]float64{14, 4, 14, 46, 22}, meter: 0.15,
	}
}

// A steady person mostly refills in time and is little late else; an unsteady one is late again and again,
// buys a month at most and stops twice as often.
const (
	steadyInTime   = 0.72
	unsteadyInTime = 0.08
	steadyLag      = 0.22 // of the line's lag
	steadyStop     = 0.6  // of the line's stop
	unsteadyStop   = 1.5
)

// source is how a person was found, and what follows from it.
type source struct {
	name   string
	weight float64
	friend float64 // adds a pharmacist
	addWay int     // WeCom's code of the way
	lead   idKind  // identifier of the first contact
}

// Channels with their share and the way from lead to friend: a doctor's word carries the most people on.
var sources = [...]source{
	{"doctor_qr", 0.30, 0.90, 1, idUnionID},
	{"public_ecom", 0.22, 0.72, 1, idJD},
	{"acq_link", 0.16, 0.76, 16, idUnionID},
	{"group", 0.12, 0.86, 4, idUnionID},
	{"referral", 0.10, 0.88, 3, idPhone},
	{"article", 0.10, 0.70, 10, idUnionID},
}

// Indexes of the channels that matter elsewhere.
const (
	doctorQR   = 0
	publicEcom = 1
)

// Chances of the later steps of the funnel, given the step before.
const (
	profileRate   = 0.86
	visitRate     = 0.84
	prescribeRate = 0.91
	firstFillRate = 0.86
	leaveRate     = 0.02 // leaves the programme, per year
	firstStop     = 1.8  // stopping is so much more likely at the first refill than later
	ecomFirstRate = 0.30 // of people from public shops who buy before they are known, and never see our doctor
)

// reason is why a person stops.
type reason uint8

const (
	price reason = iota
	sideEffect
	noEffect
	forgot
	feelsBetter
	access
	fear
	surgery
	reasonCount
)

var reasonNames = [reasonCount]string{"price", "side_effect", "no_effect", "forgot", "feels_better", "access", "fear", "surgery"}

// Rates of record faults.
const (
	repeatRate = 0.010
	lateRate   = 0.020
	brokenRate = 0.003
)
