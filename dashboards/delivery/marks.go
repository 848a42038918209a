package delivery

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Pair is a care worker and a person who are friends in WeCom. The person is a pseudonym.
type Pair struct {
	Staff      string `json:"userid"`
	PatientKey string `json:"patient_key"`
}

// Wanted is a pair with the tags that it should have here.
type Wanted struct {
	Pair
	Tags []string // ids of the catalogue
}

// Change is what must change of a pair's tags; the tags are WeCom's.
type Change struct {
	Pair
	Add    []string `json:"add_tag,omitempty"`
	Remove []string `json:"remove_tag,omitempty"`
}

// Mark is a change as WeCom's mark_tag takes it.
type Mark struct {
	Staff    string   `json:"userid"`
	External string   `json:"external_userid"`
	Add      []string `json:"add_tag,omitempty"`
	Remove   []string `json:"remove_tag,omitempty"`
}

// changesPerMessage bounds a message of changes.
const changesPerMessage = 10_000

// changes compares what is wanted with what was acknowledged last. ok is false while changes of the job still wait: what
// WeCom has is not known before they are acknowledged.
func (o *Outbox) changes(ctx context.Context, m Marks, wanted []Wanted) (all []Change, ok bool, err error) {
	var open bool
	if err := o.db.QueryRowContext(ctx, "select exists (select 1 from messages where job = ? and kind = ? and state = 'waiting')", m.Name, kindMarks).Scan(&open); err != nil {
		return nil, false, fmt.Errorf("read marks: %w", err)
	}
	if open {
		return nil, false, nil
	}
	has, err := o.marks(ctx, m.Name)
	if err != nil {
		return nil, false, err
	}
	should := map[Pair]map[string]bool{}
	for _, w := range wanted {
		for _, tag := range w.Tags {
			if there, known := m.Tags[tag]; known {
				set(should, w.Pair, there)
			}
		}
	}
	return difference(has, should), true, nil
}

func set(all map[Pair]map[string]bool, p Pair, tag string) {
	if all[p] == nil {
		all[p] = map[string]bool{}
	}
	all[p][tag] = true
}

// marks is what WeCom has, as far as it was acknowledged.
func (o *Outbox) marks(ctx context.Context, job string) (map[Pair]map[string]bool, error) {
	rows, err := o.db.QueryContext(ctx, "select userid, patient_key, tag from marks where job = ?", job)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	defer rows.Close()
	all := map[Pair]map[string]bool{}
	for rows.Next() {
		var p Pair
		var tag string
		if err := rows.Scan(&p.Staff, &p.PatientKey, &tag); err != nil {
			return nil, fmt.Errorf("read marks: %w", err)
		}
		set(all, p, tag)
	}
	return all, rows.Err()
}

// difference is what leads from one state to the other, in a fixed order.
func difference(has, should map[Pair]map[string]bool) []Change {
	found := map[Pair]*Change{}
	of := func(p Pair) *Change {
		if found[p] == nil {
			found[p] = &Change{Pair: p}
		}
		return found[p]
	}
	for p, tags := range should {
		for tag := range tags {
			if !has[p][tag] {
				of(p).Add = append(of(p).Add, tag)
			}
		}
	}
	for p, tags := range has {
		for tag := range tags {
			if !should[p][tag] {
				of(p).Remove = append(of(p).Remove, tag)
			}
		}
	}
	all := make([]Change, 0, len(found))
	for _, c := range found {
		slices.Sort(c.Add)
		slices.Sort(c.Remove)
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Staff, b.Staff), strings.Compare(a.PatientKey, b.PatientKey))
	})
	return all
}

// markMessages puts changes into messages: one for each change where WeCom itself is the target, large ones elsewhere.
func (s *Service) markMessages(m Marks, due time.Time, all []Change) ([]Message, error) {
	size := changesPerMessage
	if s.plan.Targets[m.To].kind() == "wecom" {
		size = 1
	}
	var out []Message
	for part := range slices.Chunk(all, size) {
		body, err := json.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("write marks: %w", err)
		}
		key := keyOf(m.Name, due, m.To, fmt.Sprint(len(out)))
		name := fmt.Sprintf("phdp-%s-%s-%03d.jsonl", m.Name, due.Format("20060102-1504"), len(out)+1)
		out = append(out, Message{Key: key, Job: m.Name, Target: m.To, Kind: kindMarks, Subject: m.Name, Name: name, ContentType: "application/x-ndjson", Body: body})
	}
	return out, nil
}
