package dashboards

import (
	"slices"
	"strings"
)

// chart is what the browser draws; dashboards/web/src/charts.ts turns it into ECharts options in the colours
// of the theme. It holds numbers and labels only.
type chart struct {
	Kind       string      `json:"kind"` // trend, bars, intervals, steps, supply, points, survival, lines, stacked, grouped, differences, sankey, upset
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
	Rows       []string    `json:"rows,omitempty"`  // of an upset: the sets; its flows lead from a combination to each of its sets
	Flows      []chartFlow `json:"flows,omitempty"` // of a sankey, between categories
}

// Height is the room in pixels that a chart with a row for each category takes, 0 for charts whose kind tells it.
func (c chart) Height() int {
	rows := len(c.Categories)
	switch {
	case c.Kind == "intervals" && rows > 8:
		return 44 + 22*rows
	case c.Kind == "intervals":
		return 44 + 38*rows
	case c.Kind == "upset":
		return 220 + 28*len(c.Rows)
	case c.Kind == "differences":
		return 60 + 44*rows
	case c.Kind == "supply":
		return 44 + 40*rows
	}
	return 0
}

// chartFlow is how many go from one category to another.
type chartFlow struct {
	From  int   `json:"from"`
	To    int   `json:"to"`
	Count int64 `json:"count"`
}

// chartLine is one series; Lower and Upper are the ends of an interval where there is one.
type chartLine struct {
	Name    string       `json:"name"`
	Values  []*float64   `json:"values,omitempty"`
	Lower   []*float64   `json:"lower,omitempty"`
	Upper   []*float64   `json:"upper,omitempty"`
	Counts  []string     `json:"counts,omitempty"` // for the tooltip: "123/195"
	Points  []chartPoint `json:"points,omitempty"`
	Partner int          `json:"partner,omitempty"` // number of the series that it is compared with
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

	Keys      []string   `api:"-"` // what a row is about, when its number can be compared
	Estimates []estimate `api:"-"` // the number of each row that is compared
}

// rate adds a row about a rate: what it is about, the share, its interval, the counts, and more cells.
func (t *table) rate(x rate, about []string, more ...string) {
	t.compared(x.estimate(), about...)
	t.Rows = append(t.Rows, slices.Concat(about, []string{formatShare(x), formatInterval(x), formatInt(x.K), formatInt(x.N)}, more))
}

// compared says what of the row that is added next is compared.
func (t *table) compared(e estimate, about ...string) {
	t.Keys, t.Estimates = append(t.Keys, strings.Join(about, "|")), append(t.Estimates, e)
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
	Compared           bool   // the table has the values of another report beside its own

	query string // name of the statement
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
		f.Table.rate(x.Rate, []string{x.Name}, x.More...)
	}
	f.Chart.Series = []chartLine{one}
	if len(f.Chart.Categories) == 0 { // all are hidden
		f.Chart = chart{}
	}
}
func value(x float64) *float64 { return &x }
