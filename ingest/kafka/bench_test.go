package kafka

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"phdp/ingest/kafka/kafkatest"
)

// BenchmarkFetch reads a backlog of 350-byte Chinese chat events, zstd, from one partition.
func BenchmarkFetch(b *testing.B) {
	b.Run("embedded", func(b *testing.B) {
		broker, err := StartEmbedded(b.TempDir(), 0)
		if err != nil {
			b.Fatal(err)
		}
		defer broker.Close()
		benchmarkFetch(b, broker.Brokers())
	})
	b.Run("kafka", func(b *testing.B) {
		benchmarkFetch(b, kafkatest.Start(b, kafkatest.Options{}).Brokers())
	})
}

func benchmarkFetch(b *testing.B, brokers []string) {
	const records = 200_000
	p, err := NewProducer(brokers, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	if err := p.Prepare(b.Context(), topic, 1); err != nil {
		b.Fatal(err)
	}
	for i := range records {
		if err := p.Produce(b.Context(), topic, fmt.Appendf(nil, "wm%d", i%10007), chatEvent(i), nil); err != nil {
			b.Fatal(err)
		}
	}
	if err := p.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	c := NewConsumer(Config{Brokers: brokers, Topics: []string{topic}, Log: discard()})
	b.ReportAllocs()
	total := 0
	for b.Loop() {
		total += fetchAll(b, c, records)
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "records/s")
}

func fetchAll(b *testing.B, c *Consumer, want int) int {
	r, err := c.open(partitionZero, 0, fetchBytes(1))
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	n := 0
	for n < want {
		records, err := r.Fetch(b.Context(), 2000)
		if err != nil {
			b.Fatal(err)
		}
		n += len(records)
	}
	return n
}

func chatEvent(i int) []byte {
	words := []string{"今天头晕", "血压有点高", "药吃完了", "什么时候复诊", "缬沙坦", "早上一片", "谢谢医生", "昨天没有吃药", "好的", "138"}
	value := fmt.Appendf(nil, `{"v":1,"event_id":"c%d-%x","type":"chat.message","at":"2026-01-05T09:12:33+08:00","patient":{"kind":"wecom","id":"wm%d"},"speaker":"patient","text":"`,
		i, rand.Uint64(), rand.IntN(100_000))
	for len(value) < 345 {
		value = append(value, words[rand.IntN(len(words))]...)
	}
	return append(value, `"}`...)
}
