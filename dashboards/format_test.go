package dashboards

import (
	"math"
	"testing"
)

// 8 of 10: centre (0.8 + 1.9207/10) / 1.38415 = 0.71674, half width 0.22660.
func TestWilson(t *testing.T) {
	cases := []struct {
		name         string
		rate         rate
		lower, upper float64
	}{
		{"eight of ten", rate{8, 10}, 0.49016, 0.94332},
		{"none of ten", rate{0, 10}, 0, 0.27753},
		{"all of ten", rate{10, 10}, 0.72247, 1},
		{"nothing known", rate{0, 0}, 0, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			lower, upper := c.rate.Wilson()
			if math.Abs(lower-c.lower) > 1e-4 || math.Abs(upper-c.upper) > 1e-4 {
				t.Errorf("got %.5f to %.5f, want %.5f to %.5f", lower, upper, c.lower, c.upper)
			}
		})
	}
}

func TestFormatNumbers(t *testing.T) {
	cases := []struct{ name, got, want string }{
		{"small", formatInt(7), "7"},
		{"thousands", formatInt(1234567), "1,234,567"},
		{"negative", formatInt(-1234), "-1,234"},
		{"short Chinese", formatBig(15230, "zh-CN"), "1.5万"},
		{"whole Chinese", formatBig(20000, "zh-CN"), "2万"},
		{"hundred million", formatBig(230000000, "zh-CN"), "2.3亿"},
		{"short English", formatBig(15230, "en"), "15.2k"},
		{"not short", formatBig(9999, "zh-CN"), "9,999"},
		{"rate with fraction", formatRate(rate{147, 322}), "45.7% (147/322)"},
		{"rate of nothing", formatRate(rate{}), "–"},
		{"money", formatUnit(59.304, "yuan"), "¥59.30"},
		{"short id", shortID("0123456789abcdef"), "0123456789"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}
