package lines

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDefaultHasTheFourLines(t *testing.T) {
	got, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct{ classes, drugs, combinations int }{
		"bc": {3, 6, 0}, "dm": {3, 6, 1}, "htn": {3, 6, 1}, "onfh": {3, 6, 0},
	}
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	for _, l := range got {
		w, ok := want[l.Code]
		if !ok {
			t.Fatalf("unexpected line %s", l.Code)
		}
		combinations := 0
		for _, d := range l.Drugs {
			if d.IsCombination() {
				combinations++
			}
		}
		if len(l.DrugClasses) < w.classes || len(l.Drugs) < w.drugs || combinations < w.combinations {
			t.Errorf("%s: %d classes, %d drugs, %d combinations, want at least %v", l.Code, len(l.DrugClasses), len(l.Drugs), combinations, w)
		}
	}
}

func TestEveryLineHasTheSameFunnel(t *testing.T) {
	got, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	want := "lead friend profile first_visit prescription first_fill second_fill six_months"
	for _, l := range got {
		var codes []string
		for _, s := range l.Funnel.Steps {
			codes = append(codes, s.Code)
		}
		if strings.Join(codes, " ") != want || l.Funnel.Code != "acquisition" {
			t.Errorf("%s: funnel %s %v", l.Code, l.Funnel.Code, codes)
		}
	}
}

const good = `code: gout
name_zh: 痛风
name_en: gout
icd10: [M10]
drug_classes:
  - {code: gout_xoi, name_zh: 黄嘌呤氧化酶抑制剂, name_en: xanthine oxidase inhibitors, adherence_threshold: 0.80}
drugs:
  - {code: febuxostat, name_zh: 非布司他, class: gout_xoi, aliases: [优立通], ingredients: [febuxostat]}
  - {code: allopurinol, name_zh: 别嘌醇, class: gout_xoi, aliases: [], ingredients: [allopurinol]}
products:
  - {sku: G1, drug: febuxostat, name_zh: 非布司他片 40mg*14, pack_units: 14, pack_days: 14, max_days: 366, price_fen: 4900}
  - {sku: G2, drug: allopurinol, name_zh: 别嘌醇片 0.1g*100, pack_units: 100, pack_days: 50, max_days: 366, price_fen: 900}
stages:
  - {code: lead, name_zh: 线索, name_en: lead}
funnel:
  code: acquisition
  steps:
    - {code: lead, name_zh: 线索, name_en: lead, event: activity.lead}
    - {code: first_fill, name_zh: 首购, name_en: first fill, event: fill, nth: 1}
stage_rules:
  - {stage: lead}
sop:
  - {stage: lead, task: greet, name_zh: 问候, name_en: greeting, from_day: 0, to_day: 2}
funnels:
  - code: visits
    name_zh: 就诊
    name_en: visits
    order: loose
    window_days: 90
    who: {cause: steroid}
    steps:
      - {code: book, name_zh: 预约, name_en: appointment, event: activity.book_consult}
      - {code: visit, name_zh: 就诊, name_en: visit, event: activity.register_visit}
`

func one(text string) fs.FS {
	return fstest.MapFS{"gout.yaml": &fstest.MapFile{Data: []byte(text)}}
}

func TestGoodFileLoads(t *testing.T) {
	got, err := Load(one(good))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].Drugs[0].Aliases[0] != "优立通" || got[0].Products[1].PackDays != 50 {
		t.Errorf("got %+v", got)
	}
}

