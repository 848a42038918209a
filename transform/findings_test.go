package transform

import (
	"slices"
	"testing"

	"phdp/ingest"
)

func TestFindings(t *testing.T) {
	const staff = ingest.SpeakerStaff
	cases := []struct {
		name, speaker, text string
		want                []string // concept status, relative ones with "relative" behind; nothing else may be found
	}{
		{"stage by TNM", "", "病理pT2N1aM0", []string{"bc_2 present"}},
		{"stage by TNM, far", "", "cT4bN2M1", []string{"bc_4 present"}},
		{"all of a list denied behind it", "", "发烧、咳嗽都没有", []string{"fever absent", "cough absent"}},
		{"denied in front of it", "", "都没有发烧", []string{"fever absent"}},
		{"another person by pronoun", "", "他头晕，我咳嗽", []string{"dizziness present relative", "cough present"}},
		{"no pronoun", "", "其他头晕", []string{"dizziness present"}},
		{"no head", "", "一低头都疼", []string{"pain present"}},
		{"two parts with a gap", "", "挂一个专家的号", []string{"consult present"}},
		{"a gap ends with the clause", "", "药吃着，漏水了", nil},
		{"a gap is short", "", "挂一下墙上那一本日历的号", nil},
		{"denied in the gap", "", "药我一直没有停过", []string{"stopped_drug absent"}},
		{"denied before the gap", "", "我不怕做手术", []string{"fear_surgery absent"}},
		{"a drug by name in the gap", "", "缬沙坦我早停了", []string{"valsartan present", "stopped_drug present"}},
		{"what is wanted inside a gap is hidden", "", "挂号真的很难", []string{"access present"}},
		{"in a question only", "", "吃这个会头晕吗", []string{"ask_side_effect present", "dizziness present"}},
		{"no question", "", "吃这个会头晕", []string{"dizziness present"}},
		{"such is no question", "", "这么咳", []string{"cough present"}},
		{"a drug that nobody names", "", "换药后第二天恶心", []string{"nausea present", "suspected_reaction present"}},
		{"plain", "", "头晕", []string{"dizziness present"}},
		{"negated list", "", "没有发烧、咳嗽", []string{"fever absent", "cough absent"}},
		{"negated list with and", "", "没有发烧和咳嗽", []string{"fever absent", "cough absent"}},
		{"negation ends at but", "", "没有发烧，但是咳嗽", []string{"fever absent", "cough present"}},
		{"negation ends where something else begins", "", "没有发烧吃饭头晕", []string{"fever absent", "dizziness present"}},
		{"negation ends at a bit", "", "没有发烧有点头晕", []string{"fever absent", "dizziness present"}},
		{"negation reaches over a verb", "", "没有觉得头晕", []string{"dizziness absent"}},
		{"but stops the negation", "", "没有什么但头晕", []string{"dizziness present"}},
		{"not A not B", "", "不咳不喘", []string{"cough absent", "wheeze absent"}},
		{"no A no B", "", "没发烧也不咳嗽", []string{"fever absent", "cough absent"}},
		{"resolved", "", "膝盖不疼了", []string{"knee_pain absent"}},
		{"resolved behind", "", "咳嗽好了，发烧也退了", []string{"cough absent", "fever absent"}},
		{"better is still there", "", "咳嗽好多了", []string{"cough present", "cured present"}},
		{"trap: negated character in a positive symptom", "", "没胃口，睡不着，无力", []string{"no_appetite present", "insomnia present", "fatigue present"}},
		{"trap: persistence", "", "咳个不停，发烧不退", []string{"cough present", "fever present"}},
		{"trap: not yet well", "", "咳嗽一直没好", []string{"cough present"}},
		{"trap: symptom inside a drug", "", "吃了退烧药和降压药", []string{"antihypertensive_word present"}},
		{"trap: weather and food", "", "喝稀饭，晕车", nil},
		{"patient asks what to do", "", "头疼怎么办", []string{"headache present"}},
		{"patient asks about a symptom", "", "我这是咳嗽吗", []string{"cough present"}},
		{"patient asks about a disease", "", "我这是高血压吗", []string{"hypertension unknown"}},
		{"doubt", "", "会不会是糖尿病", []string{"diabetes unknown"}},
		{"condition", "", "如果头晕怎么办", []string{"dizziness unknown"}},
		{"staff asks", staff, "有没有头晕、恶心？", []string{"dizziness asked", "nausea asked"}},
		{"staff asks with ma", staff, "还咳嗽吗？", []string{"cough asked"}},
		{"staff asks at the end", staff, "发烧没有", []string{"fever asked"}},
		{"staff asks A not A", staff, "咳不咳", []string{"cough asked"}},
		{"staff asks how long", staff, "头疼几天了？", []string{"headache present"}},
		{"staff shows no intent", staff, "您可以预约复诊", nil},
		{"relative", "", "我妈头晕", []string{"mother present relative", "dizziness present relative"}},
		{"relative, then self", "", "我爸有高血压，我头晕", []string{"father present relative", "hypertension present relative", "dizziness present"}},
		{"child at the head of a clause", "", "你好，宝宝发烧", []string{"child present relative", "fever present relative"}},
		{"child within a clause", "", "带孩子头晕", []string{"dizziness present"}},
		{"drug then symptom", "", "吃了缬沙坦后头晕", []string{"valsartan present", "dizziness present", "suspected_reaction present"}},
		{"taking then symptom", "", "吃完二甲双胍恶心", []string{"metformin present", "nausea present", "suspected_reaction present"}},
		{"symptom denied after drug", "", "吃了缬沙坦后不头晕", []string{"valsartan present", "dizziness absent"}},
		{"better after drug", "", "吃了缬沙坦头晕好多了", []string{"valsartan present", "dizziness present", "cured present"}},
		{"still there after drug", "", "吃了缬沙坦还是头晕", []string{"valsartan present", "dizziness present"}},
		{"the complaint itself is no reaction", "", "吃了通络生骨后髋关节疼", []string{"onfh_capsule present", "hip_pain present"}},
		{"relative's reaction is a relative's", "", "我妈吃了缬沙坦后头晕", []string{"mother present relative", "valsartan present relative", "dizziness present relative", "suspected_reaction present relative"}},
		{"a word that counts behind a drug only", "", "吃了缬沙坦以后走路发飘", []string{"valsartan present", "suspected_reaction present"}},
		{"the same without a drug", "", "昨天走路发飘", nil},
		{"a reaction in the next clause", "", "吃了激素以后胖了，脸也水肿", []string{"steroid present", "weight_gain present", "suspected_reaction present", "edema present", "suspected_reaction present"}},
		{"a drug that was refused", "", "缬沙坦我不敢吃，会头晕", []string{"valsartan present", "refuse_drug present", "dizziness present"}},
		{"the drug is implied", "", "打了三针脸肿", []string{"edema present", "suspected_reaction present"}},
		{"drug alias in capitals and full width", "", "在吃ＨＥＲ２阳性", []string{"her2_pos present"}},
		{"inside a Latin word", "", "android electrical", nil},
		{"a denial reaches both concepts of the words", "", "从来不忘吃药", []string{"missed_dose absent", "forget_dose absent"}},
		{"patient answers with the denial behind", "", "头晕没有", []string{"dizziness absent"}},
		{"not A not B of one concept", "", "也不哭不闹", []string{"crying absent"}},
		{"end of a Latin word", "", "xmri", nil},
	}
	tr := testTransformer(t)
	tr.catalogue = tr.catalogue.RulesAlone()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			speaker := tc.speaker
			if speaker == "" {
				speaker = ingest.SpeakerPatient
			}
			if got := brief(tr.Findings(speaker, tc.text)); !slices.Equal(got, tc.want) {
				t.Errorf("%s\n got %q\nwant %q", tc.text, got, tc.want)
			}
		})
	}
}

