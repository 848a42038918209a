package transform

import "unicode/utf8"

// Traits of a rune, beside its class. The scanner notes them as it decodes a text, so that what reads numbers and
// regimens need not look at every character again.
const (
	traitNumber  runeInfo = 1 << (16 + iota) // of a number, or of what stands for one in a regimen
	traitTime                                // of a span of time
	traitCapital                             // A to Z
	traitStops                               // ends a sentence
	traitBegins                              // a regimen may begin with it
	traitMeasure                             // a digit, or of a number in Chinese of several characters
)

// learnTraits tells the automaton the traits of runes.
func (a *automaton) learnTraits() {
	for trait, runes := range map[runeInfo]string{
		traitNumber:  "半每隔各早十bBqQtT0123456789", // bid
		traitTime:    "天日晚早月年周期拜前次回bBqQtT",
		traitStops:   "!?;\n。！？；",
		traitBegins:  "早隔天睡每次停断吃服用喝打已半bBqQtT0123456789",
		traitMeasure: "百十点米0123456789",
	} {
		for _, r := range runes {
			a.learn(r, trait)
		}
	}
	for r := 'A'; r <= 'Z'; r++ {
		a.learn(r, traitCapital)
	}
	for r := rune(utf8.RuneSelf); r <= 0xffff; r++ {
		if spokenDigit(r) >= 0 {
			a.learn(r, traitNumber|traitBegins)
		}
	}
}
