package dashboards

import "context"

// glossaryIDs are the entries of the glossary in the order of the page. The words are in the locales.
var glossaryIDs = []string{
	"pdc", "adherent", "eligible", "wilson", "supply", "supplied",
	"reaction", "bp_crisis", "low_glucose", "bp_control", "hba1c_control", "pain_better",
	"spend_per_buyer", "price_per_day", "repurchase",
	"funnel", "conversion", "lost", "median_days",
	"kaplan_meier", "log_rank", "stop_reason",
	"stage_service", "stage_moves", "stage_time", "alert", "followup", "tag", "disagreement",
	"first_fill", "repurchase_days", "cohort", "rfm", "path", "control", "change",
	"experiment", "sample_ratio", "smd", "experiment_effect", "lift", "content_target", "load", "response", "community", "group_members",
	"segment", "overlap", "consent", "confidence", "measurement", "check", "as_of", "delta", "compare", "delivery",
}

type glossaryData struct{ Entries []definition }

func (s *Server) glossary(_ context.Context, rq *request) (view, error) {
	t := s.render.texts[rq.lang]
	var data glossaryData
	for _, id := range glossaryIDs {
		data.Entries = append(data.Entries, t.definition(id))
	}
	return view{Page: "glossary", Title: t.get("glossary.title"), Data: data}, nil
}
