package transform

import "phdp/ingest"

// DialogueTags returns the tags whose findings stand in one dialogue, in the order of the catalogue. A dialogue
// has no days: a tag that needs more findings than it holds, or findings of two days, is left to the warehouse.
func (c *Catalogue) DialogueTags(utterances []Utterance, found [][]Finding) []string {
	counts := map[string]int{}
	need := map[string]int{}
	for _, tc := range c.tagConcepts {
		if tc.MinDays > 1 {
			continue
		}
		need[tc.TagID] = tc.MinCount
		for i, list := range found {
			if (utterances[i].Speaker == ingest.SpeakerPatient) != (tc.Speaker == ingest.SpeakerPatient) {
				continue
			}
			for j := range list {
				f := &list[j]
				if f.Concept == tc.Concept && f.Status == tc.Status && f.Subject == tc.Subject {
					counts[tc.TagID]++
				}
			}
		}
	}
	var out []string
	for _, tag := range c.tags {
		if n := counts[tag.ID]; n > 0 && n >= need[tag.ID] {
			out = append(out, tag.ID)
		}
	}
	return out
}

// TagHit is a finding that counts for a tag.
type TagHit struct {
	Tag     string
	Finding Finding
}

// TagHits returns which findings of a message count for which tags, each tag once.
func (c *Catalogue) TagHits(speaker string, found []Finding) []TagHit {
	var out []TagHit
	seen := map[string]bool{}
	for _, tc := range c.tagConcepts {
		if seen[tc.TagID] || (speaker == ingest.SpeakerPatient) != (tc.Speaker == ingest.SpeakerPatient) {
			continue
		}
		for i := range found {
			if f := &found[i]; f.Concept == tc.Concept && f.Status == tc.Status && f.Subject == tc.Subject {
				seen[tc.TagID] = true
				out = append(out, TagHit{tc.TagID, *f})
				break
			}
		}
	}
	return out
}
