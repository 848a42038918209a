package dashboards

import (
	"math"
	"strconv"
	"strings"
)

// How many rows a chart of a result may have: bars for names, lines for days.
const (
	mostBars   = 40
	mostDays   = 400
	mostSeries = 3
)

// Chart draws a result that begins with a name or a day and has numbers: bars or lines of up to three columns whose
// sizes can be read off one axis. It is nil for other results.
func (r *run) Chart() *chart {
	if len(r.Columns) < 2 || r.Columns[0].IsNumber || r.Kept() < 2 || r.Kept() < r.Total {
		return nil
	}
	kind := r.Columns[0].Type
	isDay := kind == "date" || strings.HasPrefix(kind, "timestamp")
	if r.Kept() > map[bool]int{true: mostDays, false: mostBars}[isDay] {
		return nil
	}
	c := &chart{Kind: "grouped", Unit: "count"}
	rows := r.cells(0, r.Kept())
	for _, row := range rows {
		c.Categories = append(c.Categories, row[0].Text)
	}
	first := 0.0
	for i, column := range r.Columns {
		if !column.IsNumber || len(c.Series) == mostSeries {
			continue
		}
		line, largest, lowest := r.line(rows, i)
		if len(c.Series) == 0 {
			first = largest
		}
		if largest == 0 || largest > 20*first || largest < first/20 {
			continue
		}
		if isDay && lowest >= 0 {
			c.Kind = "lines"
		}
		c.Series = append(c.Series, line)
	}
	if len(c.Series) == 0 {
		return nil
	}
	c.Names[1] = c.Series[0].Name
	return c
}

// line is a column of numbers with the largest size and the lowest value in it.
func (r *run) line(rows [][]cell, i int) (line chartLine, largest, lowest float64) {
	line.Name = r.Columns[i].Name
	for _, row := range rows {
		x, err := strconv.ParseFloat(row[i].Text, 64)
		if err != nil || row[i].IsNull || math.IsNaN(x) || math.IsInf(x, 0) {
			line.Values = append(line.Values, nil)
			continue
		}
		line.Values = append(line.Values, value(x))
		largest, lowest = max(largest, math.Abs(x)), min(lowest, x)
	}
	return line, largest, lowest
}
