//go:build bench

package models

import (
	"bufio"
	"context"
	"database/sql"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// identityLinks makes n keys in realistic components (pairs, stars of four, chains of five, one in twenty of which
// holds two people), one chain of 10,000 and one key that a hundredth of the others are linked to.
const identityLinks = `
	create macro kind_of(i, n) as case
		when i < n * 4 // 10 then ['wecom', 'phone'][i % 2 + 1]
		when i < n * 8 // 10 then ['wecom', 'unionid', 'phone', 'youzan'][i % 4 + 1]
		when i < n * 98 // 100 then case when i % 100 = 4 then 'unionid' else ['unionid', 'wecom', 'phone', 'youzan', 'hospital'][i % 5 + 1] end
		else 'youzan' end;
	create table staging.stg_identity__links as
	with pairs as (
		select i * 2 as a, i * 2 + 1 as b from range(0, cast($n as bigint) * 2 // 10) as t (i)
		union all
		select cast($n as bigint) * 4 // 10 + i // 3 * 4 as a, cast($n as bigint) * 4 // 10 + i // 3 * 4 + 1 + i % 3 as b from range(0, cast($n as bigint) * 3 // 10) as t (i)
		union all
		select cast($n as bigint) * 8 // 10 + i // 4 * 5 + i % 4 as a, cast($n as bigint) * 8 // 10 + i // 4 * 5 + i % 4 + 1 as b from range(0, cast($n as bigint) * 144 // 1000) as t (i)
		union all
		select cast($n as bigint) * 98 // 100 + i as a, cast($n as bigint) * 98 // 100 + i + 1 as b from range(0, 9999) as t (i)
		union all
		select cast($n as bigint) * 99 // 100 as a, cast($n as bigint) * 99 // 100 + i as b from range(1, $n // 100) as t (i)
	),
	named as (select *, md5(cast(a as varchar)) as x, md5(cast(b as varchar)) as y from pairs)
	select least(x, y) as patient_key, greatest(x, y) as linked_key, kind_of(case when x < y then a else b end, $n) as kind,
		kind_of(case when x < y then b else a end, $n) as linked_kind, 0.95 as confidence
	from named;
	create table intermediate.int_identity__keys as
	select patient_key, row_number() over (order by patient_key) as key_no, kind, true as has_events, now() as first_seen_at, now() as last_seen_at
	from (select md5(cast(i as varchar)) as patient_key, kind_of(i, $n) as kind from range(0, $n) as t (i))`

// TestIdentityAtScale prints a table with the rows, the seconds and the peak memory of the process after each model, for
// PHDP_BENCH_KEYS identifiers (default 20 million), with 8 GB and two threads.
func TestIdentityAtScale(t *testing.T) {
	n := os.Getenv("PHDP_BENCH_KEYS")
	if n == "" {
		n = "20000000"
	}
	db, err := sql.Open("duckdb", t.TempDir()+"/identity.duckdb?threads=2&memory_limit=8GB&preserve_insertion_order=false")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exec := func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(context.Background(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec("create schema staging; create schema intermediate; set search_path = 'main,intermediate,staging'")
	exec(strings.ReplaceAll(identityLinks, "$n", n))
	exec("create table staging.stg_activities__events (patient_key varchar, attributes varchar)")
	c, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	count := func(query string) (n int64) {
		t.Helper()
		if err := conn.QueryRowContext(context.Background(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	keys, links := count("select count(*) from int_identity__keys"), count("select count(*) from stg_identity__links")
	t.Logf("%-26s %12s %9s %9s", "model", "rows", "seconds", "peak MB")
	total := time.Duration(0)
	for _, m := range c.models {
		switch m.Name {
		case "int_identity__links", "int_identity__groups", "int_identity__disputes", "int_identity__components":
			start := time.Now()
			exec("create table intermediate." + m.Name + " as\n" + m.SQL)
			took := time.Since(start)
			total += took
			t.Logf("%-26s %12d %9.1f %9d", m.Name, count("select count(*) from intermediate."+m.Name), took.Seconds(), peakMemoryMB(t))
		}
	}
	people := count("select count(distinct patient_id) from int_identity__components")
	t.Logf("%-26s %12s %9s %9s %12s", "identifiers", "links", "seconds", "peak MB", "people")
	t.Logf("%-26d %12d %9.1f %9d %12d", keys, links, total.Seconds(), peakMemoryMB(t), people)
}

func peakMemoryMB(t *testing.T) int {
	t.Helper()
	status, err := os.Open("/proc/self/status")
	if err != nil {
		t.Logf("peak memory is not known here: %v", err)
		return 0
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		if kb, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(kb, "kB")))
			if err != nil {
				t.Fatal(err)
			}
			return n / 1024
		}
	}
	return 0
}
