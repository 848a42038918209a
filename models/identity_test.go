package models

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// forest is a union-find over keys, and the links that it was told of.
type forest struct {
	parent []int
	seen   map[[2]string]bool
	pairs  table
}

func newForest(n int) *forest {
	f := &forest{parent: make([]int, n), seen: map[[2]string]bool{}, pairs: table{header: []string{"patient_key", "linked_key"}}}
	for i := range n {
		f.parent[i] = i
	}
	return f
}

// name is the key of a number; keys sort unlike the numbers.
func (f *forest) name(i int) string { return fmt.Sprintf("%08x", uint32(i)*2654435761) }

func (f *forest) find(i int) int {
	for f.parent[i] != i {
		f.parent[i] = f.parent[f.parent[i]]
		i = f.parent[i]
	}
	return i
}

func (f *forest) link(a, b int) {
	x, y := min(f.name(a), f.name(b)), max(f.name(a), f.name(b))
	if a == b || f.seen[[2]string{x, y}] {
		return
	}
	f.seen[[2]string{x, y}] = true
	f.pairs.rows = append(f.pairs.rows, []string{x, y})
	f.parent[f.find(a)] = f.find(b)
}

// keys are all keys with their numbers.
func (f *forest) keys() table {
	names := make([]string, len(f.parent))
	for i := range names {
		names[i] = f.name(i)
	}
	slices.Sort(names)
	keys := table{header: []string{"patient_key", "key_no", "has_events"}}
	for i, name := range names {
		keys.rows = append(keys.rows, []string{name, strconv.Itoa(i + 1), "true"})
	}
	return keys
}

// smallest returns the smallest key of every tree by its root.
func (f *forest) smallest() map[int]string {
	keys := map[int]string{}
	for i := range f.parent {
		if root := f.find(i); keys[root] == "" || f.name(i) < keys[root] {
			keys[root] = f.name(i)
		}
	}
	return keys
}

// TestRandomIdentity compares connected components with a union-find over random links: thousands of small
// families, one chain of 2,000 keys in random order and one star.
func TestRandomIdentity(t *testing.T) {
	const n = 12000
	random := rand.New(rand.NewPCG(3, 5))
	f := newForest(n)
	for range 5000 {
		a := random.IntN(9000)
		f.link(a, min(8999, a+random.IntN(4)))
	}
	chain := random.Perm(2000)
	for i := range chain[1:] {
		f.link(9000+chain[i], 9000+chain[i+1])
	}
	for i := range 19 { // one more would be too many keys for a person
		f.link(11000, 11000+i)
	}
	x := newBench(t, map[string]table{"int_identity__keys": f.keys(), "stg_identity__links": f.pairs})
	x.run("int_identity__components", true)

	got := map[string]string{}
	for _, row := range x.query("int_identity__components", "patient_key", "patient_id") {
		got[row[0]] = row[1]
	}
	smallest := f.smallest()
	wrong := 0
	for i := range n {
		if got[f.name(i)] != smallest[f.find(i)] {
			wrong++
		}
	}
	if wrong > 0 || len(got) != n {
		t.Errorf("%d of %d keys have the wrong person, %d keys came back", wrong, n, len(got))
	}
	t.Logf("%d keys, %d links, %d persons", n, len(f.pairs.rows), len(smallest))
}
