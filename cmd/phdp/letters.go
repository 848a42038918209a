package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"phdp/ingest/kafka"
	"phdp/pipelines"
)

// letterPublisher puts refused records on the topic of dead letters.
type letterPublisher struct {
	producer *kafka.Producer
	keep     time.Duration // 0 for ever
	log      *slog.Logger
	ready    bool
}

// prepare makes the topic when it is not there. One that is there keeps its own retention; when that is
// not what was asked for, the log says so.
func (l *letterPublisher) prepare(ctx context.Context, partitions int32) error {
	if l.ready {
		return nil
	}
	kept, err := l.producer.PrepareKept(ctx, deadLetterTopic, partitions, l.keep)
	if err != nil {
		return err
	}
	if kept != l.keep {
		l.log.Warn("the topic of dead letters keeps them for another time than --deadletters-keep; set its retention.ms",
			"topic", deadLetterTopic, "kept", age(kept).String(), "wanted", age(l.keep).String())
	}
	l.ready = true
	return nil
}

// publish sends refused records sealed, as the table has them, with the reason and their coordinates as
// headers; the record's own key and headers may name a patient and stay behind. A record whose batch is
// read again after a crash may be published twice; the table has it once.
func (l *letterPublisher) publish(ctx context.Context, letters []pipelines.Letter) error {
	if err := l.prepare(ctx, 1); err != nil {
		return err
	}
	for _, letter := range letters {
		at := letter.Record.Position
		headers := map[string]string{
			"phdp_reason": letter.Reject.Reason, "phdp_field": letter.Reject.Field, "phdp_topic": at.Topic,
			"phdp_partition": fmt.Sprint(at.Partition), "phdp_offset": fmt.Sprint(at.Offset),
		}
		if kind := letter.Record.Headers["ce_type"]; kind != "" {
			headers["ce_type"] = kind
		}
		key := fmt.Appendf(nil, "%s/%d/%d", at.Topic, at.Partition, at.Offset)
		if err := l.producer.Produce(ctx, deadLetterTopic, key, letter.Sealed, headers); err != nil {
			return err
		}
	}
	return l.producer.Flush(ctx)
}
