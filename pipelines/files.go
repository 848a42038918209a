package pipelines

import (
	"context"
	"iter"

	"phdp/ingest"
)

// File is a set of records that ends, such as an NDJSON file; its topic is made of its content, so that
// the same content is the same source.
type File interface {
	Topic() string
	Records() iter.Seq2[*ingest.Record, error]
}

// Files is a Source that reads files once, all in one assignment, each as a partition of its own.
type Files []File

// Run calls work once with all files.
func (fs Files) Run(ctx context.Context, work func(context.Context, ingest.Assignment) error) error {
	byTopic := map[string]File{}
	var a ingest.Assignment
	for _, f := range fs {
		if byTopic[f.Topic()] == nil { // the same content twice is read once
			byTopic[f.Topic()] = f
			a.Partitions = append(a.Partitions, ingest.Partition{Topic: f.Topic()})
		}
	}
	a.Open = func(p ingest.Partition, from int64) (ingest.Reader, error) {
		return ingest.NewReader(byTopic[p.Topic].Records(), max(from, 0)), nil
	}
	return work(ctx, a)
}
