package pipelines

import (
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// pending is a batch that is still filling: consecutive chunks of some partitions.
type pending struct {
	ranges  map[ingest.Partition]*transform.Range
	chunks  []*chunk
	letters []Letter
	bytes   int64
	records int64
	share   int64                // of the budget
	since   time.Time            // when its first chunk came
	newest  map[string]time.Time // record by topic
}

func newPending() *pending {
	return &pending{ranges: map[ingest.Partition]*transform.Range{}, newest: map[string]time.Time{}}
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
	if c.newest.After(p.newest[c.at.Topic]) {
		p.newest[c.at.Topic] = c.newest
	}
	p.chunks = append(p.chunks, c)
	p.letters = append(p.letters, c.letters...)
	p.bytes += c.bytes
	p.share += c.share
	p.records += c.at.End - c.at.Start
}

func (p *pending) batch() *transform.Batch {
	b := &transform.Batch{}
	for _, c := range p.chunks {
		b.Parts = append(b.Parts, c.rows)
	}
	for _, r := range p.ranges {
		b.Ranges = append(b.Ranges, *r)
	}
	return b
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

// room gives rows that are empty room for what so many records become, and a few more.
func (d density) room(rows *transform.Rows, records int) {
	n := float64(records) * 1.05
	rows.Chats = roomFor(rows.Chats, d.chats*n)
	rows.Findings = roomFor(rows.Findings, d.findings*n)
	rows.Prescriptions = roomFor(rows.Prescriptions, d.prescriptions*n)
	rows.Activities = roomFor(rows.Activities, d.activities*n)
	rows.Measurements = roomFor(rows.Measurements, d.measurements*n)
	rows.Links = roomFor(rows.Links, d.links*n)
}

func roomFor[T any](empty []T, n float64) []T {
	if cap(empty) >= int(n) {
		return empty
	}
	return make([]T, 0, int(n))
}

// recycle gives the rows of a batch that is committed to the next chunks.
func (p *pending) recycle() {
	for _, c := range p.chunks {
		c.rows.Empty()
		c.spare.Put(c.rows)
	}
}

func (p *pending) ends() map[ingest.Partition]int64 {
	ends := make(map[ingest.Partition]int64, len(p.ranges))
	for key, r := range p.ranges {
		ends[key] = r.End
	}
	return ends
}
