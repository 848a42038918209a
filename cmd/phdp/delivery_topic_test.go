package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"phdp/ingest/kafka/kafkatest"
)

// What a plan hands to a topic is on a real cluster in its order, each record with the message's key and its place, so that
// a consumer can leave out what comes twice.
func TestATopicOfTheClusterGetsTheRecords(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Options{})
	const topic = "phdp.lists"
	t.Cleanup(func() { _ = cluster.DeleteTopic(context.Background(), topic) })
	publish, err := (&brokerFlags{clusterFlags: clusterFlags{Brokers: cluster.Brokers()}}).publisher()
	if err != nil {
		t.Fatal(err)
	}
	records := [][]byte{[]byte(`{"a":1}`), []byte(`{"a":2}`), []byte(`{"a":3}`)}
	for range 2 { // the second time is a repetition after a lost answer
		if err := publish(t.Context(), topic, "key-1", records); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(cluster.Brokers()...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []string
	for len(got) < 6 {
		found := reader.PollFetches(ctx)
		if err := found.Err0(); err != nil {
			t.Fatal(err)
		}
		found.EachRecord(func(r *kgo.Record) {
			headers := []string{string(r.Key), string(r.Value)}
			for _, h := range r.Headers {
				headers = append(headers, h.Key+"="+string(h.Value))
			}
			slices.Sort(headers[2:])
			got = append(got, strings.Join(headers, " "))
		})
	}
	for i, line := range got {
		want := fmt.Sprintf(`key-1 {"a":%d} idempotency-key=key-1 record=%d records=3`, i%3+1, i%3)
		if line != want {
			t.Errorf("record %d: %s, want %s", i, line, want)
		}
	}
}