func TestBrokenFilesNameFileAndLine(t *testing.T) {
	cases := []struct{ name, old, new, want string }{
		{"unknown field", "name_en: gout\n", "name_eng: gout\n", "gout.yaml: yaml: unmarshal errors:\n  line 3: field name_eng"},
		{"bad number", "pack_days: 50", "pack_days: many", "line 12"},
		{"unknown class of a drug", "class: gout_xoi, aliases: []", "class: gout_x, aliases: []", `gout.yaml:9: drug allopurinol has the unknown class "gout_x"`},
		{"duplicate sku", "sku: G2", "sku: G1", "gout.yaml:12: sku G1 is also at gout.yaml:11"},
		{"duplicate drug", "code: allopurinol", "code: febuxostat", "gout.yaml:9: drug febuxostat is also at gout.yaml:8"},
		{"alias of two drugs", "aliases: []", "aliases: [优立通]", "gout.yaml:9: drug name 优立通 is also at gout.yaml:8"},
		{"alias that is another drug's name", "aliases: []", "aliases: [非布司他]", "gout.yaml:9: drug name 非布司他 is also at gout.yaml:8"},
		{"pack_days zero", "pack_days: 14", "pack_days: 0", "gout.yaml:11: pack_days 0 of G1 is not above 0"},
		{"pack_days negative", "pack_days: 50", "pack_days: -1", "gout.yaml:12: pack_days -1 of G2"},
		{"pack_days not a number", "pack_days: 50", "pack_days: .nan", "gout.yaml:12: pack_days NaN of G2"},
		{"pack_units zero", "pack_units: 14", "pack_units: 0", "gout.yaml:11: pack_units 0 of G1"},
		{"max_days below the pack", "max_days: 366, price_fen: 900", "max_days: 20, price_fen: 900", "gout.yaml:12: max_days 20 of G2"},
		{"negative price", "price_fen: 900", "price_fen: -1", "gout.yaml:12: price_fen -1 of G2"},
		{"unknown drug of a product", "drug: allopurinol", "drug: alopurinol", `gout.yaml:12: product G2 has the unknown drug "alopurinol"`},
		{"drug without product", "drug: allopurinol", "drug: febuxostat", "gout.yaml:9: drug allopurinol has no product"},
		{"unknown ingredient", "ingredients: [allopurinol]", "ingredients: [allopurinol, lesinurad]", `gout.yaml:9: drug allopurinol has the unknown ingredient "lesinurad"`},
		{"no ingredient", "ingredients: [allopurinol]", "ingredients: []", "gout.yaml:9: drug allopurinol has no ingredients"},
		{"threshold above one", "adherence_threshold: 0.80", "adherence_threshold: 80", "gout.yaml:6: adherence_threshold 80"},
		{"bad code", "code: gout\n", "code: Gout\n", `gout.yaml:1: line code "Gout"`},
		{"bad diagnosis", "icd10: [M10]", "icd10: [gout]", `gout.yaml:4: icd10 "gout"`},
		{"empty name", "name_zh: 痛风", "name_zh: ''", "gout.yaml:2: name_zh is empty"},
		{"unknown event", "event: activity.lead", "event: lead", `gout.yaml:18: step lead has the unknown event "lead"`},
		{"fill without nth", ", nth: 1", "", "gout.yaml:19: step first_fill needs nth"},
		{"step twice", "code: first_fill", "code: lead", "gout.yaml:19: funnel step lead is there twice"},
		{"stage twice", "name_en: lead}\nfunnel", "name_en: lead}\n  - {code: lead, name_zh: 线索, name_en: lead}\nfunnel", "gout.yaml:15: stage lead is there twice"},
		{"goal without a horizon", "name_en: lead}\nfunnel", "name_en: lead, goals: [lead]}\nfunnel", "gout.yaml:14: stage lead has goals and no horizon_days"},
		{"unknown goal", "name_en: lead}\nfunnel", "name_en: lead, goals: [led], horizon_days: 9}\nfunnel", `gout.yaml:14: unknown stage "led"`},
		{"rule of an unknown stage", "- {stage: lead}", "- {stage: led}", `gout.yaml:21: unknown stage "led"`},
		{"last rule with a condition", "- {stage: lead}", "- {stage: lead, buyer: true}", "gout.yaml:21: the last rule has conditions"},
		{"negative days of a rule", "- {stage: lead}", "- {stage: lead, silent_from: -1}\n  - {stage: lead}", "gout.yaml:21: silent_from -1 is negative"},
		{"task of an unknown stage", "{stage: lead, task", "{stage: led, task", `gout.yaml:23: unknown stage "led"`},
		{"window of a task", "to_day: 2", "to_day: -1", "gout.yaml:23: task greet is due from day 0 to day -1"},
		{"funnel twice", "code: visits", "code: acquisition", "gout.yaml:25: funnel acquisition is there twice"},
		{"order of a funnel", "order: loose", "order: any", `gout.yaml:28: order "any" of funnel visits is not strict or loose`},
		{"negative window", "window_days: 90", "window_days: -1", "gout.yaml:29: window_days of funnel visits is negative"},
		{"two attributes", "{cause: steroid}", "{cause: steroid, sex: male}", "gout.yaml:30: funnel visits asks for more than one attribute"},
		{"event of a further funnel", "activity.register_visit", "register_visit", `gout.yaml:33: step visit has the unknown event "register_visit"`},
		{"funnel of one step", "      - {code: visit, name_zh: 就诊, name_en: visit, event: activity.register_visit}\n", "", "funnel visits has fewer than two steps"},
		{"funnel without a name", "    name_en: visits\n", "", "name_en is empty"},
		{"two documents", "code: gout\n", "code: gout\n---\ncode: gout\n", "gout.yaml: more than one document"},
		{"not yaml", "drugs:\n", "drugs: [\n", "gout.yaml: yaml: line"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			broken := strings.Replace(good, c.old, c.new, 1)
			if broken == good {
				t.Fatal("the case changes nothing")
			}
			_, err := Load(one(broken))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestSameLineInTwoFiles(t *testing.T) {
	files := fstest.MapFS{
		"a.yaml": &fstest.MapFile{Data: []byte(good)},
		"b.yaml": &fstest.MapFile{Data: []byte(good)},
	}
	_, err := Load(files)
	if err == nil || !strings.Contains(err.Error(), "b.yaml:1: line gout is also at a.yaml:1") {
		t.Errorf("error %v", err)
	}
}

func TestNoFile(t *testing.T) {
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("no error for no file")
	}
}
