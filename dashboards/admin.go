package dashboards

import (
	"cmp"
	"context"
	"slices"
	"time"

	"phdp/dashboards/access"
)

// shownAudit is how many rows of the audit log the page shows.
const shownAudit = 200

// shownModels is how many of the slowest tables of a build the page shows.
const shownModels = 8

type adminData struct {
	Accounts []access.Account
	Tokens   []shownToken
	Lag      []sourceLag
	Slowest  []model
	Waiting  *waitingErasures // nil when this process does not read the lake
	Rows     []access.Row
	Head     string // hash of the newest row
	Broken   string // what is wrong with the chain
}

// sourceLag is how far a table of the lake lies behind the clock.
type sourceLag struct {
	Name, Newest string
	Rows         int64
	Hours        number
}

// waitingErasures are the people who asked to be erased and are still in the lake.
type waitingErasures struct {
	People int64
	Oldest time.Time // the first of them asked; zero when nobody waits
}

// admin shows who may come in, how far the data lies behind, what the last build took and who waits to be erased, and
// the newest rows of the audit log with whether its chain is whole.
func (s *Server) admin(ctx context.Context, rq *request) (view, error) {
	if err := s.audit(rq, "list", "audit log", ""); err != nil {
		return view{}, err
	}
	var data adminData
	var err error
	if s.cfg.Access.Accounts != nil {
		if data.Accounts, err = s.cfg.Access.Accounts.List(); err != nil {
			return view{}, err
		}
	}
	tokens, err := s.readTokens(rq, "")
	if err != nil {
		return view{}, err
	}
	data.Tokens = tokens.Tokens
	if err := s.readPipeline(ctx, rq, &data); err != nil {
		return view{}, err
	}
	if data.Rows, err = s.cfg.Access.Audit.Last(shownAudit); err != nil {
		return view{}, err
	}
	last, err := s.cfg.Access.Audit.Verify("")
	if data.Head = last.Hash; err != nil {
		data.Broken = err.Error()
	}
	return view{Page: "admin", Title: s.render.texts[rq.lang].get("admin.title"), Data: data}, nil
}

// readPipeline reads how far the data lies behind, what the build took longest for, and who waits to be erased.
func (s *Server) readPipeline(ctx context.Context, rq *request, data *adminData) error {
	sources, err := query(ctx, rq.wh, "data.Sources", nil, func(x *source) []any { return []any{&x.Name, &x.Snapshot, &x.Rows, &x.Files, &x.Newest} })
	if err != nil {
		return err
	}
	for _, x := range sources {
		one := sourceLag{Name: x.Name, Newest: x.Newest, Rows: x.Rows}
		if newest, err := time.ParseInLocation("2006-01-02 15:04", x.Newest, shanghai); err == nil {
			one.Hours = number{Float64: s.cfg.Now().Sub(newest).Hours(), Valid: true}
		}
		data.Lag = append(data.Lag, one)
	}
	models, err := readModels(ctx, rq.wh)
	if err != nil {
		return err
	}
	slices.SortStableFunc(models, func(a, b model) int { return cmp.Compare(b.Seconds, a.Seconds) })
	data.Slowest = models[:min(shownModels, len(models))]
	data.Waiting, err = s.metrics.waiting()
	return err
}
