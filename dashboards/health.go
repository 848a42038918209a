package dashboards

import (
	"encoding/json"
	"net/http"
)

// healthz answers 200 as long as the process serves; the body says whether there is a warehouse yet.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	wh, release := s.store.acquire()
	defer release()
	state := map[string]any{"status": "ok", "ready": wh != nil, "assets": s.assets.ready()}
	if wh != nil {
		state["as_of"], state["build_id"] = wh.AsOf, wh.BuildID
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(state) // the reader has gone when this fails
}

// progress is the page that is shown until the first build is published. It asks again every two seconds.
func (s *Server) progress(rq *request) view {
	var p Progress
	if s.cfg.Progress != nil {
		p = s.cfg.Progress()
	}
	return view{Page: "progress", Nav: "home", Title: s.render.texts[rq.lang].get("progress.title"), Refresh: 2, Data: p}
}
