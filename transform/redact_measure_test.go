package transform

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// plant makes one invented identifier with the words around it, and the piece that may not survive.
type plant struct {
	kind string
	make func(r *rand.Rand) (text, secret string)
}

// alone is a plant that stands in the text as it is.
func alone(make func(r *rand.Rand) string) func(r *rand.Rand) (string, string) {
	return func(r *rand.Rand) (string, string) { s := make(r); return s, s }
}

// worded puts a word for it before a plant.
func worded(words []string, make func(r *rand.Rand) string) func(r *rand.Rand) (string, string) {
	return func(r *rand.Rand) (string, string) { s := make(r); return pick(r, words) + s, s }
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

func pickInt(r *rand.Rand, list ...int) int { return list[r.IntN(len(list))] }

func digitsOf(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

func mobileOf(r *rand.Rand) string {
	return pick(r, []string{"130", "135", "138", "139", "150", "151", "158", "166", "177", "181", "186", "189", "199"}) + digitsOf(r, 8)
}

func groupedMobile(sep string) func(r *rand.Rand) string {
	return func(r *rand.Rand) string { m := mobileOf(r); return m[:3] + sep + m[3:7] + sep + m[7:] }
}

// mapped writes each digit by another sign.
func mapped(signs []string, make func(r *rand.Rand) string) func(r *rand.Rand) string {
	return func(r *rand.Rand) string {
		var b strings.Builder
		for _, c := range make(r) {
			if c >= '0' && c <= '9' {
				b.WriteString(signs[c-'0'])
			} else {
				b.WriteRune(c)
			}
		}
		return b.String()
	}
}

func birthOf(r *rand.Rand, years int) string {
	return fmt.Sprintf("%d%02d%02d", years+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28))
}

func placeOf(r *rand.Rand) string {
	return pick(r, []string{"110105", "310104", "440106", "510107", "330106", "420111", "610113"})
}

func identity18(r *rand.Rand) string {
	s := placeOf(r) + birthOf(r, 1940) + digitsOf(r, 3)
	for c := range 10 {
		if identityCheck(s + strconv.Itoa(c)) {
			return s + strconv.Itoa(c)
		}
	}
	return s + "X"
}

func identity15(r *rand.Rand) string { return placeOf(r) + birthOf(r, 1935)[2:] + digitsOf(r, 3) }

func cardOf(r *rand.Rand) string {
	s := pick(r, []string{"622202", "622848", "621700", "436742", "621661"}) + digitsOf(r, 12)
	for c := range 10 {
		if n := s + strconv.Itoa(c); isCard(n, []int{19}) {
			return n
		}
	}
	return s
}

func accountOf(r *rand.Rand) string {
	return pick(r, []string{"li", "wang_", "xiao", "lele", "hua-", "mm", "sunny"}) + pick(r, []string{"abc", "lei", "mei", "happy"}) + digitsOf(r, 2+r.IntN(4))
}

func qqOf(r *rand.Rand) string { return strconv.Itoa(1+r.IntN(9)) + digitsOf(r, 5+r.IntN(5)) }

func nameOf(r *rand.Rand) string {
	return pick(r, strings.Fields("张 王 李 赵 刘 陈 杨 黄 周 吴 徐 孙 马 朱 胡 郭 何 林 高 罗 欧阳 司马")) +
		pick(r, strings.Fields("秀英 建国 小雷 桂兰 丽 伟 志强 玉梅 国庆 海燕 子涵 春花 大勇 晓东 雨欣"))
}

var (
	surnamesOf  = strings.Fields("张 王 李 赵 刘 陈 杨 黄 周 吴 徐 孙 马 朱 胡 郭 何 林 高 罗 欧阳 石 安")
	rolesOf     = []string{"医生", "大夫", "主任", "药师", "教授", "护士", "老师", "主任医师"}
	addressesOf = []string{"谢谢", "请问", "我找", "您好", "", "我挂了内科"}
)

func streetOf(r *rand.Rand) string {
	return pick(r, []string{"幸福市和平区", "江城市东湖区", "安宁县", "", "云岭省青山市"}) + pick(r, []string{"建设路", "中山大道", "人民街", "学府巷", "解放北路", "丰收村"}) +
		strconv.Itoa(1+r.IntN(300)) + "号" + pick(r, []string{"", "3栋1单元302室", "5号楼2单元", "602室"})
}

func estateOf(r *rand.Rand) string {
	return pick(r, []string{"阳光", "锦绣", "紫金", "翠竹", "滨江"}) + pick(r, []string{"小区", "花园", "苑", "公寓"}) + strconv.Itoa(1+r.IntN(30)) + pick(r, []string{"栋", "幢", "号楼"}) + strconv.Itoa(1+r.IntN(5)) + "单元" + strconv.Itoa(101+r.IntN(900)) + "室"
}

func plateOf(r *rand.Rand) string {
	return pick(r, strings.Fields("京 沪 粤 川 鄂 苏 浙 鲁 豫 冀")) + string(rune('A'+r.IntN(8))) + pick(r, []string{"", "·", " "}) + string(rune('A'+r.IntN(8))) + digitsOf(r, 4)
}

func energyPlateOf(r *rand.Rand) string {
	return pick(r, strings.Fields("京 沪 粤 川 鄂")) + string(rune('A'+r.IntN(8))) + pick(r, []string{"D", "F"}) + digitsOf(r, 5)
}

func urlOf(r *rand.Rand) string {
	return pick(r, []string{"https://h5.example.com/p?uid=", "http://m.example.cn/share/", "https://www.example.com/order?id="}) + digitsOf(r, 6+r.IntN(6))
}

func landlineOf(r *rand.Rand) string {
	return pick(r, []string{"010-", "021-", "0571-", "0755 ", "(028)", "025"}) + strconv.Itoa(2+r.IntN(7)) + digitsOf(r, 7)
}

var (
	fullWidth = strings.Split("０１２３４５６７８９", "")
	chinese   = strings.Split("零一二三四五六七八九", "")
	spoken    = strings.Split("零幺二三四五六七八九", "")
	financial = strings.Split("零壹贰叁肆伍陆柒捌玖", "")
)

var plants = []plant{
	{"mobile", alone(mobileOf)},
	{"mobile, spaced", alone(groupedMobile(" "))},
	{"mobile, with lines", alone(groupedMobile("-"))},
	{"mobile, with dots", alone(groupedMobile("."))},
	{"mobile, full width", alone(mapped(fullWidth, mobileOf))},
	{"mobile, +86", alone(func(r *rand.Rand) string {
		return pick(r, []string{"+86", "+86 ", "0086", "86-", "(+86)"}) + mobileOf(r)
	})},
	{"mobile, Chinese digits", alone(mapped(chinese, mobileOf))},
	{"mobile, as spoken", alone(mapped(spoken, mobileOf))},
	{"mobile, financial digits", alone(mapped(financial, mobileOf))},
	{"mobile, one by one", alone(func(r *rand.Rand) string { return strings.Join(strings.Split(mobileOf(r), ""), " ") })},
	{"landline", alone(landlineOf)},
	{"service number", alone(func(r *rand.Rand) string { return "400-" + digitsOf(r, 3) + "-" + digitsOf(r, 4) })},
	{"identity card, 18", alone(identity18)},
	{"identity card, small x", alone(func(r *rand.Rand) string { return strings.ToLower(identity18(r)) })},
	{"identity card, grouped", alone(func(r *rand.Rand) string { s := identity18(r); return s[:6] + " " + s[6:14] + " " + s[14:] })},
	{"identity card, 15", alone(identity15)},
	{"bank card", alone(cardOf)},
	{"bank card, grouped", alone(func(r *rand.Rand) string {
		s := cardOf(r)
		return s[:4] + " " + s[4:8] + " " + s[8:12] + " " + s[12:16] + " " + s[16:]
	})},
	{"e-mail", alone(func(r *rand.Rand) string {
		return accountOf(r) + "@" + pick(r, []string{"qq.com", "163.com", "example.com.cn"})
	})},
	{"WeChat", worded([]string{"微信", "微信号：", "加我微信 ", "vx:", "wx ", "我的微信是", "V信", "加v："}, accountOf)},
	{"WeChat id", alone(func(r *rand.Rand) string { return "wxid_" + accountOf(r) })},
	{"QQ", worded([]string{"QQ", "qq号", "我QQ是", "扣扣：", "Q Q ", "加我qq "}, qqOf)},
	{"street address", worded([]string{"家住", "地址：", "寄到", "我在"}, streetOf)},
	{"estate address", worded([]string{"家住", "地址：", "寄到", "送到"}, estateOf)},
	{"plate", alone(plateOf)},
	{"plate, electric", alone(energyPlateOf)},
	{"URL with an id", alone(urlOf)},
	{"own name", worded([]string{"我叫", "我的名字叫", "我名字是", "本人姓名", "我的姓名是", "患者姓名：", "姓名："}, nameOf)},
	{"own name, run on", func(r *rand.Rand) (string, string) {
		s := nameOf(r)
		return pick(r, []string{"我叫", "我的名字叫", "姓名："}) + s + pick(r, []string{"今年50岁", "电话晚上打", "女58岁", "家住三楼"}), s
	}},
	{"receiver", worded([]string{"收件人：", "收货人", "联系人：", "收件人 "}, nameOf)},
	{"name of oneself", worded([]string{"我是", "您好，我是", "本人", "这里是"}, nameOf)},
	{"surname of oneself", worded([]string{"我姓", "免贵姓"}, func(r *rand.Rand) string { return pick(r, surnamesOf) })},
	{"doctor", func(r *rand.Rand) (string, string) {
		s := pick(r, surnamesOf) + pick(r, rolesOf)
		return pick(r, addressesOf) + s + pick(r, []string{"", "您好", "在吗", "让我吃的"}), s
	}},
	{"doctor with a given name", func(r *rand.Rand) (string, string) {
		s := nameOf(r)
		return pick(r, addressesOf) + s + pick(r, rolesOf), s
	}},
	{"street without a number", worded([]string{"家住", "地址：", "住在", ""}, func(r *rand.Rand) string {
		return pick(r, []string{"幸福市和平区", "江城市东湖区", "云岭省青山市"}) + pick(r, []string{"建设路", "中山大道", "人民街", "学府巷", "解放北路"})
	})},
	{"passport", worded([]string{"护照", "护照号", "护照号码：", "我的护照号是"}, func(r *rand.Rand) string { return pick(r, []string{"E", "G", "EA", "EJ", "PE"}) + digitsOf(r, 8) })},
	{"permit for Hong Kong, Macao, Taiwan", worded([]string{"港澳通行证", "港澳通行证号码：", "往来港澳通行证", "回乡证号", "台胞证：", "台湾通行证号"}, func(r *rand.Rand) string {
		return pick(r, []string{"C", "W", "H", "M", "CA", "L"}) + digitsOf(r, 8)
	})},
	{"permit, digits alone", worded([]string{"台胞证号", "港澳台居民居住证：", "居住证号码"}, func(r *rand.Rand) string { return digitsOf(r, pickInt(r, 8, 10)) })},
	{"social security card", worded([]string{"社保卡号", "社保卡：", "医保卡号是", "医保卡号：", "医保号", "社会保障卡号码 ", "医保编号"}, func(r *rand.Rand) string {
		return pick(r, []string{"", "A", "SB", "YB"}) + digitsOf(r, pickInt(r, 8, 9, 10, 12, 16))
	})},
	{"hospital record", worded([]string{"住院号", "住院号：", "病历号是", "病案号:", "门诊号", "登记号 ", "就诊卡号", "就诊号：", "诊疗卡号是"}, func(r *rand.Rand) string {
		return pick(r, []string{"", "", "ZY", "M", "B-"}) + digitsOf(r, pickInt(r, 6, 7, 8, 10, 12))
	})},
	{"parcel", worded([]string{"快递单号", "快递单号：", "运单号是", "物流单号 ", "单号：", "快递号"}, func(r *rand.Rand) string {
		return pick(r, []string{"SF", "YT", "JT", "JDVA", "ZTO", "", ""}) + digitsOf(r, pickInt(r, 12, 13, 15))
	})},
	{"order", worded([]string{"订单号", "订单号：", "订单编号是", "订单编号:", "我的订单号"}, func(r *rand.Rand) string {
		return pick(r, []string{"", "", "E", "JD", "PO-"}) + digitsOf(r, pickInt(r, 12, 16, 18, 19))
	})},
	{"IP address", alone(func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(254), r.IntN(256), r.IntN(256), 1+r.IntN(254))
	})},
	{"Alipay", worded([]string{"支付宝", "支付宝账号", "支付宝号：", "我支付宝是", "支付宝帐号："}, func(r *rand.Rand) string {
		return pick(r, []string{accountOf(r), mobileOf(r), accountOf(r) + "@163.com"})
	})},
	{"signature", worded([]string{"此致敬礼 ", "落款：", "署名：", "签名："}, nameOf)},
}

