package dashboards

import (
	"strings"
	"testing"
)

func TestCSVIsSafeForSpreadsheets(t *testing.T) {
	cases := []struct{ name, cell, want string }{
		{"plain", "高血压", `"高血压"`},
		{"quote", `a"b`, `"a""b"`},
		{"formula", "=1+1", `"'=1+1"`},
		{"plus", "+86", `"'+86"`},
		{"minus", "-1", `"'-1"`},
		{"at", "@SUM(A1)", `"'@SUM(A1)"`},
		{"tab", "\t=1", "\"'\t=1\""},
		{"carriage return", "\r=1", "\"'\r=1\""},
		{"full-width equals", "＝1", `"'＝1"`},
		{"inside is harmless", "a=b", `"a=b"`},
		{"empty", "", `""`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			out := newCSV(&b)
			out.row(c.cell)
			if err := out.flush(); err != nil {
				t.Fatal(err)
			}
			if want := "\ufeff" + c.want + "\r\n"; b.String() != want {
				t.Errorf("got %q, want %q", b.String(), want)
			}
		})
	}
}

func TestCSVKeepsNumbers(t *testing.T) {
	var b strings.Builder
	out := newCSV(&b)
	out.cells([]cell{{Text: "-5"}, {Text: "-5"}, {IsNull: true}}, []column{{IsNumber: true}, {}, {}})
	if err := out.flush(); err != nil {
		t.Fatal(err)
	}
	if want := "\ufeff\"-5\",\"'-5\",\r\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
