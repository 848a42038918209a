package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"time"

	"phdp/ingest"
	"phdp/pipelines"
	"phdp/pipelines/generate"
)

// lakeParts is how many parts of the people are made and transformed at once.
const lakeParts = 2

// inventedPart is a part of the invented people as a file that nobody has to write: the same settings are the same content.
type inventedPart struct {
	generator   *generate.Generator
	topic       string
	part, parts int
}

// Topic names the settings and the part, as that of a file names its content.
func (f inventedPart) Topic() string { return f.topic }

// Records are the records of the part in order of arrival.
func (f inventedPart) Records() iter.Seq2[*ingest.Record, error] {
	return func(yield func(*ingest.Record, error) bool) {
		offset := int64(0)
		for r := range f.generator.RecordsOf(f.part, f.parts) {
			rec := &ingest.Record{Position: ingest.Position{Topic: f.topic, Offset: offset}, Key: r.Key, Value: r.Value, Time: r.At}
			if !yield(rec, nil) {
				return
			}
			offset++
		}
	}
}

// toLake decodes, transforms and commits the records as ingest does, without a broker between. An interrupted
// run goes on where it was; one that is done brings nothing new.
func (c *generateCommand) toLake(ctx context.Context, a *app, g *generate.Generator, count func(int)) error {
	stream, close, err := a.fileStream(ctx)
	if err != nil {
		return err
	}
	defer close()
	end, err := lastDay(c.End, time.Now())
	if err != nil {
		return err
	}
	var files pipelines.Files
	for part := range lakeParts {
		settings := fmt.Sprintf("%d %d %d %s %v %v %d/%d", c.Patients, c.Months, c.Seed, end.Format(time.DateOnly), c.Line, c.Active, part, lakeParts)
		files = append(files, inventedPart{g, fmt.Sprintf("file:%x", sha256.Sum256([]byte(settings))), part, lakeParts})
	}
	stream.Source, stream.Decode = files, func(string) ingest.Decode { return ingest.DecodeCanonical }
	if err := watch(ctx, stream.Run, func() { count(int(stream.Counters.Records.Load())) }); err != nil {
		return err
	}
	return ctx.Err()
}
