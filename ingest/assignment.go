package ingest

import "context"

// Partition is one ordered sequence of records: a partition of a topic, or one file.
type Partition struct {
	Topic string
	ID    int32
}

// Reader yields the records of one partition in order.
type Reader interface {
	// Fetch blocks until there is a record and returns up to max of them; io.EOF after the last
	// record of a source that ends. The records stay valid after the next call.
	Fetch(ctx context.Context, max int) ([]Record, error)
	Close() error
}

// Assignment is the set of partitions that this process owns until the context it came with ends.
type Assignment struct {
	Partitions []Partition
	// Open starts reading a partition at an offset; from < 0 means at the oldest record there is.
	Open func(p Partition, from int64) (Reader, error)
	// Reached tells the source how far the lake is, for lag monitoring; nil when nobody wants to know.
	Reached func(next map[Partition]int64)
}
