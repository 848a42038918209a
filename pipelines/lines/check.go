package lines

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	codePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	icd10Pattern = regexp.MustCompile(`^[A-Z][0-9]{2}(\.[0-9]{1,3})?$`)
	eventPattern = regexp.MustCompile(`^(activity|prescription)\.[a-z0-9_]+$|^fill$|^covered_day$`)
)

// checker collects the faults of all files; codes and names must be unique over all of them.
type checker struct {
	faults []error
	seen   map[string]string // "sku SKU-1" -> where it was first
	file   string
	root   *yaml.Node
}

func newChecker() *checker { return &checker{seen: map[string]string{}} }

func (c *checker) check(file string, root *yaml.Node, l Line) {
	c.file, c.root = file, root
	c.code(l.Code, "line", "code")
	c.text(l.NameZh, "name_zh")
	c.text(l.NameEn, "name_en")
	for i, code := range l.ICD10 {
		if !icd10Pattern.MatchString(code) {
			c.fault(at("icd10", i), "icd10 %q is not an ICD-10 code", code)
		}
	}
	classes := c.classes(l.DrugClasses)
	drugs := c.drugs(l.Drugs, classes)
	c.products(l.Products, drugs)
	c.stages(l.Stages)
	c.service(l)
	c.funnel(l.Funnel, "funnel")
	c.funnels(l)
}

func (c *checker) classes(list []DrugClass) map[string]bool {
	c.filled(len(list), "drug_classes")
	known := map[string]bool{}
	for i, class := range list {
		c.code(class.Code, "drug class", "drug_classes", i, "code")
		c.text(class.NameZh, "drug_classes", i, "name_zh")
		if t := class.AdherenceThreshold; !(t > 0 && t <= 1) {
			c.fault(at("drug_classes", i, "adherence_threshold"), "adherence_threshold %v of %s is not above 0 and at most 1", t, class.Code)
		}
		known[class.Code] = true
	}
	return known
}

func (c *checker) drugs(list []Drug, classes map[string]bool) map[string]string {
	c.filled(len(list), "drugs")
	classOf := map[string]string{}
	for i, d := range list {
		c.code(d.Code, "drug", "drugs", i, "code")
		c.text(d.NameZh, "drugs", i, "name_zh")
		c.name(d.NameZh, "drugs", i, "name_zh")
		for j, alias := range d.Aliases {
			c.name(alias, "drugs", i, "aliases", j)
		}
		if !classes[d.Class] {
			c.fault(at("drugs", i, "class"), "drug %s has the unknown class %q", d.Code, d.Class)
		}
		classOf[d.Code] = d.Class
	}
	for i, d := range list {
		c.ingredients(i, d, classOf)
	}
	return classOf
}

// ingredients holds a combination to drugs of the line, and its class to one of theirs.
func (c *checker) ingredients(i int, d Drug, classOf map[string]string) {
	if len(d.Ingredients) == 0 {
		c.fault(at("drugs", i), "drug %s has no ingredients", d.Code)
		return
	}
	isClassOfOne := false
	for j, name := range d.Ingredients {
		class, ok := classOf[name]
		if !ok {
			c.fault(at("drugs", i, "ingredients", j), "drug %s has the unknown ingredient %q", d.Code, name)
		}
		isClassOfOne = isClassOfOne || class == d.Class
	}
	if !d.IsCombination() && d.Ingredients[0] != d.Code {
		c.fault(at("drugs", i, "ingredients"), "the one ingredient of drug %s must be itself", d.Code)
	}
	if !isClassOfOne {
		c.fault(at("drugs", i, "class"), "class %s of drug %s is the class of none of its ingredients", d.Class, d.Code)
	}
}

func (c *checker) products(list []Product, drugs map[string]string) {
	c.filled(len(list), "products")
	sold := map[string]bool{}
	for i, p := range list {
		c.unique("sku", p.SKU, "products", i, "sku")
		c.text(p.SKU, "products", i, "sku")
		c.text(p.NameZh, "products", i, "name_zh")
		if _, ok := drugs[p.Drug]; !ok {
			c.fault(at("products", i, "drug"), "product %s has the unknown drug %q", p.SKU, p.Drug)
		}
		c.positive(p.PackUnits, p.SKU, "products", i, "pack_units")
		c.positive(p.PackDays, p.SKU, "products", i, "pack_days")
		if !(p.MaxDays >= p.PackDays) || math.IsInf(p.MaxDays, 0) {
			c.fault(at("products", i, "max_days"), "max_days %v of %s is below its pack_days %v", p.MaxDays, p.SKU, p.PackDays)
		}
		if p.PriceFen < 0 {
			c.fault(at("products", i, "price_fen"), "price_fen %d of %s is negative", p.PriceFen, p.SKU)
		}
		sold[p.Drug] = true
	}
	for i, d := range c.entries("drugs") {
		if code := scalar(d, "code"); !sold[code] {
			c.fault(at("drugs", i), "drug %s has no product", code)
		}
	}
}

