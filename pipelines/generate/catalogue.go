package generate

import (
	"fmt"
	"math"

	"phdp/pipelines/lines"
)

// lineInfo is a line as the generator uses it: indexes instead of codes.
type lineInfo struct {
	lines.Line
	rates   lineRates
	drugs   []int     // into Generator.drugs
	weights []float64 // how often each of drugs is chosen
}

// drugInfo is a drug, its class, its articles and the names that people write.
type drugInfo struct {
	lines.Drug
	products    []int // into Generator.products
	ingredients []int // into Generator.drugs
	names       []string
}

// productInfo is an article and the whole days that a pack lasts.
type productInfo struct {
	lines.Product
	drug int
	days int
}

// stock fills the catalogue of the generator from the chosen lines.
func (g *Generator) stock(chosen []lines.Line) error {
	byCode := map[string]int{}
	for _, l := range chosen {
		info := lineInfo{Line: l, rates: ratesOf(l.Code)}
		for _, d := range l.Drugs {
			byCode[d.Code] = len(g.drugs)
			info.drugs = append(info.drugs, len(g.drugs))
			names := append([]string{d.NameZh}, d.Aliases...)
			g.drugs = append(g.drugs, drugInfo{Drug: d, names: names})
		}
		for _, p := range l.Products {
			drug, ok := byCode[p.Drug]
			if !ok {
				return fmt.Errorf("generate: product %s of line %s has no drug", p.SKU, l.Code)
			}
			g.drugs[drug].products = append(g.drugs[drug].products, len(g.products))
			g.products = append(g.products, productInfo{Product: p, drug: drug, days: int(math.Round(p.PackDays))})
		}
		for _, d := range info.drugs {
			for _, name := range g.drugs[d].Ingredients {
				i, ok := byCode[name]
				if !ok {
					return fmt.Errorf("generate: ingredient %s of %s is no drug", name, g.drugs[d].Code)
				}
				g.drugs[d].ingredients = append(g.drugs[d].ingredients, i)
			}
		}
		if err := g.checkStock(info); err != nil {
			return err
		}
		info.weights = g.drugWeights(info)
		g.lines = append(g.lines, info)
		g.weights = append(g.weights, info.rates.weight)
	}
	return nil
}

// checkStock refuses a line of which nothing could be bought.
func (g *Generator) checkStock(l lineInfo) error {
	if len(l.drugs) == 0 {
		return fmt.Errorf("generate: line %s has no drugs", l.Code)
	}
	for _, d := range l.drugs {
		if len(g.drugs[d].products) == 0 {
			return fmt.Errorf("generate: drug %s of line %s has no product", g.drugs[d].Code, l.Code)
		}
	}
	return nil
}

// drugWeights spreads the weight of a class over its drugs; the first listed are the most used.
func (g *Generator) drugWeights(l lineInfo) []float64 {
	seen := map[string]float64{}
	weights := make([]float64, len(l.drugs))
	for i, d := range l.drugs {
		class := g.drugs[d].Class
		weight, ok := l.rates.classes[class]
		if !ok {
			weight = 1
		}
		weights[i] = weight / (1 + seen[class])
		seen[class]++
	}
	return weights
}
