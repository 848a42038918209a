package transform

import (
	"strings"
	"testing"
)

func TestPhraseCounter(t *testing.T) {
	p := NewPhraseCounter(testTransformer(t))
	for i := range 6 {
		p.Add(i, "二甲双胍吃着犯膈应，电话13812345678")
	}
	p.Add(6, "今天天气好")
	top := p.Top(5, 10)
	if len(top) == 0 {
		t.Fatal("no phrase")
	}
	found := false
	for _, f := range top {
		found = found || strings.Contains(f.Text, "膈应") && f.Count == 6 && f.Share == 1 && f.Near == "metformin"
		if strings.Contains(f.Example, "138") {
			t.Errorf("not masked: %s", f.Example)
		}
	}
	if !found {
		t.Errorf("got %+v", top)
	}
}
