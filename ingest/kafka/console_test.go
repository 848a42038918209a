package kafka

import (
	"strings"
	"testing"
	"time"
)

// Lines that the distribution's own console producer writes arrive with their keys, in order.
func TestConsoleProducer(t *testing.T) {
	cluster := anyKafka(t)
	topic := newTopic(t, cluster, 1)
	lines := "wm1\t{\"msgid\":\"1\",\"text\":\"头晕\"}\nwm2\t{\"msgid\":\"2\"}\nno key\n"
	if err := cluster.ConsoleProduce(t.Context(), topic, strings.NewReader(lines), "compression.type=zstd"); err != nil {
		t.Fatal(err)
	}
	r := openAt(t, cluster.Brokers(), topic, -1)
	records, err := r.Fetch(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 3 || string(records[0].Key) != "wm1" || string(records[0].Value) != `{"msgid":"1","text":"头晕"}` || records[2].Key != nil {
		t.Errorf("records %+v", records)
	}
	if age := time.Since(records[0].Time); age < 0 || age > time.Minute {
		t.Errorf("the first record is %s old", age)
	}
}
