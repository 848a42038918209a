package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The catalogue refuses the commits of some tables while others go through, again and again at another
// table: ingest stops and says so, and in the end every record is there once.
func TestCommitsThatFailHalfWay(t *testing.T) {
	started := time.Now()
	broker, producer := embeddedBroker(t)
	c := &campaign{t: t, dir: t.TempDir(), records: 20_000, brokerList: broker.Brokers()}
	c.produce(producer)
	args := []string{"ingest", "--data-dir", c.dir, "--brokers", broker.Brokers()[0], "--topic", faultTopic + "=canonical", "--flush-bytes", "500KB"}
	if out, errs, code := phdp(t, "lake", "tables", "--data-dir", c.dir); code != 0 { // makes the catalogue
		t.Fatal(out, errs)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, "lake", "catalog.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range []string{"chats", "deadletters", "findings", "links"} {
		refuse := "create trigger refuse before update on iceberg_tables when new.table_name = '" + table + "' begin select raise(abort, 'commits are refused'); end"
		if _, err := db.Exec(refuse); err != nil {
			t.Fatal(err)
		}
		if _, errs, code := phdp(t, args...); code != 1 || !strings.Contains(errs, "commits are refused") {
			t.Errorf("exit code %d, printed %q; want that %s is refused", code, errs, table)
		}
		if _, err := db.Exec("drop trigger refuse"); err != nil {
			t.Fatal(err)
		}
	}
	ends, err := producer.Ends(t.Context(), faultTopic)
	if err != nil {
		t.Fatal(err)
	}
	c.drain(ends)
	c.verify(ends, producer.Acked())
	c.line("embedded", "commits refused half-way, 4 tables in turn", time.Since(started))
}
