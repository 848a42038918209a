package pipelines

import (
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// pending is a batch that is still filling: consecutive chunks of some partitions.
type pending struct {
	ranges  map[ingest.Partition]*transform.Range
	rows    []*transform.Rows // of its chunks
	letters []Letter
	bytes   int64
	records int64
	share   int64     // of the budget
	since   time.Time // when its first chunk came
}

func newPending() *pending {
	return &pending{ranges: map[ingest.Partition]*transform.Range{}}
}

func (p *pending) empty() bool { return len(p.ranges) == 0 }

func (p *pending) add(c *chunk) {
	if p.empty() {
		p.since = time.Now()
	}
	key := ingest.Partition{Topic: c.at.Topic, ID: c.at.Partition}
	if r := p.ranges[key]; r != nil {
		r.End = c.at.End
	} else {
		at := c.at
		p.ranges[key] = &at
	}
	p.rows = append(p.rows, &c.rows)
	p.letters = append(p.letters, c.letters...)
	p.bytes += c.bytes
	p.share += c.share
	p.records += c.at.End - c.at.Start
}

// batch joins the rows of all chunks, one table after the other; each chunk's own copy is let go at once,
// so that there is one table twice in memory and not all of them.
func (p *pending) batch() *transform.Batch {
	b := &transform.Batch{Rows: transform.Rows{
		Chats:         join(p.rows, func(r *transform.Rows) *[]transform.ChatRow { return &r.Chats }),
		Findings:      join(p.rows, func(r *transform.Rows) *[]transform.FindingRow { return &r.Findings }),
		Prescriptions: join(p.rows, func(r *transform.Rows) *[]transform.PrescriptionRow { return &r.Prescriptions }),
		Activities:    join(p.rows, func(r *transform.Rows) *[]transform.ActivityRow { return &r.Activities }),
		Measurements:  join(p.rows, func(r *transform.Rows) *[]transform.MeasurementRow { return &r.Measurements }),
		Links:         join(p.rows, func(r *transform.Rows) *[]transform.LinkRow { return &r.Links }),
		DeadLetters:   join(p.rows, func(r *transform.Rows) *[]transform.DeadLetterRow { return &r.DeadLetters }),
	}}
	p.rows = nil
	for _, r := range p.ranges {
		b.Ranges = append(b.Ranges, *r)
	}
	return b
}

func join[T any](chunks []*transform.Rows, pick func(*transform.Rows) *[]T) []T {
	n := 0
	for _, c := range chunks {
		n += len(*pick(c))
	}
	all := make([]T, 0, n)
	for _, c := range chunks {
		rows := pick(c)
		all = append(all, *rows...)
		*rows = nil
	}
	return all
}

// density is how many rows of each table a record became, over the records of one chunk.
type density struct{ chats, findings, prescriptions, activities, measurements, links float64 }

func densityOf(rows *transform.Rows, records int) density {
	n := float64(records)
	return density{
		float64(len(rows.Chats)) / n, float64(len(rows.Findings)) / n, float64(len(rows.Prescriptions)) / n,
		float64(len(rows.Activities)) / n, float64(len(rows.Measurements)) / n, float64(len(rows.Links)) / n,
	}
}

// room returns empty rows with room for what so many records become, and a few more.
func (d density) room(records int) transform.Rows {
	n := float64(records) * 1.05
	return transform.Rows{
		Chats:         make([]transform.ChatRow, 0, int(d.chats*n)),
		Findings:      make([]transform.FindingRow, 0, int(d.findings*n)),
		Prescriptions: make([]transform.PrescriptionRow, 0, int(d.prescriptions*n)),
		Activities:    make([]transform.ActivityRow, 0, int(d.activities*n)),
		Measurements:  make([]transform.MeasurementRow, 0, int(d.measurements*n)),
		Links:         make([]transform.LinkRow, 0, int(d.links*n)),
	}
}

func (p *pending) ends() map[ingest.Partition]int64 {
	ends := make(map[ingest.Partition]int64, len(p.ranges))
	for key, r := range p.ranges {
		ends[key] = r.End
	}
	return ends
}
