package ingest

import (
	"strings"
	"testing"
)

const alihealthJSON = `{"rx_id":"RX2501010001","create_time":"2025-01-01 09:30:00","doctor":{"doctor_name":"李医生","depart_name":"骨科"},"patient":{"name":"张**","sex":"女","age":42,"id_card":"***"},"patient_diagnostic":{"diagnose_list":[{"code":"M87.051","name":"股骨头坏死"}],"allergy_history":"无","medical_history":"系统性红斑狼疮"},"drug_list":[{"drug_id":"D01","drug_name":"某胶囊","spec":"0.4g*36粒","dose_from":"胶囊","total":5,"drug_usage_list":[{"dose_value":"2","measure_unit":"粒","frequency":"每日三次","frequency_value":"3","frequency_unit":"日","drug_usage":"口服","days":"30"}]}]}`

// keyed gives the records of a test a key.
func keyed(decode Decode) Decode {
	return func(rec *Record, emit func(*Event)) error {
		rec.Key = []byte("h-1")
		return decode(rec, emit)
	}
}

func TestDecodeAlihealth(t *testing.T) {
	head := " 2025-01-01T09:30:00 hospital:h-1"
	rx := head + " hospital order= rx=RX2501010001 icd=M87.051 | RX2501010001-1 D01 某胶囊 x5 30d 6/d 0"
	profile := func(facts string) string { return "profile" + head + " " + facts }
	whole := []string{"prescribed" + rx, profile("birth_year=1983 sex=female")}
	doses := head + " hospital order= rx=RX2501010001 icd=M87.051 | RX2501010001-1 D01 某胶囊 x7 "
	checkFormat(t, keyed(DecodeAlihealth), alihealthJSON, []formatCase{
		{"prescription, patient from the key", nil, whole, refusedAs("", "")},
		{"numbers as text, units behind", []string{`"total":5`, `"total":"5"`, `"days":"30"`, `"days":"30天"`}, whole, refusedAs("", "")},
		{"packs with their unit", []string{`"total":5`, `"total":"5盒"`}, whole, refusedAs("", "")},
		{"doses with their unit", []string{`"total":5`, `"total":"7剂"`, `"days":"30"`, `"days":""`}, []string{"prescribed" + doses + "7d 0", whole[1]}, refusedAs("", "")},
		{"tablets are no packs", []string{`"total":5`, `"total":"60片"`}, nil, refusedAs(ReasonBadValue, "drug_list[0].total")},
		{"F", []string{`"女"`, `"F"`}, whole, refusedAs("", "")},
		{"sex as a number that says nothing", []string{`"女"`, `1`}, []string{"prescribed" + rx, profile("birth_year=1983")}, refusedAs("", "")},
		{"age with a unit", []string{`"age":42`, `"age":"42岁"`}, whole, refusedAs("", "")},
		{"age in years and months", []string{`"age":42`, `"age":"2岁6个月"`}, []string{"prescribed" + rx, profile("birth_year=2023 sex=female")}, refusedAs("", "")},
		{"age in weeks", []string{`"age":42`, `"age":"60周"`}, []string{"prescribed" + rx, profile("birth_year=2024 sex=female")}, refusedAs("", "")},
		{"age of nobody", []string{`"age":42`, `"age":"300岁"`}, []string{"prescribed" + rx, profile("sex=female")}, refusedAs("", "")},
		{"age in months", []string{`"age":42`, `"age":"18个月"`}, []string{"prescribed" + rx, profile("birth_year=2024 sex=female")}, refusedAs("", "")},
		{"age in days", []string{`"age":42`, `"age":"20天"`}, []string{"prescribed" + rx, profile("birth_year=2025 sex=female")}, refusedAs("", "")},
		{"age unknown", []string{`"age":42`, `"age":"成年"`}, []string{"prescribed" + rx, profile("sex=female")}, refusedAs("", "")},
		{"whole identity card", []string{`"id_card":"***"`, `"id_card":"11010119900307001x"`}, []string{"prescribed 2025-01-01T09:30:00 id_card:11010119900307001X" + rx[len(head):], "profile 2025-01-01T09:30:00 id_card:11010119900307001X birth_year=1983 sex=female"}, refusedAs("", "")},
		{"doses of Chinese medicine", []string{`"total":5`, `"total":7`, `"粒"`, `"剂"`, `"days":"30"`, `"days":"2"`}, []string{"prescribed" + doses + "14d 0", whole[1]}, refusedAs("", "")},
		{"doses of the prescription", []string{`"total":5,`, ``, `"rx_id"`, `"prescription_amount":"7","rx_id"`, `"days":"30"`, `"days":""`}, []string{"prescribed" + doses + "7d 0", whole[1]}, refusedAs("", "")},
		{"dose as a range", []string{`"dose_value":"2"`, `"dose_value":"1-2"`}, []string{"prescribed" + rx[:len(rx)-len(" 6/d 0")] + " 0", whole[1]}, refusedAs("", "")},
		{"expired, it was prescribed", []string{`"rx_id"`, `"status":"20","rx_id"`}, whole, refusedAs("", "")},
		{"written off, it was prescribed", []string{`"rx_id"`, `"status":30,"rx_id"`}, whole, refusedAs("", "")},
		{"once a week", []string{`"frequency_unit":"日"`, `"frequency_unit":"周"`, `"dose_value":"2"`, `"dose_value":"7"`}, []string{"prescribed" + strings.Replace(rx, "6/d", "3/d", 1), whole[1]}, refusedAs("", "")},
		{"returned", []string{`"rx_id"`, `"status":99,"rx_id"`}, []string{"cancelled" + rx, whole[1]}, refusedAs("", "")},
		{"not audited yet", []string{`"rx_id"`, `"status":"0","rx_id"`}, whole, refusedAs("", "")},
		{"approved", []string{`"rx_id"`, `"status":1,"rx_id"`}, []string{whole[0], "rx_audit" + head + " outcome=approved", whole[1]}, refusedAs("", "")},
		{"refused by the pharmacist", []string{`"rx_id"`, `"status":"-1","rx_id"`}, []string{"rx_audit" + head + " outcome=rejected", whole[1]}, refusedAs("", "")},
		{"another status", []string{`"rx_id"`, `"status":7,"rx_id"`}, nil, refusedAs(ReasonBadValue, "status")},
		{"no drugs", []string{`"drug_list"`, `"x"`}, nil, refusedAs(ReasonMissingField, "drug_list")},
		{"days in words", []string{`"days":"30"`, `"days":"long"`}, nil, refusedAs(ReasonBadValue, "drug_list[0].drug_usage_list[0].days")},
		{"no total", []string{`"total":5,`, ``}, nil, refusedAs(ReasonMissingField, "drug_list[0].total")},
	})
	wantReject(t, DecodeAlihealth, &Record{Value: []byte(alihealthJSON)}, ReasonNoPatient, "patient")
}

