package generate

import "strconv"

// dice are draws from the seed of one event, so that a text can be written long after the life is lived.
type dice uint64

func (d *dice) roll(n int) int {
	*d += 0x9e3779b97f4a7c15
	return int(mix(uint64(*d)) >> 33 % uint64(n))
}

// appendText writes the message of a chat event.
func (g *Generator) appendText(b []byte, e *event, p *person) []byte {
	d := dice(uint64(e.seed)<<16 ^ uint64(e.topic))
	templates := g.texts.templates[e.topic][p.line]
	chosen := templates[d.roll(len(templates))]
	isPatient := e.kind == chatPatient || e.kind == chatGroup
	isStop := g.isStop(e.topic)
	isOpening := g.texts.isOpening[e.topic]
	if isPatient && isOpening && d.roll(100) < 16 {
		b = g.appendValue(b, g.texts.calling, p, &d)
	}
	start := len(b)
	for _, part := range chosen {
		if part.slot == literal {
			b = append(b, part.text...)
			continue
		}
		b = g.appendSlot(b, part.slot, e, p, &d)
	}
	if !isPatient {
		return b
	}
	if !isStop && e.a == 0 && d.roll(100) < 6 {
		b = misspell(b, start, &d)
	}
	if d.roll(100) < 16 {
		ending := g.texts.closing
		if isOpening {
			ending = g.texts.ending
		}
		b = g.appendValue(b, ending, p, &d)
	}
	return b
}

func (g *Generator) isStop(topic uint16) bool {
	for _, t := range g.topics.stops {
		if t == topic {
			return true
		}
	}
	return false
}

func (g *Generator) appendSlot(b []byte, slot int, e *event, p *person, d *dice) []byte {
	switch slot {
	case slotDrug:
		return g.appendDrug(b, e, d)
	case slotStaff:
		if e.staff == 0 {
			return append(b, "老师"...)
		}
		return append(b, g.staff[e.staff-1].address...)
	case slotSys, slotVAS:
		return strconv.AppendInt(b, int64(e.a/10), 10)
	case slotDia:
		return strconv.AppendInt(b, int64(e.b/10), 10)
	case slotGlu, slotA1c:
		return appendTenths(b, e.a)
	case slotGlu2:
		return appendTenths(b, e.b)
	case slotPlanted:
		return g.appendPlanted(b, plantKind(e.a-1), e.person, e.seed)
	}
	return g.appendValue(b, slot-slotCount, p, d)
}

func (g *Generator) appendValue(b []byte, slot int, p *person, d *dice) []byte {
	values := g.texts.values[slot][p.line]
	return append(b, values[d.roll(len(values))]...)
}

// appendDrug writes the drug as the care team writes it, or as a patient does: a brand, a short name, a
// misspelling, or just "this medicine".
func (g *Generator) appendDrug(b []byte, e *event, d *dice) []byte {
	if e.c == 0 || e.kind != chatStaff && d.roll(100) < 18 {
		return append(b, "这个药"...)
	}
	names := g.drugs[e.c-1].names
	if e.kind == chatStaff || e.kind == chatRobot || d.roll(2) == 0 {
		return append(b, names[0]...)
	}
	return append(b, names[d.roll(len(names))]...)
}

func appendTenths(b []byte, n int32) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, int64(n/10), 10)
	if n%10 != 0 {
		b = append(b, '.', byte('0'+n%10))
	}
	return b
}

// slips are usual typing errors; all characters are three bytes long, so that a slip changes in place.
var slips = [...][2]string{
	{"药", "要"}, {"疼", "通"}, {"在", "再"}, {"吗", "嘛"}, {"的", "得"}, {"已", "以"}, {"做", "作"}, {"咳", "克"},
	{"晕", "云"}, {"感", "敢"}, {"恶", "噁"}, {"像", "象"}, {"副", "付"}, {"糖", "塘"},
}

// misspell makes one slip somewhere after start, if there is a place for it.
func misspell(b []byte, start int, d *dice) []byte {
	slip := slips[d.roll(len(slips))]
	for i := start; i+3 <= len(b); i++ {
		if string(b[i:i+3]) == slip[0] {
			copy(b[i:], slip[1])
			break
		}
	}
	return b
}