// TestRedactionRecall plants identifiers in real sentences. PHDP_PLANTS sets how many of each kind; docs/privacy.md
// has the table for 5,000.
func TestRedactionRecall(t *testing.T) {
	n := 300
	if v, err := strconv.Atoi(os.Getenv("PHDP_PLANTS")); err == nil {
		n = v
	}
	tr := testTransformer(t)
	sentences := realSentences(t)
	for i, p := range plants {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		gone := 0
		var kept []string
		for range n {
			text, secret := p.make(r)
			host := sentences[r.IntN(len(sentences))]
			got, _ := tr.cleanAndRedact(planted(r, host, text))
			if !strings.Contains(got, tr.cleaner.clean(secret)) && !strings.Contains(got, secret) {
				gone++
			} else {
				kept = append(kept, text)
			}
		}
		t.Logf("| %s | %d | %.2f %% |", p.kind, n, 100*float64(gone)/float64(n))
		if float64(gone) < 0.995*float64(n) {
			t.Errorf("%s: %d of %d are gone; stayed: %q", p.kind, gone, n, kept[:min(8, len(kept))])
		}
	}
}

// planted puts text at the end, at the beginning, or between two clauses of a sentence.
func planted(r *rand.Rand, host, text string) string {
	switch r.IntN(3) {
	case 0:
		return host + "，" + text
	case 1:
		return text + "，" + host
	}
	for _, mark := range []string{"，", "。", ","} {
		if before, behind, ok := strings.Cut(host, mark); ok {
			return before + mark + text + mark + behind
		}
	}
	return host + " " + text + "。"
}

