package lines

// Line is one disease line: everything about a disease that is configuration and not code.
type Line struct {
	Code        string      `yaml:"code"`         // onfh, htn, dm, bc
	NameZh      string      `yaml:"name_zh"`      // Chinese name
	NameEn      string      `yaml:"name_en"`      // English name
	ICD10       []string    `yaml:"icd10"`        // diagnosis code prefixes
	DrugClasses []DrugClass `yaml:"drug_classes"` // therapeutic classes of the adherence measure
	Drugs       []Drug      `yaml:"drugs"`
	Products    []Product   `yaml:"products"`
	Stages      []Stage     `yaml:"stages"` // service stages, from lead to exit
	Funnel      Funnel      `yaml:"funnel"`
}

// DrugClass is a therapeutic class; adherence is measured per class.
type DrugClass struct {
	Code               string  `yaml:"code"`
	NameZh             string  `yaml:"name_zh"`
	NameEn             string  `yaml:"name_en"`
	AdherenceThreshold float64 `yaml:"adherence_threshold"` // ratio of days covered, 0 to 1
}

// Drug is a generic drug. Aliases are brands, short names and usual misspellings. Ingredients holds the
// drug itself, or for a fixed-dose combination the drug codes that it counts for; the class of a
// combination is the class of one of its ingredients.
type Drug struct {
	Code        string   `yaml:"code"` // English name, lower case, underscores
	NameZh      string   `yaml:"name_zh"`
	Class       string   `yaml:"class"` // code of a drug class of the same line
	Aliases     []string `yaml:"aliases"`
	Ingredients []string `yaml:"ingredients"`
}

// IsCombination tells whether the drug has more than one ingredient.
func (d Drug) IsCombination() bool { return len(d.Ingredients) > 1 }

// Product is one article of the shops.
type Product struct {
	SKU       string  `yaml:"sku"`
	Drug      string  `yaml:"drug"` // code of a drug of the same line
	NameZh    string  `yaml:"name_zh"`
	PackUnits float64 `yaml:"pack_units"` // tablets, sachets, pens in a pack
	PackDays  float64 `yaml:"pack_days"`  // days that one pack lasts at the usual dose
	MaxDays   float64 `yaml:"max_days"`   // a supply of more days is implausible
	PriceFen  int64   `yaml:"price_fen"`  // price of a pack, 1/100 yuan
}

// Stage is one service stage.
type Stage struct {
	Code   string `yaml:"code"`
	NameZh string `yaml:"name_zh"`
	NameEn string `yaml:"name_en"`
}

// Funnel is the ordered list of steps that a patient goes through.
type Funnel struct {
	Code  string       `yaml:"code"`
	Steps []FunnelStep `yaml:"steps"`
}

// FunnelStep is reached by an event: "activity.<type>", "prescription.<type>", "fill" (Nth counts days
// with a fill) or "covered_day" (a day with medicine, AfterDays or more after the first fill).
type FunnelStep struct {
	Code      string `yaml:"code"`
	NameZh    string `yaml:"name_zh"`
	NameEn    string `yaml:"name_en"`
	Event     string `yaml:"event"`
	Nth       int    `yaml:"nth"`
	AfterDays int    `yaml:"after_days"`
}
