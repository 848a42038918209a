package transform

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	cases := []struct {
		name, in, want string
		count          int
	}{
		{"mobile", "我的电话13800000001，晚上打", "我的电话[电话]，晚上打", 1},
		{"mobile with spaces", "138 0000 0001", "[电话]", 1},
		{"mobile with lines", "打138-0000-0001吧", "打[电话]吧", 1},
		{"mobile in full width", "１３８０００００００１", "[电话]", 1},
		{"mobile with country code", "+86 13800000001 或 0086-13900000002 或 8613700000003", "[电话] 或 [电话] 或 [电话]", 3},
		{"mobile digit by digit", "1 3 8 0 0 0 0 0 0 0 1", "[电话]", 1},
		{"mobile in Chinese digits", "一三八零零零零零零零一", "[电话]", 1},
		{"two mobiles", "13800000001 13900000002", "[电话] [电话]", 2},
		{"mobile behind letters", "tel13800000001", "tel[电话]", 1},
		{"landline", "座机010-65551234，0571 8765 4321", "座机[电话]，[电话]", 2},
		{"landline in brackets", "(021)55551234", "[电话]", 1},
		{"service number", "400-820-8820", "[电话]", 1},
		{"announced short number", "电话：65551234", "电话：[电话]", 1},
		{"identity card with X", "身份证11010519491231002X", "身份证[证件]", 1},
		{"identity card with x", "11010519491231002x。", "[证件]。", 1},
		{"identity card in groups", "110105 19491231 0021", "[证件]", 1},
		{"identity card of 15 digits", "110105491231002", "[证件]", 1},
		{"bank card by Luhn", "4111 1111 1111 1111", "[银行卡]", 1},
		{"bank card by its word", "卡号6222020200112233445", "卡号[银行卡]", 1},
		{"mail", "发到li.lei_01@example.com.cn谢谢", "发到[邮箱]谢谢", 1},
		{"mail of a QQ number", "123456789@qq.com", "[邮箱]", 1},
		{"WeChat", "微信号：han_mei99", "微信号：[微信]", 1},
		{"WeChat as v", "加v: abc_123456", "加v: [微信]", 1},
		{"WeChat is the phone", "wx13800000001", "wx[微信]", 1},
		{"WeChat id", "wxid_abc123def", "[微信]", 1},
		{"QQ", "我QQ是12345678", "我QQ是[QQ]", 1},
		{"address", "家住幸福市和平区建设路88号3栋1单元302室，方便", "家住[地址]，方便", 1},
		{"name", "我叫李小雷，今年50岁", "我叫[姓名]，今年50岁", 1},
		{"name with nothing behind it", "我叫李小雷今年50岁", "我叫[姓名]今年50岁", 1},
		{"name of four characters", "姓名：欧阳春花女58岁", "姓名：[姓名]女58岁", 1},
		{"name of oneself", "您好，我是李小雷，想问一下", "您好，我是[姓名]，想问一下", 1},
		{"surname of oneself", "我姓李，48岁", "我姓[姓名]，48岁", 1},
		{"name after a line for it", "已阅。签字：韩梅梅", "已阅。签字：[姓名]", 1},
		{"doctor", "谢谢王医生", "谢谢医生", 1},
		{"doctor with a surname that thanks", "请问谢医生在吗", "请问医生在吗", 1},
		{"doctor of two characters", "您好欧阳主任", "您好主任", 1},
		{"doctor with a given name", "我找李小雷主任医师", "我找主任医师", 1},
		{"two doctors", "张大夫让我问林药师", "大夫让我问药师", 2},
		{"street without a number", "家住幸福市和平区建设路，方便", "家住[地址]，方便", 1},
		{"street of a region", "幸福市和平区中山大道附近", "[地址]附近", 1},
		{"street that is called an address", "地址：建设北路，谢谢", "地址：[地址]，谢谢", 1},
		{"signature", "谢谢您。落款：韩梅梅", "谢谢您。落款：[姓名]", 1},
		{"plate", "车牌京A·B1234停门口", "车牌[车牌]停门口", 1},
		{"plate of an electric car", "粤BD12345", "[车牌]", 1},
		{"link with a number", "看https://m.example.com/u/1234567 这个", "看[链接] 这个", 1},
		{"QQ with a space", "Q Q 12345678", "Q Q [QQ]", 1},
		{"passport", "护照号E12345678，下周走", "护照号[证件]，下周走", 1},
		{"permit", "港澳通行证号码：C12345678", "港澳通行证号码：[证件]", 1},
		{"permit with its card's count", "台胞证0012345678(03)", "台胞证[证件]", 1},
		{"social security card", "医保卡号是A123456789。", "医保卡号是[证件]。", 1},
		{"hospital record", "住院号：0012345，内科", "住院号：[病历号]，内科", 1},
		{"parcel", "快递单号SF1234567890123到了吗", "快递单号[单号]到了吗", 1},
		{"order", "订单号 202601060001234567", "订单号 [单号]", 1},
		{"IP address", "登录的是192.168.10.25，", "登录的是[IP]，", 1},
		{"Alipay", "支付宝账号limei15", "支付宝账号[支付宝]", 1},
		{"Alipay is the phone", "转支付宝13800000001", "转支付宝[支付宝]", 1},
		{"name of the receiver", "收件人：韩梅梅 电话13800000001", "收件人：[姓名] 电话[电话]", 2},
	}
	tr := testTransformer(t)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			got, n := tr.cleanAndRedact(tc.in)
			if got != tc.want || n != tc.count {
				t.Errorf("%q gives %q (%d), want %q (%d)", tc.in, got, n, tc.want, tc.count)
			}
		})
	}
}

