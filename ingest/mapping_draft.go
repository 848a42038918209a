package ingest

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is fills when there is a drug in the file.
func (g *guess) kind() string {
	_, hasSKU := g.columns["sku"]
	_, hasDrug := g.columns["drug"]
	if hasSKU || hasDrug {
		return mapFills
	}
	return mapActivities
}

// write makes the text of the mapping.
func (g *guess) write() []byte {
	var out bytes.Buffer
	kind := g.kind()
	delimiter := string(g.delimiter)
	if g.delimiter == '\t' {
		delimiter = "tab"
	}
	fmt.Fprintf(&out, "# A first mapping, made from the header and %d rows. Check every line of it.\n", len(g.rows))
	fmt.Fprintf(&out, "of: %s\nencoding: %s\ndelimiter: %q\n", kind, g.encoding, delimiter)
	if g.skipped > 0 {
		fmt.Fprintf(&out, "skip_rows: %d  # before the header\n", g.skipped)
	}
	g.writeFormats(&out)
	out.WriteString("columns:  # field: column of the file\n")
	g.writeMissing(&out, kind, g.writeColumns(&out, kind))
	hasTypes := kind == mapFills && g.writeTypes(&out)
	out.WriteString("constants:  # fields that are the same in every row\n")
	whose := KindPharmacy
	if at, isThere := g.columns["patient"]; isThere && hasPart(plainName(g.header[at]), hospitalWords) {
		whose = KindHospital
	}
	fmt.Fprintf(&out, "  patient_kind: %s  # whose number the patient's is: pharmacy, hospital, or a word of your own\n", whose)
	if kind == mapFills {
		fmt.Fprintf(&out, "  channel: %s  # wecom_shop, youzan, jd, taobao, pharmacy or hospital\n", whose)
		if !hasTypes {
			out.WriteString("  type: dispensed  # prescribed, dispensed, paid, returned or cancelled\n")
		}
	}
	return out.Bytes()
}

// writeColumns writes the columns that are read, and returns their places.
func (g *guess) writeColumns(out *bytes.Buffer, kind string) map[int]bool {
	allowed := (&Mapping{kind: kind}).fields()
	used := map[int]bool{}
	for _, field := range guessOrder() {
		at, isThere := g.columns[field]
		if !isThere || !slices.Contains(allowed, field) || field == "type" && kind == mapFills && len(g.types()) == 0 {
			continue
		}
		used[at] = true
		note := ""
		if field == "quantity" {
			note = "; in packs"
		}
		if g.unsure[field] {
			note += "; only a part of the name is known"
		}
		fmt.Fprintf(out, "  %s: %s  # filled in %d of %d rows%s\n", field, quoted(g.header[at]), g.filled(at), len(g.rows), note)
	}
	return used
}

// guessOrder are the fields in the order in which they are written.
func guessOrder() []string {
	var fields []string
	for _, c := range columnNames {
		fields = append(fields, c.field)
		if c.field == "at" {
			fields = append(fields, "time")
		}
	}
	return fields
}

// types are the words in the column of the type that are known, and the number of rows of each.
func (g *guess) types() map[string]int {
	known := map[string]int{}
	if at, isThere := g.columns["type"]; isThere {
		g.count(at, func(value string) bool {
			if typeWords[strings.ToLower(value)] != "" {
				known[value]++
			}
			return false
		})
	}
	return known
}

// writeTypes writes the known words of the column of the type and counts the rows with others. It says
// whether there are any.
func (g *guess) writeTypes(out *bytes.Buffer) bool {
	known := g.types()
	if len(known) == 0 {
		return false
	}
	out.WriteString("values:  # words of the file in ours\n  type:\n")
	others := g.filled(g.columns["type"])
	for _, word := range sortedNames(known) {
		fmt.Fprintf(out, "    %s: %s\n", quoted(word), typeWords[strings.ToLower(word)])
		others -= known[word]
	}
	if others > 0 {
		fmt.Fprintf(out, "    # %d rows have other words: say of each what it is\n", others)
	}
	return true
}

// writeFormats writes the date formats that read the column of the time best.
func (g *guess) writeFormats(out *bytes.Buffer) {
	at, isThere := g.columns["at"]
	if !isThere {
		return
	}
	best, most := "yyyy-MM-dd HH:mm:ss", 0
	for _, format := range guessFormats {
		if n := g.readable(at, format); n > most {
			best, most = format, n
		}
	}
	fmt.Fprintf(out, "date_formats: [%q]  # reads %d of %d rows\n", best, most, g.filled(at))
	if most == 0 && g.filled(at) > 0 {
		out.WriteString("# None of the usual formats reads them; write yours with yyyy, M or MM, d or dd, HH, mm, ss.\n")
	}
	if strings.HasPrefix(best, "d/M/") || strings.HasPrefix(best, "M/d/") {
		out.WriteString("# Is the day or the month first? Where no day is above 12, the rows can not tell.\n")
	}
}

// writeMissing names what a person has to add, and the columns that are not read.
func (g *guess) writeMissing(out *bytes.Buffer, kind string, used map[int]bool) {
	needed := []string{"patient", "at"}
	if kind == mapFills {
		needed = append(needed, "quantity")
	}
	for _, field := range needed {
		_, isThere := g.columns[field]
		_, hasPhone := g.columns["phone"]
		if !isThere && field == "patient" && hasPhone {
			out.WriteString("  # patient: without a number of theirs the telephone number is the patient\n")
		} else if !isThere {
			fmt.Fprintf(out, "  # %s: which column?\n", field)
		}
	}
	for i, name := range g.header {
		if !used[i] {
			fmt.Fprintf(out, "  # not read: %s\n", quoted(name))
		}
	}
}

func (g *guess) filled(column int) int {
	return g.count(column, func(value string) bool { return value != "" })
}

func (g *guess) readable(column int, format string) int {
	layout, _ := layoutOf(format)
	return g.count(column, func(value string) bool {
		_, isRead := readTime(layout, value, time.UTC)
		return isRead
	})
}

func (g *guess) count(column int, is func(value string) bool) int {
	n := 0
	for _, row := range g.rows {
		if column < len(row) && is(strings.TrimSpace(row[column])) {
			n++
		}
	}
	return n
}

// quoted is a name as YAML, in quotes where it might be anything else; line ends never stand bare.
func quoted(name string) string { return strconv.Quote(strings.TrimSpace(name)) }
