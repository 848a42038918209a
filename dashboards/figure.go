package dashboards

// chart is what the browser draws; dashboards/web/src/charts.ts turns it into ECharts options in the colours
// of the theme. It holds numbers and labels only.
type chart struct {
	Kind       string      `json:"kind"` // trend, bars, intervals, steps, supply, points, survival, lines, stacked, grouped, differences, sankey
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
	Flows      []chartFlow `json:"flows,omitempty"` // of a sankey, between categories
}

// chartFlow is how many go from one category to another.
type chartFlow struct {
	From  int   `json:"from"`
	To    int   `json:"to"`
	Count int64 `json:"count"`
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

	Links []string // where the first cell of each row leads; may be empty
}

// figure is a chart with what belongs to it: a title, one sentence that reads it, its definition, its table.
type figure struct {
	ID, Title, Reading string
	Definition         definition
	Chart              chart
	Table              table
	Small, Wide        bool
	Prose              bool   // the table is text to read, not numbers
	Empty              string // why there is nothing to draw
	Grid               *grid  // shaded cells in place of a chart
	Under              *table // what belongs to the chart and is always seen, like the number at risk
	SQL                string // the statement behind the numbers
	File               string // address of the numbers as CSV
}

// grid is a table of shaded cells.
type grid struct {
	Corner  string
	Columns []string
	Rows    []gridRow
}

type gridRow struct {
	Name, Note string
	Cells      []gridCell
}

// gridCell is a cell with a fraction under its number; its shade is from 0 to 8.
type gridCell struct {
	Text, Note, Link string
	Shade            int
}

// shade is the shade of a share of 1.
func shade(x float64) int { return min(8, max(0, int(x*8+0.5))) }

// rateRow is a group with a rate.
type rateRow struct {
	Name, Link string
	Rate       rate
	More       []string // further cells of the table
}

// rates fills a figure with a rate for each group, its interval and its counts.
func (f *figure) rates(name string, rows []rateRow) {
	f.Chart = chart{Kind: "intervals", Unit: "percent"}
	one := chartLine{Name: name}
	for _, x := range rows {
		lower, upper := x.Rate.Wilson()
		if x.Rate.Known() { // a group that is hidden is in the table only
			f.Chart.Categories, f.Chart.Links = append(f.Chart.Categories, x.Name), append(f.Chart.Links, x.Link)
			one.Values, one.Lower, one.Upper = append(one.Values, value(x.Rate.Value())), append(one.Lower, value(lower)), append(one.Upper, value(upper))
			one.Counts = append(one.Counts, formatInt(x.Rate.K)+"/"+formatInt(x.Rate.N))
		}
		f.Table.Rows = append(f.Table.Rows, append([]string{x.Name, formatShare(x.Rate), formatInterval(x.Rate), formatInt(x.Rate.K), formatInt(x.Rate.N)}, x.More...))
	}
	f.Chart.Series = []chartLine{one}
	if len(f.Chart.Categories) == 0 { // all are hidden
		f.Chart = chart{}
	}
}
func value(x float64) *float64 { return &x }
