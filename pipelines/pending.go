package pipelines

import (
	"time"

	"phdp/ingest"
	"phdp/transform"
)

// pending is a batch that is still filling: consecutive chunks of some partitions.
type pending struct {
	ranges  map[ingest.Partition]*transform.Range
	rows    transform.Rows
	letters []Letter
	bytes   int64
	records int64
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
	p.rows.Add(&c.rows)
	p.letters = append(p.letters, c.letters...)
	p.bytes += c.bytes
	p.records += c.at.End - c.at.Start
}

func (p *pending) batch() *transform.Batch {
	b := &transform.Batch{Rows: p.rows}
	for _, r := range p.ranges {
		b.Ranges = append(b.Ranges, *r)
	}
	return b
}

func (p *pending) ends() map[ingest.Partition]int64 {
	ends := make(map[ingest.Partition]int64, len(p.ranges))
	for key, r := range p.ranges {
		ends[key] = r.End
	}
	return ends
}
