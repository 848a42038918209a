package dashboards

import (
	"bufio"
	"io"
	"net/http"
	"strings"
)

// startCSV sets the headers of a download.
func startCSV(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// csvWriter writes CSV that Excel opens well: UTF-8 with a byte order mark, CRLF, every cell quoted, and no
// cell that a spreadsheet would run as a formula.
type csvWriter struct{ out *bufio.Writer }

func newCSV(w io.Writer) csvWriter {
	out := csvWriter{bufio.NewWriter(w)}
	_, _ = out.out.WriteString("\ufeff") // flush reports what went wrong
	return out
}

// row writes one line of text cells.
func (c csvWriter) row(cells ...string) {
	for i, cell := range cells {
		if i > 0 {
			_ = c.out.WriteByte(',')
		}
		_, _ = c.out.WriteString(`"` + strings.ReplaceAll(defuse(cell), `"`, `""`) + `"`)
	}
	_, _ = c.out.WriteString("\r\n")
}

// flush sends what is left and returns the first error of all writes.
func (c csvWriter) flush() error { return c.out.Flush() }

// defuse puts a ' before a text that a spreadsheet would take for a formula.
func defuse(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// cells writes one line of a result. Numbers stay numbers, so a negative one gets no mark.
func (c csvWriter) cells(row []cell, columns []column) {
	for i, one := range row {
		if i > 0 {
			_ = c.out.WriteByte(',')
		}
		text := one.Text
		if !columns[i].IsNumber {
			text = defuse(text)
		}
		if !one.IsNull {
			_, _ = c.out.WriteString(`"` + strings.ReplaceAll(text, `"`, `""`) + `"`)
		}
	}
	_, _ = c.out.WriteString("\r\n")
}
