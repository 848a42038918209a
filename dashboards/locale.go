package dashboards

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed locales/*.json
var localeFiles embed.FS

// texts is the words of one language, by key. {0}, {1}, … in a text are places for values.
type texts struct {
	lang  string
	words map[string]string
}

func loadTexts(lang string) (texts, error) {
	data, err := localeFiles.ReadFile("locales/" + lang + ".json")
	if err != nil {
		return texts{}, fmt.Errorf("language %s: %w", lang, err)
	}
	t := texts{lang: lang}
	if err := json.Unmarshal(data, &t.words); err != nil {
		return texts{}, fmt.Errorf("language %s: %w", lang, err)
	}
	return t, nil
}

// get returns the text of a key with the values in their places; a key without a text comes back as it is.
func (t texts) get(key string, values ...any) string {
	text, ok := t.words[key]
	if !ok {
		return key
	}
	for i, value := range values {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), fmt.Sprint(value))
	}
	return text
}

// word returns the text of prefix.code, or the code itself when the language has no word for it.
func (t texts) word(prefix, code string) string {
	if text, ok := t.words[prefix+"."+code]; ok {
		return text
	}
	return code
}

// name picks the name that fits the language; an English one begins with a capital.
func (t texts) name(zh, en string) string {
	if t.lang == "en" && en != "" {
		return strings.ToUpper(en[:1]) + en[1:]
	}
	return zh
}

// definition is an entry of the glossary.
type definition struct{ ID, Title, Text string }

func (t texts) definition(id string) definition {
	return definition{ID: id, Title: t.get("def." + id + ".title"), Text: t.get("def." + id + ".text")}
}
