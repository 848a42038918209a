//go:build bench

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"phdp/models"
	"phdp/sql/duckdb"
)

// TestScale makes a lake of so many people over 24 months, a tenth of them active, builds the warehouse from it, and
// prints two Markdown tables: one row a size, and one a model, beside the time of reading its inputs once. Each step is a
// process of its own of bin/phdp. It runs by .ci/bench: PHDP_BENCH_PATIENTS=n,n, PHDP_BENCH_DIR a folder whose lakes
// are kept and used again.
func TestScale(t *testing.T) {
	fmt.Println("| patients | events | lake: seconds | events/s | peak MB | on disk MB | full build: seconds | CPU-s | peak MB | state and warehouse MB | load before |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|")
	var sizes []built
	for _, text := range strings.Split(settingOr("PHDP_BENCH_PATIENTS", "16000,160000"), ",") {
		dir := filepath.Join(settingOr("PHDP_BENCH_DIR", t.TempDir()), text)
		made := spend(t, nil, "generate", "--patients", text, "--months", "24", "--active-share", "0.1", "--end", "2026-10-31", "--to", "lake", "--data-dir", dir)
		load, _ := os.ReadFile("/proc/loadavg")
		before, _, _ := strings.Cut(string(load), " ")
		var explained bytes.Buffer
		done := spend(t, &explained, "build", "--full", "--explain", "--data-dir", dir)
		b := built{dir: dir, patients: text, models: readExplained(t, explained.String())}
		b.events = b.models["stg_chats__messages"].rows + b.models["stg_activities__events"].rows + b.models["stg_prescriptions__items"].rows
		fmt.Printf("| %s | %d | %.0f | %.0f | %d | %d | %.0f | %.0f | %d | %d | %s |\n", text, b.events, made.seconds, float64(b.events)/made.seconds,
			made.peakMB, sizeMB(t, filepath.Join(dir, "lake")), done.seconds, done.cpu, done.peakMB, sizeMB(t, filepath.Join(dir, "warehouse")), before)
		sizes = append(sizes, b)
	}
	printModels(t, sizes)
}

// built is one size that was measured.
type built struct {
	dir, patients string
	events        int64
	models        map[string]explained
}

// explained is a line of phdp build --explain.
type explained struct {
	layer   string
	rows    int64
	seconds float64
	inputs  []string
	isView  bool
}

// printModels shows the models that take a hundredth of the time of the largest size or more.
func printModels(t *testing.T, sizes []built) {
	t.Helper()
	largest := sizes[len(sizes)-1]
	scan := scanner(t, largest)
	fmt.Print("\n| model | rows |")
	for _, b := range sizes {
		fmt.Printf(" seconds at %s |", b.patients)
	}
	fmt.Print(" reading its inputs once |\n|---|---|" + strings.Repeat("---|", len(sizes)+1) + "\n")
	total := 0.0
	for _, m := range largest.models {
		total += m.seconds
	}
	names := slices.SortedFunc(maps.Keys(largest.models), func(a, b string) int {
		return cmp.Compare(largest.models[b].seconds, largest.models[a].seconds)
	})
	for _, name := range names {
		m := largest.models[name]
		if m.seconds < total/100 {
			break
		}
		fmt.Printf("| %s | %d |", name, m.rows)
		for _, b := range sizes {
			fmt.Printf(" %.2f |", b.models[name].seconds)
		}
		reading := 0.0
		for _, in := range m.inputs {
			reading += scan(in)
		}
		fmt.Printf(" %.2f |\n", reading)
	}
}

