package transform

import (
	"phdp/ingest"
)

// Reading is a number with its unit that a text reports.
type Reading struct {
	Kind    string
	Value   float64
	Unit    string
	Context string // fasting, after_meal or ""
	Mention string // the number as it is written
	Start   int    // in characters
	End     int
}

// quantity is one kind of measurement: its unit in the lake and what is plausible for a person.
type quantity struct {
	kind, unit string
	low, high  float64
}

// Indexes of quantities.
const (
	qNone = iota
	qSystolic
	qDiastolic
	qPressure // either: a pair, or the upper value alone
	qGlucose
	qHbA1c
	qTemperature
	qWeight
	qHeight
	qBMI
	qHeartRate
	qVAS
	qHarris
	qLDL
	qEGFR
	qUACR
	qALT
	qTScore
	qLVEF
	qPHQ9
)

var quantities = [...]quantity{
	qSystolic:    {"bp_systolic", "mmHg", 60, 280},
	qDiastolic:   {"bp_diastolic", "mmHg", 30, 180},
	qPressure:    {"bp_systolic", "mmHg", 60, 280},
	qGlucose:     {"glucose", "mmol/L", 1, 40},
	qHbA1c:       {"hba1c", "%", 3, 20},
	qTemperature: {"temperature", "°C", 34, 43},
	qWeight:      {"weight", "kg", 2, 300},
	qHeight:      {"height", "cm", 40, 230},
	qBMI:         {"bmi", "kg/m2", 10, 70},
	qHeartRate:   {"heart_rate", "bpm", 25, 250},
	qVAS:         {"vas", "score", 0, 10},
	qHarris:      {"harris", "score", 0, 100},
	qLDL:         {"ldl", "mmol/L", 0.2, 20},
	qEGFR:        {"egfr", "mL/min/1.73m2", 1, 200},
	qUACR:        {"uacr", "mg/g", 0, 10000},
	qALT:         {"alt", "U/L", 1, 5000},
	qTScore:      {"tscore", "SD", -8, 6},
	qLVEF:        {"lvef", "%", 5, 90},
	qPHQ9:        {"phq9", "score", 0, 27},
}

func (q *quantity) plausible(v float64) bool { return v >= q.low && v <= q.high }

// Contexts of glucose.
const (
	contextFasting   = "fasting"
	contextAfterMeal = "after_meal"
)

// mgPerMmol converts glucose: 1 mmol/L is 18.0182 mg/dL.
const mgPerMmol = 18.0182

// Measurements returns the numbers with a meaning that a text reports: what was measured, in the order of the text,
// then doses, frequencies and durations. Limits and goals (高于140, 控制在7以下) and implausible values are left out. Offsets refer to text as it is given.
func (t *Transformer) Measurements(text string) []Reading {
	sc := t.scratch.Get().(*scratch)
	defer t.scratch.Put(sc)
	if t.cleaner.look(text).clean {
		t.scanner.look(text, sc)
		return append([]Reading(nil), t.readings(text, sc)...)
	}
	var from []int32
	cleaned := t.cleaner.rewrite(text, &from)
	t.scanner.look(cleaned, sc)
	found := append([]Reading(nil), t.readings(cleaned, sc)...)
	runes := []rune(text)
	for i := range found {
		r := &found[i]
		r.Start = int(from[r.Start])
		r.End = int(from[r.End-1]) + 1
		r.Mention = string(runes[r.Start:r.End])
	}
	return found
}

// readings returns what is measured in clean text that the scanner has looked at, and then how drugs are taken; they are valid
// until sc is used again.
func (t *Transformer) readings(text string, sc *scratch) []Reading {
	sc.readings = sc.regimen.regimens(text, &sc.marks, t.meter.read(text, sc))
	return sc.readings
}

// unitFactors bring the units that sources use to the unit of the kind.
var unitFactors = map[string]map[string]float64{
	"glucose": {"mg/dl": 1 / mgPerMmol},
	"ldl":     {"mg/dl": 1 / 38.67},
	"weight":  {"斤": 0.5, "g": 0.001, "lb": 0.45359237},
	"height":  {"m": 100, "米": 100, "mm": 0.1},
	"uacr":    {"mg/mmol": 8.84},
	"lvef":    {"1": 100, "ratio": 100},
}

// normalMeasurement brings a measurement of a device or a form to the unit of its kind. Kinds and units
// that are not known stay as they are.
func normalMeasurement(m ingest.Measurement) Reading {
	r := Reading{Kind: normalKind(m.Kind), Value: m.Value, Unit: m.Unit, Context: normalKind(m.Context)}
	unit := foldName(m.Unit)
	if r.Kind == "temperature" && (unit == "°f" || unit == "f" || unit == "℉") {
		r.Value, r.Unit = round((m.Value-32)/1.8), "°C"
		return r
	}
	for i := range quantities {
		q := &quantities[i]
		if q.kind != r.Kind || i == qPressure {
			continue
		}
		if factor, ok := unitFactors[q.kind][unit]; ok {
			r.Value = round(m.Value * factor)
		} else if unit != "" && !sameUnit(unit, q) {
			return r
		}
		r.Unit = q.unit
	}
	return r
}

// unitNames are other spellings of the unit of a kind.
var unitNames = map[string][]string{
	"mmHg": {"毫米汞柱"}, "mmol/L": {"mmol", "毫摩尔每升"}, "°C": {"℃", "c", "度", "摄氏度", "oc"}, "kg": {"公斤", "千克"}, "cm": {"厘米", "公分"},
	"bpm": {"次/分", "次/分钟", "/min", "次"}, "score": {"分"}, "%": {"percent"}, "mL/min/1.73m2": {"ml/min", "ml/min/1.73m²"}, "U/L": {"iu/l", "u"}, "SD": {"sd", "分"},
}

func sameUnit(unit string, q *quantity) bool {
	if unit == foldName(q.unit) {
		return true
	}
	for _, name := range unitNames[q.unit] {
		if unit == name {
			return true
		}
	}
	return false
}

// round keeps four decimals, so that converted values do not carry the noise of the division.
func round(v float64) float64 {
	const places = 10000
	if v < 0 {
		return -round(-v)
	}
	return float64(int64(v*places+0.5)) / places
}
