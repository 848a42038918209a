//go:build bench

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What people open, with the filters that they choose from. {patient} is one of the people of a list, {tag} one of the tags,
// so that nearly every such page is another one.
var opened = []struct {
	path    string
	filters []string
}{
	{"/home", byLine}, {"/adherence", byLine}, {"/adherence?period=r90", nil}, {"/persistence", byLine}, {"/journey", byLine}, {"/journey?lost=six_months", nil},
	{"/stages", byLine}, {"/segments", byLine}, {"/segments?g=any:{tag},{tag}&g=none:{tag}", byLine}, {"/tags", byLine}, {"/patients", byLine}, {"/patients/{patient}", nil},
	{"/followups", byLine}, {"/alerts", byLine}, {"/repurchase", byLine}, {"/experiments", nil}, {"/firstfill", byLine}, {"/paths", byLine},
	{"/outcomes", byLine}, {"/content", byLine}, {"/community", nil}, {"/campaigns", byLine}, {"/staff", nil}, {"/tuning", byLine}, {"/data", nil}, {"/glossary", nil}, {"/sql", nil},
}

var byLine = []string{"", "line=htn", "line=dm", "line=onfh", "line=bc"}

// TestPages prints how long pages take of the warehouse in PHDP_BENCH_DIR of the largest of PHDP_BENCH_PATIENTS, after the
// server's rehearsal: the first time that anybody opens them, and for 50 people who each open a page, read for a second on
// average, and open the next. Server and people share the machine.
func TestPages(t *testing.T) {
	sizes := strings.Split(settingOr("PHDP_BENCH_PATIENTS", "16000,160000"), ",")
	dir := filepath.Join(settingOr("PHDP_BENCH_DIR", t.TempDir()), sizes[len(sizes)-1])
	url, rehearsed, stop := servePages(t, dir)
	defer stop()
	users, err := strconv.Atoi(settingOr("PHDP_BENCH_USERS", "50"))
	if err != nil {
		t.Fatal(err)
	}
	minute, err := time.ParseDuration(settingOr("PHDP_BENCH_FOR", "60s"))
	if err != nil {
		t.Fatal(err)
	}
	patients := linked(t, url, `href="/patients/([^"?]+)"`, "/patients", "/patients?line=htn", "/patients?line=dm", "/journey?lost=six_months", "/alerts", "/followups")
	tags := linked(t, url, `href="/tags\?tag=([^"&]+)`, "/tags")
	filled := func(path string, random *rand.Rand) string {
		path = strings.ReplaceAll(path, "{patient}", patients[random.IntN(len(patients))])
		for strings.Contains(path, "{tag}") {
			path = strings.Replace(path, "{tag}", tags[random.IntN(len(tags))], 1)
		}
		return path
	}
	first := map[string]time.Duration{}
	for _, page := range opened {
		first[page.path] = openPage(t, url+filled(page.path, rand.New(rand.NewPCG(2, 2))))
	}

	taken := map[string][]time.Duration{}
	var mu sync.Mutex
	var all sync.WaitGroup
	end := time.Now().Add(minute)
	for user := range users {
		random := rand.New(rand.NewPCG(1, uint64(user)))
		all.Go(func() {
			for time.Sleep(time.Duration(random.Float64() * float64(time.Second))); time.Now().Before(end); time.Sleep(time.Duration(random.ExpFloat64() * float64(time.Second))) {
				page := opened[random.IntN(len(opened))]
				path := filled(page.path, random)
				if len(page.filters) > 0 {
					path += "?&"[min(1, strings.Count(path, "?")):][:1] + page.filters[random.IntN(len(page.filters))]
				}
				took := openPage(t, url+path)
				mu.Lock()
				taken[page.path] = append(taken[page.path], took)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	fmt.Printf("%s patients, pages rehearsed in %.0f s\n", sizes[len(sizes)-1], rehearsed.Seconds())
	fmt.Printf("| page, %s patients, %d users | opened | first ms | p50 ms | p99 ms | slowest ms |\n|---|---|---|---|---|---|\n", sizes[len(sizes)-1], users)
	var every []time.Duration
	for _, page := range opened {
		printTimes(page.path, fmt.Sprint(first[page.path].Milliseconds()), taken[page.path])
		every = append(every, taken[page.path]...)
	}
	printTimes("all", "", every)
}

func printTimes(name, first string, all []time.Duration) {
	slices.Sort(all)
	at := func(share float64) int64 { return all[int(share*float64(len(all)-1))].Milliseconds() }
	if len(all) > 0 {
		fmt.Printf("| %s | %d | %s | %d | %d | %d |\n", name, len(all), first, at(0.5), at(0.99), at(1))
	}
}

// servePages starts phdp serve as a process of its own and waits until it has rehearsed the pages.
func servePages(t *testing.T, dir string) (url string, rehearsed time.Duration, stop func()) {
	t.Helper()
	start := time.Now()
	cmd := exec.CommandContext(context.Background(), settingOr("PHDP_BENCH_BIN", filepath.Join("..", "..", "bin", "phdp")), "serve", "--data-dir", dir, "--addr", "127.0.0.1:0", "--log-level", "info")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, url, _ = strings.Cut(strings.TrimSpace(line), " ")
	go io.Copy(io.Discard, out)
	log := bufio.NewScanner(said)
	for log.Scan() && !strings.Contains(log.Text(), "pages rehearsed") {
	}
	rehearsed = time.Since(start)
	go io.Copy(io.Discard, said)
	return url, rehearsed, func() { _ = cmd.Process.Signal(syscall.SIGINT); _ = cmd.Wait() }
}

// linked returns what links on some pages lead to.
func linked(t *testing.T, url, link string, paths ...string) []string {
	t.Helper()
	var all []string
	for _, path := range paths {
		for _, m := range regexp.MustCompile(link).FindAllStringSubmatch(readPage(t, url+path), -1) {
			all = append(all, m[1])
		}
	}
	if len(all) == 0 {
		t.Fatalf("no link %s on %v", link, paths)
	}
	return all
}

func openPage(t *testing.T, url string) time.Duration {
	start := time.Now()
	readPage(t, url)
	return time.Since(start)
}

func readPage(t *testing.T, url string) string {
	answer, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("%s: %s %v", regexp.MustCompile(`/patients/.*`).ReplaceAllString(url, "/patients/…"), answer.Status, err)
	}
	return string(body)
}