// 0 and 1 are what the source says they are: two interfaces of one family say the opposite.
func TestAlihealthSexes(t *testing.T) {
	for _, c := range []struct {
		name  string
		code  SexCode
		value string
		want  string
	}{
		{"0 male", SexZeroMale, `0`, "male"}, {"1 female", SexZeroMale, `"1"`, "female"},
		{"0 female", SexZeroFemale, `"0"`, "female"}, {"1 male", SexZeroFemale, `1`, "male"},
		{"a word stays a word", SexZeroFemale, `"男"`, "male"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := &Record{Value: []byte(replaced(t, alihealthJSON, `"女"`, c.value)), Key: []byte("h-1")}
			events, err := all(AlihealthWithSex(c.code), rec)
			if err != nil {
				t.Fatal(err)
			}
			if got := events[1].Activity.Attributes["sex"]; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A CloudEvents type says which of the codes it is, as it overrules the configuration of the topic.
func TestAlihealthSexesByCloudEvent(t *testing.T) {
	for kind, want := range map[string]string{
		"cn.phdp.alihealth.prescription.0male.v1": "female", "cn.phdp.alihealth.prescription.0female.v1": "male", "cn.phdp.alihealth.prescription.v1": "",
	} {
		rec := &Record{Value: []byte(structured(kind, replaced(t, alihealthJSON, `"女"`, `1`))), Key: []byte("h-1")}
		events, err := all(DecodeCloudEvent, rec)
		if err != nil {
			t.Fatal(err)
		}
		if got := events[1].Activity.Attributes["sex"]; got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
}
