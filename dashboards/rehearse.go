package dashboards

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"phdp/dashboards/access"
)

// notRehearsed are the pages that ask the warehouse nothing, or for one person.
var notRehearsed = []string{"patient", "exports", "admin", "sql_tables"}

// rehearse asks a warehouse for every page as people open it first, then for each line of disease, so that nobody has
// to wait for what was not asked yet. What it finds stays with the build; nobody is shown anything.
func (s *Server) rehearse(ctx context.Context, w *warehouse) {
	start := time.Now()
	lines := []string{""}
	for _, l := range w.Lines {
		lines = append(lines, l.Code)
	}
	pages := slices.DeleteFunc(s.apiPages(), func(r apiRoute) bool {
		return slices.Contains(notRehearsed, r.name) || w.totals && r.right != access.SeeTotals
	})
	for _, line := range lines {
		for _, page := range pages {
			isByLine := slices.ContainsFunc(page.params, func(p param) bool { return p.name == lineParam.name })
			if line != "" && !isByLine {
				continue
			}
			rq := &request{Request: &http.Request{RemoteAddr: "rehearsal", URL: &url.URL{}}, lang: languages[0], wh: w, totals: w.totals, isRehearsal: true}
			rq.state, rq.ignored = readState(url.Values{lineParam.name: {line}}, page.params, w)
			begun := time.Now()
			if _, err := page.page(ctx, rq); ctx.Err() != nil {
				return
			} else if err != nil {
				s.log.Warn("page not rehearsed", "page", page.name, "error", err) // who opens it is told
			}
			s.log.Debug("page rehearsed", "page", page.name, "line", line, "elapsed_ms", time.Since(begun).Milliseconds())
		}
	}
	s.log.Info("pages rehearsed", "build_id", w.BuildID, "pages", len(pages), "lines", len(w.Lines), "elapsed_ms", time.Since(start).Milliseconds())
}
