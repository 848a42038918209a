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
	p.rows = append(p.rows, &c.rows)
	p.letters = append(p.letters, c.letters...)
	p.bytes += c.bytes
	p.share += c.share
	p.records += c.at.End - c.at.Start
}

func (p *pending) batch() *transform.Batch {
	b := &transform.Batch{Parts: p.rows}
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
