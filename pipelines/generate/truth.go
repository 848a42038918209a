package generate

import "phdp/ingest"

// Truth is what the records should be found to say. It is computed from the lives, never from the records.
// Sex and birth year are there only for people who told them in a form.
type Truth struct {
	Persons     []Identity
	Patients    []Patient
	Fills       []Fill
	Adherence   []Adherence
	Reasons     []Reason
	Journey     []Step
	Planted     []Planted
	Assignments []Assignment
	Counts      []Count
}

// Identity is one identifier of a person that stands on at least one sound record; phones in 11 digits.
type Identity struct {
	PersonNo int
	Line     string
	Kind     string
	ID       ingest.PatientID
}

// Patient is one person. Owner is empty for people who are no friend of a care worker, never or no longer.
// DoNotContact holds for those who asked not to be contacted and for those who removed the care worker.
type Patient struct {
	PersonNo     int
	Line         string
	Sex          string // male, female, or "" when no record says it
	BirthYear    int    // 0 when no record says it
	Channel      string
	Owner        string
	Consent      string // to the service: granted, refused, withdrawn, missing
	FirstContact Date   // day of the first and the last event of any kind
	LastContact  Date
	DoNotContact bool
}

// Fill is one drug line that was paid or dispensed, undone by a return or a cancellation or not.
type Fill struct {
	PersonNo   int
	ClaimID    string
	Date       Date
	Drug       string
	DrugClass  string
	DaysSupply int
	Undone     bool
}

// Adherence is the proportion of days covered of one person and class in one period (r180, r365). A
// combination counts for each of its ingredients, in the ingredient's class.
type Adherence struct {
	PersonNo      int
	DrugClass     string
	PeriodCode    string
	PeriodStart   Date
	PeriodEnd     Date
	CoveredDays   int
	TreatmentDays int
	IsEligible    bool
	IsAdherent    bool // false as well when not eligible; the file leaves it empty then
}

// Reason is a reason for stopping that a person told in the chats, and the day of the telling.
type Reason struct {
	PersonNo  int
	StoppedOn Date
	Reason    string
}

// Step is a step of the funnel that a person reached after all earlier ones.
type Step struct {
	PersonNo    int
	StepCode    string
	ReachedDate Date
}

// Planted is a personal value in the text of a chat event.
type Planted struct {
	EventID string
	Kind    string
	Value   string
}

// Count is one number about the records.
type Count struct {
	Name  string
	Value int
}

// Truth lives the lives and says what is true about them.
func (g *Generator) Truth() Truth {
	var t Truth
	stats := newStats()
	l, other := g.newLife(), g.newLife()
	other.inOtherArm = true
	for no := 1; no <= g.cfg.Patients; no++ {
		l.live(uint32(no))
		stats.add(l.events)
		t.addPerson(l)
		t.addFills(l)
		t.addAdherence(l)
		t.addJourney(l)
		t.addChats(l)
		t.addExperiment(l, other)
	}
	t.Counts = stats.counts()
	return t
}

func (t *Truth) addPerson(l *life) {
	g, no := l.g, l.p.no
	code := l.code()
	first, last := noDay, 0
	hasForm, isGone := false, false
	var used idSet
	for i := range l.events {
		e := &l.events[i]
		if e.fault != sound {
			continue
		}
		first, last = min(first, dayOf(e.at)), max(last, dayOf(e.at))
		hasForm = hasForm || e.kind == actSubmitForm
		isGone = isGone || e.kind == actDelFriend
		used |= e.links.with(e.who)
	}
	for k := range idKinds {
		if used.has(k) {
			id := ingest.PatientID(g.appendID(nil, k, no))
			t.Persons = append(t.Persons, Identity{PersonNo: int(no), Line: code, Kind: idNames[k], ID: id})
		}
	}
	p := Patient{PersonNo: int(no), Line: code, Channel: sources[l.p.source].name, Consent: consentNames[l.truth.consent],
		FirstContact: Date(first), LastContact: Date(last), DoNotContact: l.truth.isDoNotContact || isGone}
	if l.p.staff > 0 && !isGone {
		p.Owner = g.staff[l.p.staff-1].id
	}
	if hasForm {
		p.Sex, p.BirthYear = "male", int(l.p.birthYear)
		if l.p.female {
			p.Sex = "female"
		}
	}
	t.Patients = append(t.Patients, p)
}

