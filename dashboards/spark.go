package dashboards

import (
	"fmt"
	"math"
	"strings"
)

// Size of a sparkline in the units of its view box.
const (
	sparkWidth  = 132.0
	sparkHeight = 36.0
	sparkMargin = 4.0
)

// spark is a small line drawn by the server: SVG points, and the last one as a dot.
type spark struct {
	Points   string
	Area     string
	X, Y     string
	From, To string // first and last month
}

// newSpark draws the values of some months from the smallest to the largest; fewer than two draw nothing.
func newSpark(months []kpiPoint) spark {
	if len(months) < 2 {
		return spark{}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, m := range months {
		low, high = math.Min(low, m.value()), math.Max(high, m.value())
	}
	if high == low {
		low, high = low-1, high+1
	}
	var points []string
	var x, y float64
	for i, m := range months {
		x = sparkMargin + (sparkWidth-2*sparkMargin)*float64(i)/float64(len(months)-1)
		y = sparkHeight - sparkMargin - (sparkHeight-2*sparkMargin)*(m.value()-low)/(high-low)
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
	}
	line := strings.Join(points, " ")
	return spark{
		Points: line,
		Area:   fmt.Sprintf("%.1f,%.1f %s %.1f,%.1f", sparkMargin, sparkHeight, line, x, sparkHeight),
		X:      fmt.Sprintf("%.1f", x), Y: fmt.Sprintf("%.1f", y),
		From: months[0].Period, To: months[len(months)-1].Period,
	}
}
