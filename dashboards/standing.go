package dashboards

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"phdp/dashboards/access"
)

// A standing order is carried out without anybody at a page: at a time of the day, or after a build. It runs under the
// rights and row rules that its account has at that moment, and leaves the same rows in the audit log.

// MadeList is a list that was made and kept.
type MadeList struct {
	Path, Name, ContentType string
	Manifest                []byte // JSON
}

// TaggedPerson is somebody who may be contacted: the key of their WeCom account, the care worker who is their friend, and
// those of the tags asked for that they have.
type TaggedPerson struct {
	PatientKey, Staff string
	Tags              []string
}

// Published names the warehouse that is served and the business day that it shows; ok is false before the first build.
func (s *Server) Published() (id string, asOf time.Time, ok bool) {
	wh, release := s.store.acquire()
	defer release()
	if wh == nil {
		return "", asOf, false
	}
	asOf, err := time.Parse(time.DateOnly, wh.AsOf)
	return wh.BuildID, asOf, err == nil
}

// AccountOf returns the rights and rules that an account has now. On the machine of the owner, where nobody signs in, there
// is only "local".
func (s *Server) AccountOf(name string) (access.Identity, error) {
	if s.cfg.Access.Local {
		if name != "local" {
			return access.Identity{}, fmt.Errorf("nobody signs in here: the account of standing orders is \"local\", not %q", name)
		}
		return localIdentity(&http.Request{}), nil
	}
	if s.cfg.Access.Accounts == nil {
		return access.Identity{}, errors.New("standing orders need a local account")
	}
	account, err := s.cfg.Access.Accounts.Get(name)
	if err != nil {
		return access.Identity{}, fmt.Errorf("account of standing orders %q: %w", name, err)
	}
	return account.Identity, nil
}

// standing takes hold of the warehouse as an account with a right sees it. The request has no client; its address in the
// audit log is "schedule".
func (s *Server) standing(ctx context.Context, who access.Identity, rights ...access.Right) (*request, func(), error) {
	rq := &request{Request: &http.Request{RemoteAddr: "schedule", URL: &url.URL{}}, lang: "zh-CN", who: who, totals: !who.May(access.SeePatients)}
	for _, right := range rights {
		if !who.May(right) {
			return nil, nil, errors.Join(errForbidden, s.audit(rq, "refused", "schedule", ""))
		}
	}
	wh, release := s.store.acquire()
	if wh == nil {
		return nil, nil, errors.New("there is no warehouse yet")
	}
	var err error
	if rq.wh, err = wh.scoped(ctx, s.cfg, scopeOf(who)); err != nil {
		release()
		return nil, nil, err
	}
	return rq, release, nil
}

// useSegment makes the newest version of a saved segment the state of a request.
func (s *Server) useSegment(rq *request, name, purpose string) error {
	all, err := s.saved.list()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(x savedQuery) bool { return x.Name == name })
	if at < 0 {
		return fmt.Errorf("there is no saved segment %q", name)
	}
	form, err := url.ParseQuery(strings.TrimPrefix(all[at].Query, "?"))
	if err != nil {
		return fmt.Errorf("read saved segment: %w", err)
	}
	form.Set(purposeParam.name, purpose)
	rq.state, rq.ignored = readState(form, segmentParams, rq.wh)
	return checkExport(rq)
}

// listKinds are the files that lists are written as.
var listKinds = map[string]func(io.Writer, []listRow, manifest) error{"csv": writeCSV, "xlsx": writeXLSX, "parquet": writeParquet, "jsonl": writeJSONL}