func realSentences(t testing.TB) []string {
	var out []string
	for _, file := range []string{"cmdd_train.ndjson", "meddg.ndjson", "dialmed.ndjson"} {
		for _, d := range readDialogues(t, filepath.Join("chats", file)) {
			for _, u := range d.Utterances {
				if u.Text != "" {
					out = append(out, u.Text)
				}
			}
		}
	}
	return out
}

// doctors are the names before roles in the public consultations; each was read in its sentence.
var doctors = strings.Fields("李 张 蓝 赵 刘 王 周 杨 陈 黄 曲 安 朱 柏 石 叶 罗 段 林 蒋 佟 谭 祝 胡 程 冯 苏 崔 颜 高 鲁 舒 徐 李鹏 邹 殷 喻楠 夏 吕 方 白 隋 丁 熊 郭 杜 魏 关 卢 盛 贾 莫 于")

// TestRedactionLeavesRealSentences counts the sentences of public consultations that are touched, beside those that
// name a doctor. They hold no other identifiers, so each touch is wrong until a reader finds otherwise.
func TestRedactionLeavesRealSentences(t *testing.T) {
	tr := testTransformer(t)
	touched, named := 0, 0
	sentences := realSentences(t)
	for _, s := range sentences {
		got, n := tr.cleanAndRedact(s)
		if n == 0 {
			continue
		}
		if n == namedDoctors(tr.cleaner.clean(s)) {
			named++
			continue
		}
		touched++
		if os.Getenv("PHDP_SHOW") != "" {
			t.Logf("%s -> %s", s, got)
		}
	}
	t.Logf("%d of %d sentences touched (%.2f in 1,000), and %d that name a doctor", touched, len(sentences), 1000*float64(touched)/float64(len(sentences)), named)
	if touched*1000 > len(sentences) {
		t.Errorf("%d of %d sentences touched; at most one in 1,000 may be", touched, len(sentences))
	}
}