func brief(found []Finding) []string {
	var out []string
	for _, f := range found {
		s := f.Concept + " " + f.Status
		if f.Subject == SubjectRelative {
			s += " " + f.Subject
		}
		out = append(out, s)
	}
	return out
}

// TestAdherenceSentences is a small invented gold set for what public consultations hardly hold.
func TestAdherenceSentences(t *testing.T) {
	cases := []struct{ text, concept, status string }{
		{"林药师，昨天忘了吃药，今天要补吗", "missed_dose", StatusPresent},
		{"昨天忘了吃药", "forget_dose", StatusPresent},
		{"早上的药漏服了", "missed_dose", StatusPresent},
		{"最近没按时吃药", "missed_dose", StatusPresent},
		{"我从来不漏服", "missed_dose", StatusAbsent},
		{"如果忘了吃药怎么办", "missed_dose", StatusUnknown},
		{"我把药停了一周", "stopped_drug", StatusPresent},
		{"降压药我自己停了", "stopped_drug", StatusPresent},
		{"缬沙坦停了", "stopped_drug", StatusPresent},
		{"咳嗽停了", "cough", StatusAbsent},
		{"我没停药", "stopped_drug", StatusAbsent},
		{"可以停药吗", "ask_stop", StatusPresent},
		{"什么时候能停药", "ask_stop", StatusPresent},
		{"这个药减半吃了", "dose_reduced", StatusPresent},
		{"我自己加量了", "dose_increased", StatusPresent},
		{"太贵了吃不起", "price", StatusPresent},
		{"有没有优惠", "price", StatusPresent},
		{"吃了一个月没效果", "no_effect", StatusPresent},
		{"也没有作用", "no_effect", StatusPresent},
		{"怕副作用", "side_effect", StatusPresent},
		{"这药有什么副作用", "ask_side_effect", StatusPresent},
		{"县里医院买不到这个药", "access", StatusPresent},
		{"能不能走医保", "insurance", StatusPresent},
		{"不想换髋", "fear_surgery", StatusPresent},
		{"我害怕手术", "fear_surgery", StatusPresent},
		{"需要换髋吗", "ask_surgery", StatusPresent},
		{"我去年换了髋", "hip_replaced", StatusPresent},
		{"医生说股骨头坏死二期", "arco_2", StatusPresent},
		{"ARCO Ⅱ期", "arco_2", StatusPresent},
		{"ARCO III期有点塌陷", "arco_3", StatusPresent},
		{"乳腺癌ⅡA期", "bc_2", StatusPresent},
		{"高血压3级", "htn_3", StatusPresent},
		{"药吃完了", "out_of_drug", StatusPresent},
		{"再开两盒", "refill", StatusPresent},
		{"怎么买", "buy", StatusPresent},
		{"多少钱一盒", "ask_price", StatusPresent},
		{"帮我看看报告", "report_read", StatusPresent},
		{"想挂号看看", "consult", StatusPresent},
		{"你们是骗子，我要退款", "complaint", StatusPresent},
		{"别再给我发消息了", "do_not_contact", StatusPresent},
		{"不想活了", "self_harm", StatusPresent},
		{"天天焦虑", "distress", StatusPresent},
		{"我不焦虑", "distress", StatusAbsent},
		{"准备要二胎", "conceive", StatusPresent},
		{"怎么锻炼", "rehab", StatusPresent},
		{"需要忌口吗", "diet", StatusPresent},
		{"每天抽一包烟", "smoking", StatusPresent},
		{"不抽烟", "smoking", StatusAbsent},
		{"已经戒烟", "quit_smoking", StatusPresent},
		{"天天喝酒", "heavy_alcohol", StatusPresent},
		{"吃了三年激素", "steroid", StatusPresent},
		{"没用过激素", "steroid", StatusAbsent},
		{"我拄拐走路", "crutch", StatusPresent},
		{"一站就是八小时，久站", "heavy_load", StatusPresent},
		{"青霉素过敏", "drug_allergy", StatusPresent},
		{"阵阵潮热", "hot_flush", StatusPresent},
		{"左侧大腿根疼", "groin_pain", StatusPresent},
		{"胯骨疼", "hip_pain", StatusPresent},
		{"老是口渴", "dry_mouth", StatusPresent},
		{"尿多，老上厕所", "polyuria", StatusPresent},
		{"低血糖昏迷了", "severe_hypo", StatusPresent},
		{"绝经后又出血", "vaginal_bleed", StatusPresent},
	}
	tr := testTransformer(t)
	for _, tc := range cases {
		found := tr.Findings(ingest.SpeakerPatient, tc.text)
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Concept == tc.concept && f.Status == tc.status }) {
			t.Errorf("%s: want %s %s, found %q", tc.text, tc.concept, tc.status, brief(found))
		}
	}
}

func TestFindingHasItsRuleAndName(t *testing.T) {
	found := testTransformer(t).Findings(ingest.SpeakerPatient, "昨天发烧")
	want := Finding{Concept: "fever", Kind: KindSymptom, Name: "发热", Status: StatusPresent, Subject: SubjectSelf, Mention: "发烧", Start: 2, End: 4, RuleID: "fever.1"}
	if len(found) != 1 || found[0] != want {
		t.Errorf("got %+v, want %+v", found, want)
	}
}