// TestRedactLeaves lists real-looking sentences in which nothing names a person.
func TestRedactLeaves(t *testing.T) {
	sentences := []string{
		"谢谢医生", "谢谢大夫", "好的感谢医生", "可以和医生说", "当时医生建议住院", "体检查医生说", "这边医生", "晚安医生", "阿莫西林医生开的", "责任医生", "高血压医生让吃", "周末医生休息", "请高明医生解答", "向医生咨询", "血压有点高医生", "我是高血压", "我是周三去的", "我是黄体破裂", "本人男", "我是江苏人", "住在农村", "走在马路上", "送到镇上", "在区里的路上", "住在市里，路远", "江城市东湖区马路上堵车", "血压150/95，昨天140-90", "血压 150 95 心率 78", "150-95 148-92 151-96 149-91", "2026-01-06 20:01",
		"2026年1月6日到2026年3月5日", "20260106", "空腹7.8 餐后10.2 糖化7.2", "138 85", "一天三次一次两片", "吃了135天了",
		"订单E20260106000001", "80mg*28片", "0.5g*30", "3.5-4.5", "12345", "我在微信上看到的", "微信支付可以吗", "加微信吗", "QQ群", "住在一楼",
		"我叫不出名字", "她叫我别吃", "名字叫什么药", "走路一万步", "一二三四五六七", "在路上走了三圈有点累", "走了十号线", "第3组", "体重65.5公斤身高170",
		"白细胞3500 血小板120000", "DNA是1000000", "1800卡路里", "3天前看的https://www.example.com/about", "川B超", "云A级", "签名没看到", "礼貌一点", "关系不大", "我叫孩子别吃", "两三天了，四五次，六七天", "09:30-10:15", "2025-11-11 08:00 血压 138/88 72",
		"血压120-130-140", "1.5 2.5 3.5", "ca153 25.3", "一盒298元 两盒596元", "PHQ9 12分", "胰岛素早12 中10 晚14", "叫号叫到58号了", "胃镜2.16.12.17做的", "护照过期了", "医保卡里有2000元", "医保卡余额350", "就诊卡忘带了，挂12号", "住院号码多少", "支付宝付了298元", "支付宝可以吗", "订单298元", "单号查不到", "驾照2026年换", "软件1.2.3.4版", "我姓名不想说", "商品编码4111111111111112", "150 95 2026 01",
	}
	tr := testTransformer(t)
	for _, s := range sentences {
		if got, n := tr.cleanAndRedact(s); n != 0 || got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestRedactIsStable(t *testing.T) {
	tr := testTransformer(t)
	text := "我叫李小雷，电话13800000001，微信li_lei01，住建设路88号"
	once, n := tr.cleanAndRedact(text)
	twice, more := tr.cleanAndRedact(once)
	if n != 4 || more != 0 || twice != once {
		t.Errorf("%q (%d), then %q (%d)", once, n, twice, more)
	}
	if strings.Contains(once, "138") {
		t.Error("a number stayed")
	}
}

func TestOrdinaryTextCostsNothing(t *testing.T) {
	tr := testTransformer(t)
	text := "医生您好，我妈吃了一个月的药，血压还是150/95，头晕，怎么办？"
	if n := testing.AllocsPerRun(100, func() { tr.cleanAndRedact(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