// namedDoctors counts the known names before roles.
func namedDoctors(text string) (n int) {
	for from := 0; ; {
		s, ok := nextDoctor(text, from)
		if !ok {
			return n
		}
		if slices.Contains(doctors, text[s.start:s.end]) {
			n++
		}
		from = s.end
	}
}

// TestNamesAreFoundAsBefore compares the search for names with the plain one, over real sentences with names planted.
func TestNamesAreFoundAsBefore(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	found := 0
	for i, s := range realSentences(t) {
		if i%8 == 0 {
			text, _ := plants[i/8%len(plants)].make(r)
			s = planted(r, s, text)
		}
		got, ok := nextName(s, 0)
		want, also := plainName(s)
		if got != want || ok != also {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
		if ok {
			found++
		}
	}
	if found < 100 {
		t.Errorf("only %d names were found", found)
	}
}

// plainName tries every lead at every character.
func plainName(text string) (span, bool) {
	for at := range text {
		if s, ok := announcedName(text, at); ok {
			return s, true
		}
	}
	return span{}, false
}

// BenchmarkCleanAndRedact reads real sentences, one an operation.
func BenchmarkCleanAndRedact(b *testing.B) {
	tr := testTransformer(b)
	sentences := realSentences(b)
	i := 0
	for b.Loop() {
		tr.cleanAndRedact(sentences[i%len(sentences)])
		i++
	}
}
