package transform

import "errors"

// ErrGap says that a batch starts after the offset that the lake has reached: appending it would lose the
// records between. Nothing was appended to the table that is behind; the reader must look again where the
// lake stands.
var ErrGap = errors.New("batch starts after the lake's offset")

// Range is a run of records of one partition: from Start up to, not including, End.
type Range struct {
	Topic      string
	Partition  int32
	Start, End int64
}

// Batch is what the lake commits at once: the rows of the records in Ranges, in parts as they were made, so
// that nobody has to copy them together. Every record of a range is accounted for, as rows or as a dead
// letter or as nothing (a tombstone), so that the next batch of a partition starts at End.
type Batch struct {
	Ranges []Range
	Parts  []*Rows
}

// Len is the number of rows in all tables.
func (b *Batch) Len() int {
	n := 0
	for _, rows := range b.Parts {
		n += rows.Len()
	}
	return n
}

// Len is the number of rows in all tables.
func (r *Rows) Len() int {
	return len(r.Chats) + len(r.Findings) + len(r.Prescriptions) + len(r.Activities) + len(r.Measurements) + len(r.Links) + len(r.DeadLetters)
}