func (c *checker) stages(list []Stage) {
	seen := map[string]bool{}
	for i, s := range list {
		c.pattern(s.Code, "stage", "stages", i, "code")
		if seen[s.Code] {
			c.fault(at("stages", i, "code"), "stage %s is there twice", s.Code)
		}
		seen[s.Code] = true
	}
}

func (c *checker) funnels(l Line) {
	seen := map[string]bool{l.Funnel.Code: true}
	for i, f := range l.Funnels {
		c.funnel(f, "funnels", i)
		c.text(f.NameZh, "funnels", i, "name_zh")
		c.text(f.NameEn, "funnels", i, "name_en")
		if seen[f.Code] {
			c.fault(at("funnels", i, "code"), "funnel %s is there twice", f.Code)
		}
		seen[f.Code] = true
		if len(f.Steps) < 2 {
			c.fault(at("funnels", i), "funnel %s has fewer than two steps", f.Code)
		}
	}
}

func (c *checker) funnel(f Funnel, path ...any) {
	under := func(more ...any) []any { return append(append([]any{}, path...), more...) }
	c.pattern(f.Code, "funnel", under("code")...)
	if f.Order != "" && f.Order != "strict" && f.Order != "loose" {
		c.fault(under("order"), "order %q of funnel %s is not strict or loose", f.Order, f.Code)
	}
	if f.WindowDays < 0 {
		c.fault(under("window_days"), "window_days of funnel %s is negative", f.Code)
	}
	if len(f.Who) > 1 {
		c.fault(under("who"), "funnel %s asks for more than one attribute", f.Code)
	}
	seen := map[string]bool{}
	for i, s := range f.Steps {
		c.pattern(s.Code, "funnel step", under("steps", i, "code")...)
		if seen[s.Code] {
			c.fault(under("steps", i, "code"), "funnel step %s is there twice", s.Code)
		}
		seen[s.Code] = true
		c.step(s, under("steps", i))
	}
}

func (c *checker) step(s FunnelStep, path []any) {
	if !eventPattern.MatchString(s.Event) {
		c.fault(append(path, "event"), "step %s has the unknown event %q", s.Code, s.Event)
	}
	if s.Event == "fill" && s.Nth < 1 {
		c.fault(path, "step %s needs nth of 1 or more", s.Code)
	}
	if s.Event == "covered_day" && s.AfterDays < 0 {
		c.fault(append(path, "after_days"), "after_days of step %s is negative", s.Code)
	}
}

func (c *checker) fault(path []any, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s:%d: %s", c.file, lineAt(c.root, path), fmt.Sprintf(format, args...)))
}

func (c *checker) filled(n int, path ...any) {
	if n == 0 {
		c.fault(path, "%v is empty", path[0])
	}
}

func (c *checker) text(value string, path ...any) {
	if strings.TrimSpace(value) == "" {
		c.fault(path, "%v is empty", path[len(path)-1])
	}
}

func (c *checker) positive(value float64, sku string, path ...any) {
	if !(value > 0) || math.IsInf(value, 0) {
		c.fault(path, "%v %v of %s is not above 0", path[len(path)-1], value, sku)
	}
}

// pattern checks the form of a code, code its uniqueness as well.
func (c *checker) pattern(value, what string, path ...any) {
	if !codePattern.MatchString(value) {
		c.fault(path, "%s code %q is not lower-case letters, digits and _", what, value)
	}
}

func (c *checker) code(value, what string, path ...any) {
	c.pattern(value, what, path...)
	c.unique(what, value, path...)
}

// name checks that a drug name or alias means one drug only.
func (c *checker) name(value string, path ...any) {
	c.unique("drug name", strings.ToLower(strings.TrimSpace(value)), path...)
}

func (c *checker) unique(what, value string, path ...any) {
	key := what + " " + value
	if first, ok := c.seen[key]; ok {
		c.fault(path, "%s %s is also at %s", what, value, first)
		return
	}
	c.seen[key] = c.file + ":" + strconv.Itoa(lineAt(c.root, path))
}
