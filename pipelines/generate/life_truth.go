package generate

// lifeTruth is what is known about one life beyond its events.
type lifeTruth struct {
	fills          []fill
	reasons        []stopReason
	planted        []planted
	consent        consent
	isDoNotContact bool
	exitDay        int // 0: neither died nor left
	exitKind       kind
}

// fill is one drug line that was paid or dispensed.
type fill struct {
	number  int32 // of the order
	item    uint8 // of the order, from 1
	channel uint16
	day     int
	product int // into Generator.products
	days    int
	undone  bool
}

// stopReason is a reason for stopping that the person told on a day.
type stopReason struct {
	day int
	why reason
}

// planted is a personal value in the text of an event.
type planted struct {
	seq  uint16
	seed uint32
	what plantKind
}

// consent is the state of the consent to the service.
type consent uint8

const (
	consentMissing consent = iota
	consentGranted
	consentRefused
	consentWithdrawn
)

var consentNames = [...]string{"missing", "granted", "refused", "withdrawn"}

func (t *lifeTruth) reset() {
	*t = lifeTruth{fills: t.fills[:0], reasons: t.reasons[:0], planted: t.planted[:0]}
}
