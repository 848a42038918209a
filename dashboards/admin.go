package dashboards

import (
	"context"

	"phdp/dashboards/access"
)

// shownAudit is how many rows of the audit log the page shows.
const shownAudit = 200

type adminData struct {
	Accounts []access.Account
	Rows     []access.Row
	Head     string // hash of the newest row
	Broken   string // what is wrong with the chain
}

// admin shows the accounts and the newest rows of the audit log, and whether its chain is whole.
func (s *Server) admin(_ context.Context, rq *request) (view, error) {
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
	if data.Rows, err = s.cfg.Access.Audit.Last(shownAudit); err != nil {
		return view{}, err
	}
	last, err := s.cfg.Access.Audit.Verify("")
	if data.Head = last.Hash; err != nil {
		data.Broken = err.Error()
	}
	return view{Page: "admin", Title: s.render.texts[rq.lang].get("admin.title"), Data: data}, nil
}
