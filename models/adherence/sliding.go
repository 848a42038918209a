package adherence

// Sliding computes a measure in windows of so many days that start every step days in the observation
// window: floor((observation - length) / step) + 1 of them, each an observation window of its own. False
// when the observation window leaves the follow-up window.
func (e *Engine) Sliding(m Measure, length, step int, events []Event) ([]WindowValue, bool) {
	followUp, observation, ok := e.Windows.of(events[0].Day)
	if !ok {
		return nil, false
	}
	followed := within(events, followUp)
	var values []WindowValue
	for start := 0; start+length <= observation.Length(); start += step {
		from := observation.Start + Day(start)
		span := Span{from, from + Day(length)}
		value := e.measure(m, followed, followUp.End, span)
		values = append(values, WindowValue{Window{start/step + 1, span}, value})
	}
	return values, true
}
