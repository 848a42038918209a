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
		{"traditional characters", "醫生您好，頭痛還沒好", "医生您好，头痛还没好"},
		{"repeated signs", "怎么办？？？急！！！ok??!!~~", "怎么办？急！ok?!~"},
		{"signs apart from each other", "好。 。", "好。 。"},
		{"dots and lines stay", "1...2 ……--", "1...2 ……--"},
		{"tags", "<p>头晕<br/>三天</p><b>很</b>重<img src='a.png'>", "头晕\n三天\n很重"},
		{"comparisons are no tags", "血压<140,高压>90 a<b>c", "血压<140,高压>90 ac"},
		{"entities", "血压&lt;140&nbsp;&amp; &quot;稳定&quot;&deg;", "血压<140 & \"稳定\"°"},
		{"entities that would make a tag", "&lt;br&gt; &amp;lt;", "&lt;br&gt; &amp;lt;"},
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

func TestOffsetsSurviveCleaning(t *testing.T) {
	tr := testTransformer(t)
	text := "<p>醫生&nbsp;！！！我頭暈</p>"
	found := tr.Findings("patient", text)
	if len(found) != 1 || string([]rune(text)[found[0].Start:found[0].End]) != "頭暈" {
		t.Errorf("found %+v", found)
	}
}

func TestGarbledTextIsFlagged(t *testing.T) {
	tr := testTransformer(t)
	cases := []struct{ name, in, want string }{
		{"UTF-8 read as GBK", "鍖荤敓鎮ㄥソ锛屾垜鐨勮鍘嬫槸澶氬皯鍦ㄥ摢", "[乱码]"},
		{"lost twice", "医生锟斤拷锟斤拷您好", "医生[乱码]您好"},
		{"memory", "烫烫烫烫", "[乱码]"},
		{"UTF-8 read as Latin-1", "ok æ\u0088\u0091å¤´æ\u0099\u0095 ok", "ok [乱码] ok"},
		{"UTF-8 read as Windows-1252", "ok å¤´æ™•äº† ok", "ok [乱码] ok"},
		{"a word with accents", "café, Ménière 综合征，50°", "café, Ménière 综合征，50°"},
		{"烫 is a word", "烫伤了，烫烫的", "烫伤了，烫烫的"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if got, n := tr.cleanAndRedact(tc.in); got != tc.want || n != 0 {
				t.Errorf("%q gives %q (%d), want %q", tc.in, got, n, tc.want)
			}
		})
	}
}
