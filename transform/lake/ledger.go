package lake

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"

	"phdp/ingest"
	"phdp/transform"
)

// ledgerProperty is the prefix of the table properties that say what a table has taken from a partition:
// ledgerProperty + topic + "." + partition. It is set with the rows that it counts, so that rows which are
// lost or repeated afterwards show, whatever loses or repeats them.
const ledgerProperty = "phdp.rows."

// ledger is what a table knows of one partition. Its rows are Taken less Erased, always.
type ledger struct {
	Start  int64 // the first offset that the table was offered
	Taken  int64 // rows
	Erased int64 // rows that an erasure removed
}

func (l ledger) String() string {
	return fmt.Sprintf("start=%d taken=%d erased=%d", l.Start, l.Taken, l.Erased)
}

// ledgers reads a table's ledgers. Partitions that were read before there were any have none.
func ledgers(tbl *icetable.Table) map[ingest.Partition]ledger {
	all := map[ingest.Partition]ledger{}
	for key, value := range tbl.Properties() {
		p, ok := partitionOf(key, ledgerProperty)
		var of ledger
		if _, err := fmt.Sscanf(value, "start=%d taken=%d erased=%d", &of.Start, &of.Taken, &of.Erased); ok && err == nil {
			all[p] = of
		}
	}
	return all
}

// partitionOf reads the partition from a property's name.
func partitionOf(key, prefix string) (ingest.Partition, bool) {
	name, ok := strings.CutPrefix(key, prefix)
	dot := strings.LastIndexByte(name, '.')
	if !ok || dot < 0 {
		return ingest.Partition{}, false
	}
	id, err := strconv.ParseInt(name[dot+1:], 10, 32)
	return ingest.Partition{Topic: name[:dot], ID: int32(id)}, err == nil
}

func propertyOf(prefix string, p ingest.Partition) string {
	return prefix + p.Topic + "." + strconv.Itoa(int(p.ID))
}

// ledgersAfter opens a ledger for partitions that are new to the table and adds the rows that a batch
// brings to those that are open.
func ledgersAfter(tbl *icetable.Table, batch *transform.Batch, taken map[ingest.Partition]int64) iceberg.Properties {
	at, open := reached(tbl), ledgers(tbl)
	for _, r := range batch.Ranges {
		p := ingest.Partition{Topic: r.Topic, ID: r.Partition}
		if _, known := at[p]; !known {
			open[p] = ledger{Start: r.Start}
		}
	}
	props := iceberg.Properties{}
	for p, of := range open {
		of.Taken += taken[p]
		if value, key := of.String(), propertyOf(ledgerProperty, p); tbl.Properties()[key] != value {
			props[key] = value
		}
	}
	return props
}

// intake decides which rows of a batch a table still needs and counts them by partition.
type intake struct {
	floors map[ingest.Partition]int64
	taken  map[ingest.Partition]*int64

	// of the row before, as neighbours mostly come from the same partition
	last  ingest.Partition
	floor int64
	count *int64
}

func newIntake(floors map[ingest.Partition]int64) *intake {
	return &intake{floors: floors, taken: map[ingest.Partition]*int64{}}
}

// keep tells whether a row is new to the table.
func (in *intake) keep(o *transform.Origin) bool {
	if in.count == nil || o.Partition != in.last.ID || o.Topic != in.last.Topic {
		in.last = ingest.Partition{Topic: o.Topic, ID: o.Partition}
		in.floor = in.floors[in.last]
		if in.count = in.taken[in.last]; in.count == nil {
			in.count = new(int64)
			in.taken[in.last] = in.count
		}
	}
	if o.Offset < in.floor {
		return false
	}
	*in.count++
	return true
}

// rows is how many were kept of each partition.
func (in *intake) rows() map[ingest.Partition]int64 {
	all := make(map[ingest.Partition]int64, len(in.taken))
	for p, n := range in.taken {
		all[p] = *n
	}
	return all
}
