package adherence

// Carry says how supply that is left over moves to the next event.
type Carry struct {
	OnlySameDrug bool // what is left is lost when the drug changes
	DosageChange bool // what is left is worth old dose / new dose
}

// use is what happens from one event to the next.
type use struct {
	start    Day
	interval float64 // days to the next event, of the last one to the end
	gap      float64 // days at the end of the interval without medicine
	carried  float64 // days of supply left from before
	supply   float64
}

// uses works out gaps with carry-over, in the order of the events; end closes the last interval.
func (c Carry) uses(events []Event, end Day, to []use) []use {
	carried := 0.0
	for i, e := range events {
		next := end
		if i+1 < len(events) {
			next = events[i+1].Day
		}
		u := use{start: e.Day, interval: float64(next - e.Day), carried: carried, supply: e.Supply}
		u.gap = u.interval - e.Supply - carried
		carried = 0
		if u.gap < 0 {
			carried, u.gap = -u.gap, 0
		}
		if i+1 < len(events) {
			carried = c.over(carried, e, events[i+1])
		}
		to = append(to, u)
	}
	return to
}

// over is what is left of carried supply at the next event.
func (c Carry) over(carried float64, from, to Event) float64 {
	switch {
	case c.OnlySameDrug && from.Drug != to.Drug:
		return 0
	case c.DosageChange:
		return carried * from.Dose / to.Dose
	}
	return carried
}

// apart works out gaps without carry-over.
func apart(events []Event, end Day, to []use) []use {
	for i, e := range events {
		next := end
		if i+1 < len(events) {
			next = events[i+1].Day
		}
		interval := float64(next - e.Day)
		to = append(to, use{start: e.Day, interval: interval, gap: max(0, interval-e.Supply), supply: e.Supply})
	}
	return to
}
