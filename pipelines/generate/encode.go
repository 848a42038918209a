package generate

import (
	"strconv"
	"time"
	"unicode/utf8"

	"phdp/ingest"
)

// writer writes events out as canonical JSON. It appends to one buffer and hands out copies from large
// blocks, because one allocation a record would be the most expensive part.
type writer struct {
	g      *Generator
	people []person
	buf    []byte
	text   []byte
	block  []byte
}

// keep copies bytes into the current block; what is handed out is never written again.
func (w *writer) keep(b []byte) []byte {
	if cap(w.block)-len(w.block) < len(b) {
		w.block = make([]byte, 0, max(1<<16, len(b)))
	}
	start := len(w.block)
	w.block = append(w.block, b...)
	return w.block[start:len(w.block):len(w.block)]
}

func (w *writer) record(e *event) Record {
	p := &w.people[e.person-1]
	w.buf = w.g.appendID(w.buf[:0], e.who, e.person)
	key := w.keep(w.buf)
	w.buf = w.value(w.buf[:0], e, p)
	return Record{Stream: e.kind.stream(), Key: key, Value: w.keep(w.buf), At: time.UnixMilli(e.arrive).UTC()}
}

// value writes one event; faults leave something out or spoil it.
func (w *writer) value(b []byte, e *event, p *person) []byte {
	b = append(b, `{"v":1`...)
	if e.fault != missingEventID {
		b = append(b, `,"event_id":"`...)
		b = append(appendEventID(b, e.kind, e.person, e.seq), '"')
	}
	b = append(b, `,"type":"`...)
	if e.fault == unknownType {
		b = append(b, `letter.received`...)
	} else {
		b = append(b, kindNames[e.kind]...)
	}
	b = append(b, `","at":"`...)
	if e.fault == badTime {
		b = append(b, `2026-02-30 25:61`...)
	} else {
		b = appendTime(b, e.at)
	}
	b = append(b, '"')
	if e.fault != missingPatient {
		b = w.identifiers(b, e)
	}
	b = append(b, `,"line":"`...)
	b = append(b, w.g.lines[p.line].Code...)
	b = append(b, '"')
	switch e.kind.stream() {
	case ingest.Chats:
		b = w.chat(b, e, p)
	case ingest.Prescriptions:
		b = w.prescription(b, e, p)
	default:
		b = w.activity(b, e, p)
	}
	b = append(b, '}')
	if e.fault == badJSON {
		b = b[:len(b)*2/3]
	}
	return b
}

func (w *writer) identifiers(b []byte, e *event) []byte {
	b = append(b, `,"patient":`...)
	b = w.identifier(b, e.who, e)
	if e.links == 0 {
		return b
	}
	b = append(b, `,"links":[`...)
	isFirst := true
	for k := range idKinds {
		if !e.links.has(k) {
			continue
		}
		if !isFirst {
			b = append(b, ',')
		}
		isFirst = false
		b = w.identifier(b, k, e)
	}
	return append(b, ']')
}

// identifier writes one identifier; some sources write a phone number with the country code.
func (w *writer) identifier(b []byte, k idKind, e *event) []byte {
	b = append(b, `{"kind":"`...)
	b = append(b, idNames[k]...)
	b = append(b, `","id":"`...)
	if k == idPhone && k != e.who && e.seed%16 == 3 {
		b = append(b, "+86 "...)
	}
	b = w.g.appendID(b, k, e.person)
	return append(b, `"}`...)
}

func (w *writer) chat(b []byte, e *event, p *person) []byte {
	speaker := "patient"
	switch e.kind {
	case chatStaff:
		speaker = "staff"
	case chatRobot:
		speaker = "robot"
	}
	b = append(b, `,"speaker":"`...)
	b = append(b, speaker...)
	b = append(b, '"')
	b = w.staffID(b, e)
	switch e.kind {
	case chatImage:
		return append(b, `,"msg_type":"image"`...)
	case chatVoice:
		return append(b, `,"msg_type":"voice"`...)
	case chatRecall:
		b = append(b, `,"recalls":"`...)
		return append(appendEventID(b, chatPatient, e.person, uint16(e.a)), '"')
	case chatGroup:
		b = append(b, `,"room_id":"wrSYN`...)
		b = append(b, w.g.lines[p.line].Code...)
		b = append(appendPadded(b, int(p.group), 2), '"')
	}
	b = append(b, `,"text":"`...)
	if e.fault != emptyText {
		w.text = w.g.appendText(w.text[:0], e, p)
		b = appendEscaped(b, w.text)
	}
	return append(b, '"')
}

func (w *writer) staffID(b []byte, e *event) []byte {
	if e.staff == 0 {
		return b
	}
	return appendField(b, "staff_id", w.g.staff[e.staff-1].id)
}

// appendEventID writes the id of an event: the stream, the person's number and the number in the life.
func appendEventID(b []byte, k kind, person uint32, seq uint16) []byte {
	b = append(b, "cpa"[streamIndex(k)], '-')
	b = appendPadded(b, int(person), 7)
	b = append(b, '-')
	return appendPadded(b, int(seq), 4)
}

// appendTime writes RFC 3339 with milliseconds at +08:00.
func appendTime(b []byte, ms int64) []byte {
	day := dayOf(ms)
	b = appendDate(b, day)
	rest := int(ms - startOf(day))
	b = append(b, 'T')
	b = appendPadded(b, rest/hourMS, 2)
	b = append(b, ':')
	b = appendPadded(b, rest/minuteMS%60, 2)
	b = append(b, ':')
	b = appendPadded(b, rest/1000%60, 2)
	b = append(b, '.')
	b = appendPadded(b, rest%1000, 3)
	return append(b, "+08:00"...)
}

// appendField writes ,"name":"value"; the value may need escapes, the name may not.
func appendField(b []byte, name, value string) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":"`...)
	b = appendEscaped(b, value)
	return append(b, '"')
}

// appendEscaped writes the inside of a JSON string: quotes, backslashes and control characters are
// escaped, bytes that are no UTF-8 become U+FFFD, everything else stands as it is.
func appendEscaped[T string | []byte](b []byte, s T) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			n := runeLength(s[i:])
			if n == 0 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start, n = i+1, 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		}
		i++
		start = i
	}
	return append(b, s[start:]...)
}

// runeLength is the length of the first rune, 0 when it is no UTF-8.
func runeLength[T string | []byte](s T) int {
	var r rune
	var n int
	switch s := any(s).(type) {
	case string:
		r, n = utf8.DecodeRuneInString(s)
	case []byte:
		r, n = utf8.DecodeRune(s)
	}
	if r == utf8.RuneError && n <= 1 {
		return 0
	}
	return n
}

func appendInt(b []byte, name string, value int64) []byte {
	b = append(b, `,"`...)
	b = append(b, name...)
	b = append(b, `":`...)
	return strconv.AppendInt(b, value, 10)
}
