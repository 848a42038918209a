package dashboards

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// How much is kept of results.
const (
	plainRows  = 200       // in the page itself; its script asks for all of them
	resultRoom = 64 << 20  // bytes of one result
	allRoom    = 256 << 20 // bytes of all results together
)

// resultRows are the rows of a result as lines of JSON, each an array of texts and nulls. So they take less memory than cells,
// and are sent as they are.
type resultRows struct {
	text bytes.Buffer
	ends []int // where each line ends
	room int   // bytes that there may be
	full bool
}

// add keeps a row, as long as all before it were kept and there is room.
func (k *resultRows) add(row []cell) error {
	if k.full {
		return nil
	}
	out := json.NewEncoder(&k.text)
	out.SetEscapeHTML(false)
	if err := out.Encode(textRows([][]cell{row})[0]); err != nil {
		return fmt.Errorf("keep a row: %w", err)
	}
	if k.full = k.text.Len() > k.room; !k.full {
		k.ends = append(k.ends, k.text.Len())
	}
	return nil
}

// finish gives back the memory that no row needs.
func (k *resultRows) finish() {
	size := 0
	if len(k.ends) > 0 {
		size = k.ends[len(k.ends)-1]
	}
	k.text = *bytes.NewBuffer(bytes.Clone(k.text.Bytes()[:size]))
}

// Kept is how many rows of the result can be shown.
func (r *run) Kept() int { return len(r.rows.ends) }

// First are the rows that stand in the page itself.
func (r *run) First() [][]cell { return r.cells(0, plainRows) }

// cells reads kept rows from one up to another; what is beyond the last is left out.
func (r *run) cells(from, to int) [][]cell {
	to = min(to, r.Kept())
	if from >= to {
		return nil
	}
	start := 0
	if from > 0 {
		start = r.rows.ends[from-1]
	}
	read := json.NewDecoder(bytes.NewReader(r.rows.text.Bytes()[start:r.rows.ends[to-1]]))
	all := make([][]cell, to-from)
	for i := range all {
		var texts []*string
		_ = read.Decode(&texts) // add has written it
		all[i] = make([]cell, len(r.Columns))
		for c := range all[i] {
			if all[i][c].IsNull = texts[c] == nil; !all[i][c].IsNull {
				all[i][c].Text = *texts[c]
			}
		}
	}
	return all
}

// makeRoom forgets the runs whose rows find no room beside those of newer runs.
func (rs *runs) makeRoom() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	size := 0
	for i, id := range slices.Backward(rs.order) {
		r := rs.byID[id]
		if !r.Finished() || r.Kept() == 0 {
			continue
		}
		if size += r.rows.text.Len(); size > rs.room && size > r.rows.text.Len() {
			size -= r.rows.text.Len()
			delete(rs.byID, id)
			rs.order = slices.Delete(rs.order, i, i+1)
		}
	}
}

// runRows sends the kept rows of a run. They were read when the statement ran: they are one result, whatever became of the
// warehouse since, and the statement's row in the audit log stands for them.
func (s *Server) runRows(_ context.Context, w http.ResponseWriter, rq *request) error {
	r := s.runs.get(rq.PathValue("run"), ownerOf(rq))
	if r == nil || !r.Finished() || r.Outcome != "ok" {
		return errNotFound
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportTimeout)) // a writer without deadlines has time enough
	w.Header().Set("Content-Type", "application/x-ndjson")
	if !strings.Contains(rq.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = w.Write(r.rows.text.Bytes()) // the reader has gone when this fails
		return nil
	}
	w.Header().Set("Content-Encoding", "gzip")
	packed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return fmt.Errorf("send rows: %w", err)
	}
	_, _ = packed.Write(r.rows.text.Bytes()) // as above
	_ = packed.Close()
	return nil
}
