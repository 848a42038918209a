package ingest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// hostileValues stand for what a field may hold when a source changes or somebody means harm.
var hostileValues = []string{
	`null`, `""`, `" "`, `0`, `-1`, `1e300`, `0.5`, `true`, `[]`, `{}`, `[1]`, `[null]`, `[{}]`, `{"a":1}`,
	`"\u0000"`, `"a\nb"`, `"\ud83d"`, `"NaN"`, `"-Inf"`, `"0x10"`, `"99999999999999999999"`, `"2025-13-45"`, `"0001-01-01"`,
	`"wmX"`, `"#"`, `"/"`, `"***"`, `"` + strings.Repeat("x", MaxIDBytes+1) + `"`,
}

// hostile makes of an example all values in which one field is without or with another value.
func hostile(t testing.TB, example string) []string {
	t.Helper()
	var whole any
	decoder := json.NewDecoder(strings.NewReader(example))
	decoder.UseNumber()
	if err := decoder.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	var made []string
	write := func() {
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, string(text))
	}
	eachPlace(whole, func(set func(any)) {
		for _, value := range hostileValues {
			set(json.RawMessage(value))
			write()
		}
	})
	return made
}

// eachPlace calls take for every field and element below a value, with a function that replaces it, and
// puts the value back after it.
func eachPlace(value any, take func(set func(any))) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			before := value[name]
			eachPlace(before, take)
			take(func(with any) { value[name] = with })
			delete(value, name)
			take(func(any) {})
			value[name] = before
		}
	case []any:
		for i, before := range value {
			eachPlace(before, take)
			take(func(with any) { value[i] = with })
			value[i] = before
		}
	}
}

// examples are values of each format, by name.
func examples() map[string][]string {
	return map[string][]string{
		"canonical": {chatJSON, recallJSON, prescriptionJSON, activityJSON, leadJSON}, "wecom": {weComTextJSON},
		"dialogue": {dialogueJSON}, "synthea": {orderJSON, personJSON},
		"cloudevents":   {structured("cn.phdp.chat.message.v1", chatJSON)},
		"wecom_contact": {contactJSON, batchJSON}, "wecom_callback": {callbackJSON}, "wecom_consent": {consentJSON},
		"youzan": {youzanJSON}, "jd": {jdJSON, strings.Replace(jdJSON, `"parentOrderId":"0"`, `"parentOrderId":"99"`, 1)},
		"taobao": {taobaoJSON}, "alihealth": {alihealthJSON}, "alihealth_0male": {alihealthJSON}, "alihealth_0female": {alihealthJSON},
		"fhir":    {requestJSON, dispenseJSON, `{"resourceType":"Bundle","entry":[{"resource":` + dispenseJSON + `}]}`},
		"segment": {trackJSON, strings.Replace(trackJSON, `"track"`, `"identify","traits":{"phone":"13800000001","gender":"男"}`, 1), strings.Replace(trackJSON, `"track"`, `"alias","previousId":"p0"`, 1)},
	}
}

// Whatever one field holds, every format gives complete events, or a reject that tells nothing of the value.
func TestHostileFields(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			if len(examples()[f.name]) == 0 {
				t.Fatal("no example")
			}
			for _, example := range examples()[f.name] {
				for _, value := range hostile(t, example) {
					checkDecode(t, f.decode, []byte(value))
					if t.Failed() {
						t.Fatalf("with %s", value)
					}
				}
			}
		})
	}
}

// The same of a row of a CSV file.
func TestHostileRows(t *testing.T) {
	for _, mapping := range []string{fillsYAML, readingsYAML, clockYAML} {
		m, err := parseMapping("m.yaml", []byte(mapping))
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range hostile(t, csvRowJSON) {
			checkDecode(t, m.Decode, []byte(value))
			if t.Failed() {
				t.Fatalf("with %s", value)
			}
		}
	}
}

const csvRowJSON = `{"id":"x-1","row":{"会员卡号":"h-1","手机号":"13800000001","销售时间":"2025/1/9","类型":"销售","商品编码":"s","数量":"1","实收金额":"3.50","患者编号":"h-2","测量时间":"2025-01-09 07:30","收缩压":"152","性别":"女","日期":"45666","时刻":"07:30"}}`
