package generate

// quietReading is what a quiet person reads, of what the others read.
const quietReading = 0.05

// isQuiet says whether a person is one of those who joined and do next to nothing. It is drawn apart from the life, so that an
// active person lives the same life whatever the share.
func (g *Generator) isQuiet(no uint32) bool {
	return g.cfg.ActiveShare < 1 && g.chanceOf(5, no) >= g.cfg.ActiveShare
}

// perYear is how many articles a year the person reads, of those that an active one does.
func (l *life) perYear(articles float64) float64 {
	if l.isQuiet {
		return articles * quietReading
	}
	return articles
}
