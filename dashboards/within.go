package dashboards

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// A page can be limited to the people of a saved segment, and can stand beside the same page of such people. Both look
// through a database of views over the published file, as the rules of an account do, so that no query knows of it.

// keptSegments is how many segments of a warehouse stay open for the next who asks.
const keptSegments = 4

// withinParam names the saved segment to whose people a page is limited. Readers of totals have none: many definitions of
// the same people would tell small counts as differences.
var withinParam = param{name: "segment", valid: func(w *warehouse, _ string) bool { return !w.totals }}

// openSegments are the segments of a warehouse that are open.
type openSegments struct {
	mu  sync.Mutex
	all []*openSegment // the one that was asked for last comes last
}

type openSegment struct {
	key  string
	wh   *warehouse
	uses int
}

// within returns the warehouse as far as it is about the people of a segment, and the function that gives it back.
func (w *warehouse) within(ctx context.Context, cfg Config, d segmentDefinition) (*warehouse, func(), error) {
	c := w.scope
	c.Segment = &d
	o := &w.segments
	o.mu.Lock()
	defer o.mu.Unlock()
	key := c.key()
	at := slices.IndexFunc(o.all, func(x *openSegment) bool { return x.key == key })
	var one *openSegment
	if at >= 0 {
		one = o.all[at]
		o.all = slices.Delete(o.all, at, at+1)
	} else {
		statements, err := w.views(ctx, c)
		if err != nil {
			return nil, nil, fmt.Errorf("open segment: %w", err)
		}
		db, err := cfg.OpenViews(ctx, w.path, statements)
		if err != nil {
			return nil, nil, fmt.Errorf("open segment: %w", err)
		}
		one = &openSegment{key: key, wh: &warehouse{path: w.path, db: db, build: w.build, reference: w.reference, scope: c, totals: w.totals}}
		o.makeRoom()
	}
	one.uses++
	o.all = append(o.all, one)
	return one.wh, sync.OnceFunc(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		one.uses--
	}), nil
}

// makeRoom closes those that were asked for longest ago, unless somebody reads them.
func (o *openSegments) makeRoom() {
	for i := 0; i < len(o.all) && len(o.all) >= keptSegments; {
		if o.all[i].uses > 0 {
			i++
			continue
		}
		o.all[i].wh.db.Close()
		o.all = slices.Delete(o.all, i, i+1)
	}
}

func (o *openSegments) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		one.wh.db.Close()
	}
	o.all = nil
}

var parameterName = regexp.MustCompile(`\$(\w+)`)

// people is the statement of the ids of the segment's people: the part of segments.Members that finds them, with the
// definition written into it as quoted literals.
func (d segmentDefinition) people() string {
	text, _, _ := strings.Cut(sqlText("segments.Members"), ",\n\ncounts as (")
	_, text, _ = strings.Cut(text, "\nwith ") // the comment before it has names of parameters too
	a := d.args(false, 0)
	return "with " + parameterName.ReplaceAllStringFunc(text, func(name string) string {
		if piece, ok := a[name[1:]].(part); ok {
			return string(piece)
		}
		value, _ := a[name[1:]].(string)
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}) + "\nselect patient_id from members"
}

// savedDefinition is the definition of the newest version under a name, as the reader's warehouse knows its parts. A
// definition of which a part is not there would have more people than were meant, and is no definition.
func savedDefinition(saved []savedQuery, w *warehouse, name string) (segmentDefinition, bool) {
	at := slices.IndexFunc(saved, func(x savedQuery) bool { return x.Name == name })
	if at < 0 {
		return segmentDefinition{}, false
	}
	form, err := url.ParseQuery(strings.TrimPrefix(saved[at].Query, "?"))
	if err != nil {
		return segmentDefinition{}, false
	}
	state, missing := readState(form, segmentParams, w)
	return readDefinition(w, state, groupsOf(w, state)), len(missing) == 0
}

// useSegments puts the people of the segment that a request names in the place of its warehouse, and opens those of the one that it
// is compared with. A segment that is not there is ignored and told. The function gives both back.
func (s *Server) useSegments(ctx context.Context, rq *request) (release func(), err error) {
	release = func() {}
	if rq.totals || !rq.hasParam(withinParam.name) && !rq.hasParam(overlapParam.name) {
		return release, nil
	}
	if rq.saved, err = s.saved.list(); err != nil {
		return release, err
	}
	whole := rq.wh
	for _, name := range []string{withinParam.name, "cmp"} {
		code, to := rq.state.Get(name), &rq.wh
		if name == "cmp" {
			code, to = strings.TrimPrefix(code, "segment:"), &rq.beside
			if code == rq.state.Get(name) {
				continue
			}
		}
		if code == "" {
			continue
		}
		d, known := savedDefinition(rq.saved, whole, code)
		if !known {
			rq.ignored = append(rq.ignored, ignored{Name: name, Value: code})
			rq.state = rq.state.set(name, nil)
			continue
		}
		one, done, err := whole.within(ctx, s.cfg, d)
		if err != nil {
			return release, err
		}
		before := release
		*to, release = one, func() { before(); done() }
	}
	return release, nil
}

// hasParam tells whether the page has a parameter.
func (rq *request) hasParam(name string) bool {
	return slices.ContainsFunc(rq.state.params, func(p param) bool { return p.name == name })
}

// chooseWithin is the select of the segment to whose people the page is limited; it has no options when nothing is saved.
func (rq *request) chooseWithin(t texts) choice {
	c := choice{Name: withinParam.name, Label: t.get("filter.segment"), Any: t.get("filter.segment.any")}
	if !rq.hasParam(withinParam.name) {
		return c
	}
	for _, x := range rq.saved {
		c.Options = append(c.Options, option{x.Name, x.Name, x.Name == rq.state.Get(c.Name)})
	}
	return c
}

// besideNote says what a comparison with a segment means.
func (rq *request) besideNote(t texts) string {
	_, name, _ := strings.Cut(rq.state.Get("cmp"), ":")
	return t.get("compare.note", name) + t.get("compare.overlap")
}
