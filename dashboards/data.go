package dashboards

import (
	"context"
	"slices"
)

// source is a table of the lake that the build read.
type source struct {
	Name                  string
	Snapshot, Rows, Files int64
	Newest                string
}

// check is the result of a check of the build.
type check struct {
	Name, Severity        string
	Violated, Denominator int64
	Description           string
}

// Rate is the share of rows that break the check.
func (c check) Rate() rate { return rate{c.Violated, c.Denominator} }

// Mood is ok, warn or error.
func (c check) Mood() string {
	if c.Violated == 0 {
		return "ok"
	}
	return c.Severity
}

// model is a table that the build made.
type model struct {
	Name, Layer, Grain, Description string
	Rows                            int64
	Seconds                         float64
	IsView                          bool // has no rows of its own
}

// rejectReason is how many fills were refused for a reason.
type rejectReason struct {
	Reason string
	Fills  int64
	Newest string
}

type dataData struct {
	Sources  []source
	Checks   []check
	Broken   int
	Layers   []layer
	Rejected []rejectReason
	Rejects  int64
}

func (s *Server) data(ctx context.Context, rq *request) (view, error) {
	var d dataData
	var err error
	if d.Sources, err = query(ctx, rq.wh, "data.Sources", nil, func(x *source) []any {
		return []any{&x.Name, &x.Snapshot, &x.Rows, &x.Files, &x.Newest}
	}); err != nil {
		return view{}, err
	}
	if d.Checks, err = query(ctx, rq.wh, "data.Checks", nil, func(x *check) []any {
		return []any{&x.Name, &x.Severity, &x.Violated, &x.Denominator, &x.Description}
	}); err != nil {
		return view{}, err
	}
	models, err := readModels(ctx, rq.wh)
	if err != nil {
		return view{}, err
	}
	d.Layers = layersOf(models)
	if d.Rejected, err = query(ctx, rq.wh, "data.RejectedFills", nil, func(x *rejectReason) []any { return []any{&x.Reason, &x.Fills, &x.Newest} }); err != nil {
		return view{}, err
	}
	for _, c := range d.Checks {
		if c.Violated > 0 {
			d.Broken++
		}
	}
	for _, r := range d.Rejected {
		d.Rejects += r.Fills
	}
	return view{Page: "data", Title: s.render.texts[rq.lang].get("data.title"), Data: d}, nil
}

// readModels reads what the build made, in the order of the layers.
func readModels(ctx context.Context, wh *warehouse) ([]model, error) {
	return query(ctx, wh, "data.Models", nil, func(x *model) []any {
		return []any{&x.Name, &x.Layer, &x.Grain, &x.Description, &x.Rows, &x.Seconds, &x.IsView}
	})
}

// layer is the tables of one layer of the build.
type layer struct {
	Name   string
	Models []model
}

// layersOf groups tables that come in the order of their layers; the published layer comes first.
func layersOf(models []model) []layer {
	var all []layer
	for _, m := range models {
		if len(all) == 0 || all[len(all)-1].Name != m.Layer {
			all = append(all, layer{Name: m.Layer})
		}
		last := &all[len(all)-1]
		last.Models = append(last.Models, m)
	}
	slices.Reverse(all)
	return all
}
