package dashboards

import (
	"context"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"phdp/dashboards/access"
)

// Segments that are set side by side: as many have a chart that can be read.
const (
	fewestCompared = 2
	mostCompared   = 6
)

// overlapPage shows how many people some saved segments have in common. It is no page of its own in the navigation: the
// page of segments leads to it.
func overlapPage() reportPage {
	mask := param{name: "mask", valid: func(_ *warehouse, v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && n >= 1 && n < 1<<mostCompared
	}}
	return reportPage{name: "overlap", nav: "segments", right: access.SeePatients, fill: overlap, people: overlapPeople, params: []param{overlapParam, mask}}
}

// overlapParam names a segment that is compared with the others.
var overlapParam = param{name: "s", repeat: true, valid: withinParam.valid}

// membership are the segments that are compared: their names and the statement of who is in which.
type membership struct {
	names     []string
	statement part
}

// combination is how many people are in exactly the segments of a mask.
type combination struct{ Mask, People int64 }

// name lists the segments of a combination.
func (m membership) name(mask int64, t texts) string {
	var names []string
	for i, name := range m.names {
		if mask>>i&1 == 1 {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return t.get("overlap.only", names[0])
	}
	return strings.Join(names, t.get("overlap.and"))
}

// readMembership reads which segments are asked for. Those that are not there, come twice or are too many are ignored and told.
func (r *report) readMembership() membership {
	var m membership
	var statements []string
	for _, name := range r.rq.state.All(overlapParam.name) {
		d, known := savedDefinition(r.rq.saved, r.rq.wh, name)
		twice := strings.Contains("\n"+strings.Join(m.names, "\n")+"\n", "\n"+name+"\n")
		if !known || len(m.names) == mostCompared {
			r.rq.ignored = append(r.rq.ignored, ignored{Name: overlapParam.name, Value: name})
		} else if !twice {
			statements = append(statements, fmt.Sprintf("select patient_id, %d as bit from (%s)", 1<<len(m.names), d.people()))
			m.names = append(m.names, name)
		}
	}
	r.rq.state = r.rq.state.set(overlapParam.name, m.names)
	m.statement = part(strings.Join(statements, "\nunion all\n"))
	return m
}

// chooseMembers adds a select for each segment that is compared, and one more.
func (r *report) chooseMembers(m membership) {
	for i := range min(max(fewestCompared, len(m.names)+1), mostCompared) {
		c := choice{Name: overlapParam.name, No: strconv.Itoa(i + 1), Label: r.t.get("overlap.segment", i+1), Any: r.t.get("overlap.none")}
		for _, x := range r.rq.saved {
			c.Options = append(c.Options, option{x.Name, x.Name, i < len(m.names) && m.names[i] == x.Name})
		}
		r.Choices = append(r.Choices, c)
	}
}

func overlap(ctx context.Context, r *report) error {
	m := r.readMembership()
	r.chooseMembers(m)
	f := r.figure("overlap", "overlap.figure", "overlap", "overlap.Sizes", "overlap.combination", "overlap.segments", "col.people", "overlap.share")
	f.Wide, f.Empty = true, r.t.get("overlap.choose")
	if len(m.names) < fewestCompared {
		r.add(f)
		return nil
	}
	f.SQL = args{"memberships": m.statement}.put(f.SQL)
	found, err := query(ctx, r.rq.wh, "overlap.Sizes", args{"memberships": m.statement}, func(x *combination) []any { return []any{&x.Mask, &x.People} })
	if err != nil {
		return err
	}
	r.drawOverlap(&f, m, found)
	r.add(f)
	return nil
}

// drawOverlap fills the figure with the combinations, and adds the size of each segment to the page.
func (r *report) drawOverlap(f *figure, m membership, found []combination) {
	sizes, all := make([]int64, len(m.names)), int64(0)
	for _, x := range found {
		all += x.People
		for i := range sizes {
			sizes[i] += x.People * (x.Mask >> i & 1)
		}
	}
	f.Empty, f.Chart = "", chart{Kind: "upset", Unit: "count", Names: [2]string{"", r.t.get("col.people")}}
	one, common := chartLine{Name: r.t.get("col.people")}, int64(0)
	for i, name := range m.names {
		f.Chart.Rows = append(f.Chart.Rows, name)
		r.Stats = append(r.Stats, stat{ID: "set-" + strconv.Itoa(i+1), Label: name, Value: formatInt(sizes[i]), Note: r.t.get("overlap.of", formatShare(rate{sizes[i], all}))})
	}
	for at, x := range found {
		share, name := rate{x.People, all}, m.name(x.Mask, r.t)
		link := "/overlap" + r.rq.state.With("mask", strconv.FormatInt(x.Mask, 10)) + "#list"
		f.Chart.Categories, f.Chart.Links = append(f.Chart.Categories, name), append(f.Chart.Links, link)
		one.Values, one.Counts = append(one.Values, value(float64(x.People))), append(one.Counts, formatShare(share))
		for i := range m.names {
			if x.Mask>>i&1 == 1 {
				f.Chart.Flows = append(f.Chart.Flows, chartFlow{From: at, To: i, Count: x.People})
			}
		}
		if x.Mask == 1<<len(m.names)-1 {
			common = x.People
		}
		f.Table.Rows = append(f.Table.Rows, []string{name, strconv.Itoa(bits.OnesCount64(uint64(x.Mask))), formatInt(x.People), formatShare(share)})
		f.Table.Links = append(f.Table.Links, link)
	}
	f.Chart.Series = []chartLine{one}
	f.Reading = r.t.get("overlap.reading", formatInt(all), formatInt(common), formatShare(rate{common, all}))
	if all == 0 {
		f.Empty = r.t.get("empty.filter")
	}
}

// overlapPeople lists the people of a combination.
func overlapPeople(ctx context.Context, r *report, some listPart) (listing, error) {
	m := r.readMembership()
	mask, err := strconv.ParseInt(r.rq.state.Get("mask"), 10, 64)
	if err != nil || len(m.names) < fewestCompared || mask >= 1<<len(m.names) {
		return listing{}, nil
	}
	r.args["mask"], r.args["memberships"] = mask, m.statement
	l, err := r.readList(ctx, "overlap.People", some, "overlap.list")
	l.Title = r.t.get("overlap.list.of", m.name(mask, r.t))
	return l, err
}
