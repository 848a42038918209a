package transform

import "testing"

func TestClean(t *testing.T) {
	c := newCleaner()
	cases := []struct{ name, in, want string }{
		{"nothing to do", "您好，血压150/95。", "您好，血压150/95。"},
		{"full width digits and letters", "血压１５０／９５ＡＲＣＯ", "血压150/95ARCO"},
		{"Chinese punctuation stays", "好的，谢谢！（真的）？；：", "好的，谢谢！（真的）？；："},
		{"zero width and byte order mark", "\ufeff血\u200b压", "血压"},
		{"direction marks", "\u202e血压\u202c", "血压"},
		{"white space is folded", "  血压 \t 150\u3000\u00a095  ", "血压 150 95"},
		{"line breaks are kept once", "一\r\n\n 二", "一\n二"},
		{"compatibility characters", "㎜Ⅱ期①", "mmII期1"},
		{"combining accent is composed", "e\u0301", "é"},
		{"composed across what nobody sees", "e\u200d\u0301", "é"},
		{"not UTF-8", "血\xff压\xe8", "血压"},
		{"composed across what is not UTF-8", "A\x8d\u03010", "Á0"},
		{"control characters", "血\x00压\x7f", "血压"},
		{"emoji keeps its parts", "👨‍👩‍👧好❤️", "👨👩👧好❤"},
		{"replacement character goes", "血\ufffd压", "血压"},
		{"only spaces", " \u3000\n", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if got := c.clean(tc.in); got != tc.want {
				t.Errorf("clean(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestCleanTextIsNotCopied(t *testing.T) {
	c := newCleaner()
	text := "医生您好，我的血压是150/95，空腹血糖7.8 mmol/L，怎么办？"
	if n := testing.AllocsPerRun(100, func() { c.clean(text) }); n != 0 {
		t.Errorf("%v allocations for clean text", n)
	}
}

func TestFindingOffsetsReferToTheGivenText(t *testing.T) {
	tr := testTransformer(t)
	text := "  \u200b昨天Ａ  头晕\u200b\u200b，体温３８．５度"
	runes := []rune(text)
	if found := tr.Findings("patient", text); len(found) != 2 || found[0].Mention != "头晕" || found[0].Start != 8 {
		t.Errorf("found %+v", found)
	}
	for _, f := range tr.Findings("patient", text) {
		if got := string(runes[f.Start:f.End]); got != f.Mention {
			t.Errorf("%s: %q at the offsets, %q as mention", f.Concept, got, f.Mention)
		}
	}
	for _, m := range tr.Measurements(text) {
		if got := string(runes[m.Start:m.End]); got != m.Mention || m.Value != 38.5 {
			t.Errorf("%s %v: %q at the offsets, %q as mention", m.Kind, m.Value, got, m.Mention)
		}
	}
}
