package transform

import (
	"fmt"
	"slices"
	"testing"

	"phdp/ingest"
)

func TestMeasurements(t *testing.T) {
	cases := []struct {
		text string
		want []string
	}{
		{"血压150/95", []string{"bp_systolic 150 mmHg", "bp_diastolic 95 mmHg"}},
		{"血压 150-95，心率78次", []string{"bp_systolic 150 mmHg", "bp_diastolic 95 mmHg", "heart_rate 78 bpm"}},
		{"高压150低压95", []string{"bp_systolic 150 mmHg", "bp_diastolic 95 mmHg"}},
		{"上压145，下压88", []string{"bp_systolic 145 mmHg", "bp_diastolic 88 mmHg"}},
		{"血压130到80", []string{"bp_systolic 130 mmHg", "bp_diastolic 80 mmHg"}},
		{"血压早上150/95，晚上140/90", []string{"bp_systolic 150 mmHg", "bp_diastolic 95 mmHg", "bp_systolic 140 mmHg", "bp_diastolic 90 mmHg"}},
		{"今早量152/96mmHg", []string{"bp_systolic 152 mmHg", "bp_diastolic 96 mmHg"}},
		{"152/96", []string{"bp_systolic 152 mmHg", "bp_diastolic 96 mmHg"}},
		{"血压160", []string{"bp_systolic 160 mmHg"}},
		{"血压高于140/90要吃药吗", nil},
		{"血压要控制在130/80以下", nil},
		{"2026/01/06", nil},
		{"空腹7.8", []string{"glucose 7.8 mmol/L fasting"}},
		{"空腹血糖7.8，餐后两小时10.2", []string{"glucose 7.8 mmol/L fasting", "glucose 10.2 mmol/L after_meal"}},
		{"餐后2小时血糖11.3", []string{"glucose 11.3 mmol/L after_meal"}},
		{"血糖6.5", []string{"glucose 6.5 mmol/L"}},
		{"血糖126mg/dl", []string{"glucose 6.9929 mmol/L"}},
		{"空腹吃2片", nil},
		{"血糖高了3年", nil},
		{"糖化7.2%", []string{"hba1c 7.2 %"}},
		{"糖化血红蛋白是8.1", []string{"hba1c 8.1 %"}},
		{"体温38.5", []string{"temperature 38.5 °C"}},
		{"烧到38度5了", []string{"temperature 38.5 °C"}},
		{"39度", []string{"temperature 39 °C"}},
		{"水温45度", nil},
		{"体重130斤", []string{"weight 65 kg"}},
		{"身高170体重61公斤", []string{"height 170 cm", "weight 61 kg"}},
		{"瘦了20斤", nil},
		{"疼痛6分", []string{"vas 6 score"}},
		{"VAS 6", []string{"vas 6 score"}},
		{"疼了3天", nil},
		{"疼痛评分：4分", []string{"vas 4 score"}},
		{"心率72", []string{"heart_rate 72 bpm"}},
		{"血压病史10年，吃药3片", nil},
		{"一天3次一次2片", []string{"dose_frequency 3 /d", "dose 2 tablet"}},
		{"早晚各一粒，饭后", []string{"dose 1 capsule", "dose_frequency 2 /d"}},
		{"来曲唑2.5mg qd", []string{"dose 2.5 mg", "dose_frequency 1 /d"}},
		{"一天拉三次", nil},
		{"咳嗽，一天三次", nil},
		{"要一天三次吗", nil},
		{"还剩12片", nil},
		{"吃了三个月", []string{"duration 90 d taken"}},
		{"停药一年半", []string{"duration 547.5 d stopped"}},
		{"半年没复查了", []string{"duration 180 d away"}},
		{"三天打鱼两天晒网", nil},
		{"高压一百五，低压九十五", []string{"bp_systolic 150 mmHg", "bp_diastolic 95 mmHg"}},
		{"空腹七点八", []string{"glucose 7.8 mmol/L fasting"}},
		{"我一米六八", []string{"height 168 cm"}},
		{"现在138斤", []string{"weight 69 kg"}},
		{"提了20公斤米", nil},
		{"糖化从9降到7.1了", []string{"hba1c 7.1 %"}},
		{"糖化要降到7", nil},
		{"低密度3.2", []string{"ldl 3.2 mmol/L"}},
		{"射血分数55%", []string{"lvef 55 %"}},
		{"血压999/500", nil},
	}
	tr := testTransformer(t)
	for _, tc := range cases {
		var got []string
		for _, m := range tr.Measurements(tc.text) {
			s := fmt.Sprintf("%s %v %s", m.Kind, m.Value, m.Unit)
			if m.Context != "" {
				s += " " + m.Context
			}
			got = append(got, s)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestNormalMeasurement(t *testing.T) {
	cases := []struct {
		name string
		in   ingest.Measurement
		want Reading
	}{
		{"as it is", ingest.Measurement{Kind: "bp_systolic", Value: 152, Unit: "mmHg", Context: "home"}, Reading{Kind: "bp_systolic", Value: 152, Unit: "mmHg", Context: "home"}},
		{"mg/dL", ingest.Measurement{Kind: "glucose", Value: 126, Unit: "mg/dL"}, Reading{Kind: "glucose", Value: 6.9929, Unit: "mmol/L"}},
		{"jin", ingest.Measurement{Kind: "weight", Value: 130, Unit: "斤"}, Reading{Kind: "weight", Value: 65, Unit: "kg"}},
		{"Fahrenheit", ingest.Measurement{Kind: "temperature", Value: 101.3, Unit: "°F"}, Reading{Kind: "temperature", Value: 38.5, Unit: "°C"}},
		{"no unit", ingest.Measurement{Kind: "hba1c", Value: 7.2}, Reading{Kind: "hba1c", Value: 7.2, Unit: "%"}},
		{"unknown unit stays", ingest.Measurement{Kind: "ldl", Value: 3, Unit: "g/L"}, Reading{Kind: "ldl", Value: 3, Unit: "g/L"}},
		{"unknown kind stays", ingest.Measurement{Kind: "steps", Value: 8000, Unit: "steps"}, Reading{Kind: "steps", Value: 8000, Unit: "steps"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if got := normalMeasurement(tc.in); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}
