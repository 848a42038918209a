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
	Stages      []Stage     `yaml:"stages"`      // service stages, from lead to exit
	StageRules  []StageRule `yaml:"stage_rules"` // in order; the first that fits gives the stage
	GroupRules  []StageRule `yaml:"group_rules"` // in order; the first that fits gives the service group
	SOP         []SOPTask   `yaml:"sop"`         // what the care team does for patients who enter a stage
	Funnel      Funnel      `yaml:"funnel"`      // from the first contact to lasting therapy, the same steps on every line
	Funnels     []Funnel    `yaml:"funnels"`     // further ways of patients that are looked at
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

// Stage is one service stage. Its goal is reached when the patient is in one of the goal stages after the horizon
// or has been before; without goals the stage has no result.
type Stage struct {
	Code        string   `yaml:"code"`
	NameZh      string   `yaml:"name_zh"`
	NameEn      string   `yaml:"name_en"`
	Goals       []string `yaml:"goals"`
	HorizonDays int      `yaml:"horizon_days"`
}

// StageRule fits when all of its conditions hold; conditions that are left out do not matter.
type StageRule struct {
	Stage         string `yaml:"stage"`          // for stage_rules
	Group         string `yaml:"group"`          // for group_rules
	Gone          *bool  `yaml:"gone"`           // died or left the programme
	Buyer         *bool  `yaml:"buyer"`          // has ever filled
	Friend        *bool  `yaml:"friend"`         // is a friend of a care worker
	Known         *bool  `yaml:"known"`          // buyer or friend
	Consent       *bool  `yaml:"consent"`        // consents to the service
	DoNotContact  *bool  `yaml:"do_not_contact"` // asked not to be contacted
	LowAdherence  *bool  `yaml:"low_adherence"`  // PDC of 180 days below 0.5
	UncoveredFrom *int   `yaml:"uncovered_from"` // days without medicine, at least
	SilentFrom    *int   `yaml:"silent_from"`    // days since the patient last did anything, at least
	TherapyTo     *int   `yaml:"therapy_to"`     // days since the first fill, at most
	FriendTo      *int   `yaml:"friend_to"`      // days since the first friendship, at most
}

// SOPTask is due for every patient who enters the stage and is in it still, from FromDay to ToDay after the entry.
type SOPTask struct {
	Stage   string `yaml:"stage"`
	Task    string `yaml:"task"`
	NameZh  string `yaml:"name_zh"`
	NameEn  string `yaml:"name_en"`
	FromDay int    `yaml:"from_day"`
	ToDay   int    `yaml:"to_day"`
}

// Funnel is the list of steps that a patient goes through. In strict order a step counts when it follows the
// one before; in loose order the steps after the first come in any order, and step k counts when all up to k
// have happened. WindowDays limits the days from the first step, 0 for no limit. Who, when set, is a value of an
// attribute ("cause: steroid") that the patients must have.
type Funnel struct {
	Code       string            `yaml:"code"`
	NameZh     string            `yaml:"name_zh"`
	NameEn     string            `yaml:"name_en"`
	Order      string            `yaml:"order"` // strict (default) or loose
	WindowDays int               `yaml:"window_days"`
	Who        map[string]string `yaml:"who"`
	Steps      []FunnelStep      `yaml:"steps"`
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
