package dashboards

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLanguagesHaveTheSameKeys(t *testing.T) {
	zh, err := loadTexts("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	en, err := loadTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	zhKeys, enKeys := slices.Sorted(maps.Keys(zh.words)), slices.Sorted(maps.Keys(en.words))
	if !slices.Equal(zhKeys, enKeys) {
		t.Errorf("keys differ: %d in zh-CN, %d in en", len(zhKeys), len(enKeys))
	}
	place := regexp.MustCompile(`\{\d\}`)
	for _, key := range zhKeys {
		a, b := place.FindAllString(zh.words[key], -1), place.FindAllString(en.words[key], -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s: places %v in zh-CN, %v in en", key, a, b)
		}
	}
}

func TestEveryUsedKeyHasAText(t *testing.T) {
	zh, err := loadTexts("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`(?:\{\{|\()t "([a-z0-9_.]+)"|\bt\.get\("([a-z0-9_.]+)"[,)]|"(sql\.error\.[a-z]+)"`)
	files, _ := filepath.Glob("templates/*.html")
	sources, _ := filepath.Glob("*.go")
	for _, file := range append(files, sources...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range used.FindAllStringSubmatch(string(text), -1) {
			key := match[1] + match[2] + match[3]
			if _, ok := zh.words[key]; !ok && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s uses %q, which has no text", file, key)
			}
		}
	}
}

func TestEveryGlossaryEntryAndCardHasWords(t *testing.T) {
	zh, err := loadTexts("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{}
	for _, id := range glossaryIDs {
		keys = append(keys, "def."+id+".title", "def."+id+".text")
	}
	for _, axis := range axes {
		keys = append(keys, "axis."+axis.code, "axis."+axis.code+".sub")
		for _, card := range axis.cards {
			keys = append(keys, "kpi."+card.code, "kpi.count."+card.code)
			if !slices.Contains(glossaryIDs, card.def) {
				t.Errorf("card %s has no entry %q in the glossary", card.code, card.def)
			}
		}
	}
	for _, key := range keys {
		if _, ok := zh.words[key]; !ok {
			t.Errorf("%s has no text", key)
		}
	}
}
