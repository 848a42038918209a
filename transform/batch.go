package transform

// Range is a run of records of one partition: from Start up to, not including, End.
type Range struct {
	Topic      string
	Partition  int32
	Start, End int64
}

// Batch is what the lake commits at once: the rows of the records in Ranges. Every record of a range is
// accounted for, as rows or as a dead letter or as nothing (a tombstone), so that the next batch of a
// partition starts at End.
type Batch struct {
	Ranges []Range
	Rows   Rows
}

// Add appends the rows of another set.
func (r *Rows) Add(more *Rows) {
	r.Chats = append(r.Chats, more.Chats...)
	r.Findings = append(r.Findings, more.Findings...)
	r.Prescriptions = append(r.Prescriptions, more.Prescriptions...)
	r.Activities = append(r.Activities, more.Activities...)
	r.Measurements = append(r.Measurements, more.Measurements...)
	r.Links = append(r.Links, more.Links...)
	r.DeadLetters = append(r.DeadLetters, more.DeadLetters...)
}

// Len is the number of rows in all tables.
func (r *Rows) Len() int {
	return len(r.Chats) + len(r.Findings) + len(r.Prescriptions) + len(r.Activities) + len(r.Measurements) + len(r.Links) + len(r.DeadLetters)
}