// MakeList makes the list of a saved segment under the rules of an account, keeps it as the downloads are kept, and
// writes the audit row before it returns.
func (s *Server) MakeList(ctx context.Context, account, segment, purpose, kind string) (made MadeList, err error) {
	who, err := s.AccountOf(account)
	if err != nil {
		return made, err
	}
	rq, release, err := s.standing(ctx, who, access.Export)
	if err != nil {
		return made, err
	}
	defer release()
	write, ok := listKinds[kind]
	if !ok || s.kept.dir == "" {
		return made, fmt.Errorf("no lists of kind %q are kept", kind)
	}
	if err := s.useSegment(rq, segment, purpose); err != nil {
		return made, err
	}
	rows, m, err := s.list(ctx, rq, kind)
	if err != nil {
		return made, err
	}
	one, err := s.kept.keep(kind, m, func(to io.Writer) error { return write(to, rows, m) })
	if err != nil {
		return made, err
	}
	detail := fmt.Sprintf("kind=%s rows=%d dropped=%d purpose=%s id=%s", kind, m.Rows, m.Members-m.Rows, m.Purpose, one.ID)
	if err := s.audit(rq, "export", "segment "+m.Definition.Hash()[:12], detail); err != nil {
		return made, err
	}
	about, err := json.MarshalIndent(m, "", "  ")
	return MadeList{Path: s.kept.path(one), Name: m.File, ContentType: fileKinds[kind], Manifest: about}, err
}

// writeJSONL writes the list as a JSON object a line.
func writeJSONL(to io.Writer, rows []listRow, _ manifest) error {
	out := json.NewEncoder(to)
	out.SetEscapeHTML(false)
	for _, r := range rows {
		if err := out.Encode(r); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
	}
	return nil
}

// TagsOf returns the people of a saved segment who may be contacted and have a WeCom account, each with those of some
// tags that they have. A tag that must not go to WeCom is an error. The account needs the right to reach people.
func (s *Server) TagsOf(ctx context.Context, account, segment, purpose string, tags []string) ([]TaggedPerson, error) {
	who, err := s.AccountOf(account)
	if err != nil {
		return nil, err
	}
	rq, release, err := s.standing(ctx, who, access.Export, access.ReachPeople)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := s.useSegment(rq, segment, purpose); err != nil {
		return nil, err
	}
	if err := rq.wh.mayPush(ctx, tags); err != nil {
		return nil, err
	}
	d := readDefinition(rq.wh, rq.state, groupsOf(rq.wh, rq.state))
	people, size, err := readMembers(ctx, rq.wh, d, true, exportRows)
	if err != nil {
		return nil, err
	}
	type known struct{ person, key string }
	found, err := query(ctx, rq.wh, "marks.Keys", nil, func(x *known) []any { return []any{&x.person, &x.key} })
	if err != nil {
		return nil, err
	}
	keys := make(map[string]string, len(found))
	for _, x := range found {
		keys[x.person] = x.key
	}
	var all []TaggedPerson
	for _, p := range people {
		have := slices.DeleteFunc(p.TagIDs(), func(id string) bool { return !slices.Contains(tags, id) })
		if key := keys[p.ID]; key != "" {
			all = append(all, TaggedPerson{PatientKey: key, Staff: p.Owner, Tags: have})
		}
	}
	return all, s.audit(rq, "export", "marks "+d.Hash()[:12], fmt.Sprintf("kind=wecom rows=%d dropped=%d purpose=%s", len(all), size.Members-int64(len(all)), purpose))
}

// mayPush says which of some tags must not go to WeCom, or nil.
func (w *warehouse) mayPush(ctx context.Context, tags []string) error {
	open, err := query(ctx, w, "marks.Tags", nil, func(id *string) []any { return []any{id} })
	if err != nil {
		return err
	}
	for _, id := range tags {
		if !slices.Contains(open, id) {
			return fmt.Errorf("tag %q must not go to WeCom", id)
		}
	}
	return nil
}

// NoteReveal writes down that the external_userid of so many people leave for a receiver. Nothing may leave when it fails.
func (s *Server) NoteReveal(account, job, target string, people int) error {
	who, err := s.AccountOf(account)
	if err != nil {
		return err
	}
	rq := &request{Request: &http.Request{RemoteAddr: "schedule"}, who: who}
	if !who.May(access.ReachPeople) {
		return errors.Join(errForbidden, s.audit(rq, "refused", "identifiers "+job, ""))
	}
	return s.audit(rq, "identifiers", "marks "+job, fmt.Sprintf("target=%s people=%d", target, people))
}
