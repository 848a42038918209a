package ingest

import (
	"bytes"
	"encoding/json"
)

// Limits of the shape of a JSON value; no format comes near them.
const (
	maxDepth = 32
	maxNames = 256 // in all objects that are open at one place
)

// outline is what one pass over the brackets and strings of a JSON value finds, before the real
// decoding: the type of the event, and faults that JSON decoders let pass.
type outline struct {
	eventType []byte // the string under "type" at the top, as written
	fault     string // why the value is refused, "" when it is not
	faultAt   int    // where
}

// frame is one open bracket: whether it is an object, and where its names start in scanner.names.
type frame struct {
	isObject   bool
	firstName  int
	wantsName  bool
	isTypeNext bool
}

// scanner walks a value that may be no JSON at all: it must stay in bounds on any bytes, and it leaves
// the grammar to the decoder. Its arrays are of fixed size to live on the stack.
type scanner struct {
	value  []byte
	frames [maxDepth]frame
	depth  int
	names  [maxNames][]byte // of all open objects, with their quotes
	named  int
	found  outline
}

// scan finds repeated names (decoders keep the last one, other readers the first: two readers would see
// two patients), nesting and objects without bounds, and the event type.
func scan(value []byte) outline {
	s := scanner{value: value}
	for at := 0; at < len(value) && s.found.fault == ""; {
		at = s.step(at)
	}
	return s.found
}

// step reads the byte or the string at a position and returns the next position.
func (s *scanner) step(at int) int {
	switch c := s.value[at]; c {
	case '"':
		end := stringEnd(s.value, at)
		s.text(at, end)
		return end
	case '{', '[':
		s.open(c == '{', at)
	case '}', ']':
		if s.depth > 0 {
			s.depth--
			s.named = s.frames[s.depth].firstName
		}
	case ',':
		if s.depth > 0 {
			top := &s.frames[s.depth-1]
			top.wantsName = top.isObject
		}
	}
	return at + 1
}

func (s *scanner) open(isObject bool, at int) {
	if s.depth == maxDepth {
		s.fail("nested too deep", at)
		return
	}
	s.frames[s.depth] = frame{isObject: isObject, firstName: s.named, wantsName: isObject}
	s.depth++
}

// text takes in a string from its opening quote to behind its closing one.
func (s *scanner) text(start, end int) {
	if s.depth == 0 || !s.frames[s.depth-1].isObject {
		return
	}
	top := &s.frames[s.depth-1]
	content := s.value[start:end]
	if top.wantsName {
		top.wantsName = false
		top.isTypeNext = s.depth == 1 && string(content) == `"type"`
		s.name(top.firstName, content, start)
		return
	}
	if top.isTypeNext {
		if bytes.IndexByte(content, '\\') >= 0 {
			content = unescape(content)
		}
		s.found.eventType = bytes.Trim(content, `"`)
		top.isTypeNext = false
	}
}

// name adds a name to the top object and compares it with those before it.
func (s *scanner) name(first int, name []byte, at int) {
	if bytes.IndexByte(name, '\\') >= 0 {
		name = unescape(name)
	}
	for _, earlier := range s.names[first:s.named] {
		if bytes.Equal(earlier, name) {
			s.fail("a name that is there twice", at)
			return
		}
	}
	if s.named == maxNames {
		s.fail("too many names", at)
		return
	}
	s.names[s.named] = name
	s.named++
}

func (s *scanner) fail(fault string, at int) {
	s.found.fault, s.found.faultAt = fault, at
}

// stringEnd returns the position behind the quote that closes the string that opens at start.
func stringEnd(value []byte, start int) int {
	for at := start + 1; ; {
		quote := bytes.IndexByte(value[at:], '"')
		if quote < 0 {
			return len(value)
		}
		at += quote + 1
		slashes := 0
		for value[at-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

// unescape writes a name without its escapes, so that two spellings of a name are one name.
func unescape(name []byte) []byte {
	var plain string
	if json.Unmarshal(name, &plain) != nil {
		return name
	}
	return []byte(`"` + plain + `"`)
}