// scanner returns a function that says how many seconds it takes to read all columns of a table, or of the files of a lake table.
func scanner(t *testing.T, b built) func(table string) float64 {
	t.Helper()
	db, err := duckdb.OpenReadOnly(filepath.Join(b.dir, "warehouse", "state.duckdb"), duckdb.Options{MemoryMB: 4096, Files: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("attach '" + filepath.Join(b.dir, "warehouse", "phdp.duckdb") + "' as warehouse (read_only)"); err != nil {
		t.Fatal(err)
	}
	known := map[string]float64{}
	var scan func(table string) float64
	scan = func(table string) float64 {
		t.Helper()
		if seconds, ok := known[table]; ok || strings.HasPrefix(table, "ref.") {
			return seconds
		}
		if m := b.models[table]; m.isView { // it is read where its inputs stand
			for _, in := range m.inputs {
				known[table] += scan(in)
			}
			return known[table]
		}
		from := b.models[table].layer + "." + table
		if name, ok := strings.CutPrefix(table, "lake."); ok {
			from = "read_parquet('" + filepath.Join(b.dir, "lake", name, "**", "*.parquet") + "', hive_partitioning = false)"
		} else if b.models[table].layer == "marts" {
			from = "warehouse.main." + table
		}
		start := time.Now()
		if _, err := db.Exec("select bit_xor(hash(t)) from " + from + " as t"); err != nil {
			t.Fatalf("read %s: %v", table, err)
		}
		known[table] = time.Since(start).Seconds()
		return known[table]
	}
	return scan
}

func readExplained(t *testing.T, text string) map[string]explained {
	t.Helper()
	read := map[string]explained{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 6 || !slices.Contains([]string{"staging", "intermediate", "marts"}, f[0]) {
			continue
		}
		rows, rowsErr := strconv.ParseInt(f[2], 10, 64)
		seconds, err := strconv.ParseFloat(f[3], 64)
		if rowsErr != nil || err != nil {
			t.Fatalf("build --explain printed %q", line)
		}
		_, inputs, _ := strings.Cut(strings.TrimSpace(line), "; ")
		read[f[1]] = explained{f[0], rows, seconds, strings.Split(inputs, ", "), f[5] == string(models.IsView)}
	}
	return read
}

// TestCMASpeed prints how many patients a second phdp adherence cma measures: the 100 of AdhereR's example, PHDP_BENCH_COPIES times.
func TestCMASpeed(t *testing.T) {
	copies, err := strconv.Atoi(settingOr("PHDP_BENCH_COPIES", "10000"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "events.csv")
	copyEvents(t, path, copies)
	fmt.Println("| measure | patients | seconds | patients/s | CPU-s | peak MB |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, measure := range []string{"cma7", "cma1", "cma9", "all"} {
		m := spend(t, nil, "adherence", "cma", "--measure", measure, "--ow-start", "182", "--ow-duration", "365", "--events", path, "--out", path+".out")
		fmt.Printf("| %s | %d | %.2f | %.0f | %.1f | %d |\n", measure, copies*100, m.seconds, float64(copies*100)/m.seconds, m.cpu, m.peakMB)
	}
}

// copyEvents writes the example so many times, each time with other patients.
func copyEvents(t *testing.T, path string, copies int) {
	t.Helper()
	file, err := os.Open(filepath.Join(settingOr("PHDP_TESTDATA", filepath.Join("..", "..", "..", "shared", "data")), "prescriptions", "med_events.csv"))
	if err != nil {
		t.Skipf("no example data: %v", err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("patient_id,date,days_supply,drug,daily_dose\n")
	for i := range copies {
		for _, r := range rows[1:] {
			text = fmt.Appendf(text, "%d-%s,%s,%s,%s,%s\n", i, r[1], r[3], r[6], r[5], r[4])
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// spent is what one process needed.
type spent struct {
	seconds, cpu float64
	peakMB       int64
}

// spend runs bin/phdp and measures it.
func spend(t *testing.T, out *bytes.Buffer, args ...string) spent {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), settingOr("PHDP_BENCH_BIN", filepath.Join("..", "..", "bin", "phdp")), args...)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if out != nil {
		cmd.Stdout = out
	}
	start := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("phdp %s: %v\n%s", args[0], err, messages.Bytes())
	}
	used := cmd.ProcessState
	return spent{time.Since(start).Seconds(), (used.UserTime() + used.SystemTime()).Seconds(), used.SysUsage().(*syscall.Rusage).Maxrss / 1024}
}

func sizeMB(t *testing.T, dir string) (total int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total >> 20
}

func settingOr(name, otherwise string) string {
	return cmp.Or(os.Getenv(name), otherwise)
}
