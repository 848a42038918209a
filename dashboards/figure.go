package dashboards

// chart is what the browser draws; dashboards/web/src/charts.ts turns it into ECharts options in the colours
// of the theme. It holds numbers and labels only.
type chart struct {
	Kind       string      `json:"kind"` // trend, bars, intervals, steps, supply, points
	Unit       string      `json:"unit"` // ratio, percent, count, days or the unit of a measurement
	Categories []string    `json:"categories,omitempty"`
	Series     []chartLine `json:"series,omitempty"`
	Spans      []chartSpan `json:"spans,omitempty"`
	Threshold  *float64    `json:"threshold,omitempty"`
	Bands      []chartBand `json:"bands,omitempty"`
	Range      []string    `json:"range,omitempty"` // first and last day of a time axis
	Names      [2]string   `json:"names"`           // of the x and y axis
	Split      int         `json:"split,omitempty"` // bars: index from which values are at goal
	Links      []string    `json:"links,omitempty"` // one per category: where a click leads
}

// chartLine is one series; Lower and Upper are the ends of an interval where there is one.
type chartLine struct {
	Name   string       `json:"name"`
	Values []*float64   `json:"values,omitempty"`
	Lower  []*float64   `json:"lower,omitempty"`
	Upper  []*float64   `json:"upper,omitempty"`
	Counts []string     `json:"counts,omitempty"` // for the tooltip: "123/195"
	Points []chartPoint `json:"points,omitempty"`
}

// chartPoint is a value at a time.
type chartPoint struct {
	At    string  `json:"at"`
	Value float64 `json:"value"`
}

// chartSpan is a stretch of days on a row of categories.
type chartSpan struct {
	Row   int    `json:"row"`
	Start string `json:"start"`
	End   string `json:"end"`
	Label string `json:"label"`
}

// chartBand is a range of values that is the goal.
type chartBand struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// table is the same numbers as a chart, to read. The first column of a row is its heading.
type table struct {
	Head []string
	Rows [][]string
	Text int // so many columns from the left are text, the others numbers
}

// figure is a chart with what belongs to it: a title, one sentence that reads it, its definition, its table.
type figure struct {
	ID, Title, Reading string
	Definition         definition
	Chart              chart
	Table              table
	Small              bool
	Empty              string // why there is nothing to draw
}

func value(x float64) *float64 { return &x }
