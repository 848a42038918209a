package generate

// rates are the assumptions of the person's line.
func (l *life) rates() *lineRates { return &l.g.lines[l.p.line].rates }

// code is the person's line.
func (l *life) code() string { return l.g.lines[l.p.line].Code }

func (l *life) chance(p float64) bool { return l.rng.Float64() < p }

// between draws a whole number of [from, to].
func (l *life) between(from, to int) int { return from + l.rng.IntN(to-from+1) }

func (l *life) exp(mean float64) float64 { return l.rng.ExpFloat64() * mean }

// pick draws an index with the given weights.
func (l *life) pick(weights []float64) int {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	x := l.rng.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// when draws a moment of a day at which people are awake.
func (l *life) when(day int) int64 {
	hour := l.pick(hourWeights[:])
	return startOf(day) + int64(hour)*hourMS + int64(l.rng.IntN(hourMS))
}

// later draws a moment after another one: the same day for some, a mean of some days for all.
func (l *life) later(at int64, meanDays float64) int64 {
	days := int(l.exp(meanDays))
	if days == 0 {
		return at + int64(l.between(5, 90))*minuteMS
	}
	return max(l.when(dayOf(at)+days), at+5*minuteMS)
}

// working moves a moment into the care team's hours, 8:30 to 21:00.
func working(at int64) int64 {
	day := dayOf(at)
	open, shut := startOf(day)+8*hourMS+30*minuteMS, startOf(day)+21*hourMS
	switch {
	case at < open:
		return open + (at-startOf(day))/20
	case at > shut:
		return open + dayMS + (at-shut)/20
	}
	return at
}