func (t *Truth) addFills(l *life) {
	for _, f := range l.truth.fills {
		drug := &l.g.drugs[l.g.products[f.product].drug]
		claim := string(appendClaimID(nil, rxPaid, f.channel, l.p.no, f.number, int(f.item)))
		t.Fills = append(t.Fills, Fill{PersonNo: int(l.p.no), ClaimID: claim, Date: Date(f.day), Drug: drug.Code,
			DrugClass: drug.Class, DaysSupply: f.days, Undone: f.undone})
	}
}

// periods are the rolling periods of the truth, in days ending with the last day of the window.
var periods = [...]struct {
	code string
	days int
}{{"r180", 180}, {"r365", 365}}

func (t *Truth) addAdherence(l *life) {
	g := l.g
	for _, class := range g.lines[l.p.line].DrugClasses {
		supply := l.supplyOf(class.Code)
		if len(supply) == 0 {
			continue
		}
		for _, period := range periods {
			start := g.endDay - period.days + 1
			r, ok := adherence(supply, start, g.endDay, l.truth.exitDay, class.AdherenceThreshold)
			if !ok {
				continue
			}
			t.Adherence = append(t.Adherence, Adherence{PersonNo: int(l.p.no), DrugClass: class.Code, PeriodCode: period.code,
				PeriodStart: Date(start), PeriodEnd: Date(g.endDay), CoveredDays: r.covered, TreatmentDays: r.treatment,
				IsEligible: r.isEligible, IsAdherent: r.isEligible && r.isAdhere})
		}
	}
}

// supplyOf is the supply of a class, or of all with "", by ingredient: a combination counts for each of its ingredients.
func (l *life) supplyOf(class string) []supplied {
	var supply []supplied
	for _, f := range l.truth.fills {
		if f.undone {
			continue
		}
		for _, i := range l.g.drugs[l.g.products[f.product].drug].ingredients {
			if class == "" || l.g.drugs[i].Class == class {
				supply = append(supply, supplied{drug: i, day: f.day, days: f.days})
			}
		}
	}
	return supply
}

func (t *Truth) addChats(l *life) {
	for _, r := range l.truth.reasons {
		t.Reasons = append(t.Reasons, Reason{PersonNo: int(l.p.no), StoppedOn: Date(r.day), Reason: reasonNames[r.why]})
	}
	for _, p := range l.truth.planted {
		t.Planted = append(t.Planted, Planted{
			EventID: string(appendEventID(nil, chatPatient, l.p.no, p.seq)), Kind: plantNames[p.what],
			Value: string(l.g.appendPlanted(nil, p.what, l.p.no, p.seed)),
		})
	}
}

// counts are the numbers of counts.csv.
func (s *Stats) counts() []Count {
	counts := []Count{{"persons", s.Persons}}
	for _, stream := range streams {
		counts = append(counts, Count{"events_" + string(stream), s.Events[stream]})
	}
	for _, stream := range streams {
		counts = append(counts, Count{"records_" + string(stream), s.Records[stream]})
	}
	counts = append(counts, Count{"repeated", s.Repeated}, Count{"late", s.Late})
	total := 0
	for f := badJSON; f < faults; f++ {
		counts = append(counts, Count{"broken_" + faultNames[f], s.Broken[faultNames[f]]})
		total += s.Broken[faultNames[f]]
	}
	return append(counts, Count{"broken", total})
}
