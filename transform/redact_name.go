package transform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameLeads announce a person's name. It has to begin with a surname, unless a colon stands between.
var nameLeads = []string{"姓名", "我的名字是", "名字叫", "名字是", "收件人", "收货人", "我叫", "本人叫", "联系人", "落款", "署名", "签名", "签字",
	"此致敬礼", "孩子叫", "宝宝叫", "老公叫", "老婆叫", "妈妈叫", "爸爸叫", "母亲叫", "父亲叫"}

// selfLeads stand before a name that somebody gives of themselves, and more often before something else: what
// follows has to be a name and nothing but a name.
var selfLeads = []string{"我是", "本人", "这里是", "我姓", "免贵姓"}

// nameFollows may stand right behind a name, with nothing between.
var nameFollows = []string{"今年", "电话", "手机", "身份证", "男", "女", "家住", "住", "在", "是", "来自", "想", "微信", "，", "的号"}

const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"

// nextName finds a name behind the words that announce it.
func nextName(text string, from int) (span, bool) {
	for at := from; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if beginsNameLead(r) {
			if s, ok := announcedName(text, at); ok {
				return s, true
			}
		}
		at += n
	}
	return span{}, false
}

// beginsNameLead says that a lead begins with this character.
func beginsNameLead(r rune) bool {
	switch r {
	case '姓', '我', '名', '收', '本', '联', '落', '署', '签', '此', '孩', '宝', '老', '妈', '爸', '母', '父', '这', '免':
		return true
	}
	return false
}

// announcedName reads a lead at a position and the name behind it.
func announcedName(text string, at int) (span, bool) {
	for _, lead := range nameLeads {
		rest, ok := strings.CutPrefix(text[at:], lead)
		if !ok {
			continue
		}
		name := strings.TrimLeft(rest, "：: 是为叫")
		start := len(text) - len(name)
		colon := strings.ContainsAny(rest[:len(rest)-len(name)], "：:")
		if end := nameEnd(text, start, colon); end > 0 {
			return span{start, end, tokenName}, true
		}
	}
	for _, lead := range selfLeads {
		if strings.HasPrefix(text[at:], lead) {
			start := at + len(lead)
			if end := selfNameEnd(text, start, strings.HasSuffix(lead, "姓")); end > 0 {
				return span{start, end, tokenName}, true
			}
		}
	}
	return span{}, false
}

// nameEnd returns the end of a name of two to four Chinese characters with nothing Chinese behind it;
// anyName is true when it need not begin with a surname.
func nameEnd(text string, start int, anyName bool) int {
	end, n := start, 0
	for end < len(text) && n <= 4 {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !unicode.Is(unicode.Han, r) && r != '·' {
			break
		}
		if n == 0 && !anyName && !strings.ContainsRune(surnames, r) {
			return 0
		}
		end += size
		n++
	}
	if n < 2 || n > 4 {
		return runOn(text, start)
	}
	return end
}

// runOn returns the end of a name of three or two characters that goes on with a word that follows names.
func runOn(text string, start int) int {
	ends := make([]int, 0, 5)
	for i, r := range text[start:] {
		if len(ends) == 5 {
			break
		}
		ends = append(ends, start+i)
		if !unicode.Is(unicode.Han, r) {
			break
		}
	}
	first, _ := utf8.DecodeRuneInString(text[start:])
	for n := len(ends) - 1; n >= 2 && strings.ContainsRune(surnames, first); n-- {
		for _, word := range nameFollows {
			if strings.HasPrefix(text[ends[n]:], word) {
				return ends[n]
			}
		}
	}
	return 0
}

// compounds are surnames of two characters.
var compounds = []string{"欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "慕容", "令狐", "夏侯", "端木", "公孙", "宇文", "长孙"}

// ordinary are words that begin like a name with a surname and are none.
var ordinary = strings.Fields(`
	全 时 和 向 边 查 与 高明 丁桂 丁酸 万一 万分 乐观 乔迁 于大 于是 任何 伍佰 何人 何况 何时 何病 何种 余下 俞穴 元旦 党员 党校 全家 全职 全身 全部 兰州 关于 关心 关系 关节 关键 农村 农民 冷水 冷热 凌晨 包医 包块 包括 包皮 华为 卓越 单亲 单位 单侧 单眼 单纯 单身 卜算 卫生
	双胞 双鱼 古代 史上 向您 向来 周一 周三 周二 周五 周六 周四 周围 周天 周日 周期 周末 和医 和您 和我 唐山 唐氏 唐筛 商场 商量 姜水 姜茶 孔雀 孕期 季度 季节 宁夏 宁愿 宁波 安全 安医 安卓 安徽 安心 安慰 安排 安眠 安静 宋朝 宫外 宫寒 宫颈 家人 家属
	家里 家长 尤其 左侧 左右 左手 左氧 左眼 左脚 左腿 左边 巩固 巩膜 师范 席位 席梦 常州 常常 常年 常见 常规 干燥 平常 平时 广州 应付 应该 康复 康泰 强直 徐州 成人 成年 成绩 成都 成长 房东 房事 房间 房颤 文字 方便 方法 方面 施主 施工 时候 时常 时间
	明天 明显 明白 易感 易胖 景德 曲线 曹县 曾经 杭州 林州 柏林 查出 查血 查过 柳州 柴油 柴胡 桑拿 梅毒 梅花 武汉 段时 毕业 毕竟 毛囊 毛孩 毛病 水瓶 江湖 江苏 江西 江门 池州 汤药 汪洋 沙眼 海口 温医 温和 温州 温度 温水 温热 温馨 游泳 焦急 焦虑 牛奶
	牛皮 牛肉 甘油 田里 白内 白发 白天 白带 白班 白痰 白癜 白细 白羊 白色 白血 白领 盛夏 石女 石家 石斛 石膏 祝您 祝福 程序 程度 童年 符合 简单 管床 管理 米饭 纪念 经常 胡乱 胡子 胡萝 舒张 舒服 舒适 苏州 苗条 荣幸 荣誉 葛根 蒲公 蒲地 褚橘 解决 解放
	解释 计划 计生 计算 许久 许多 谢谢 费用 路上 路人 路过 车上 车祸 车间 边缘 连着 连续 郑州 金匮 金华 金属 金牛 金黄 阳光 阳性 阳痿 陈旧 雷贝 雷雨 韩国 项圈 项目 项部 项链 顾客 顾虑 马上 马桶 马路 高一 高三 高中 高二 高兴 高危 高压 高尿 高度 高敏
	高潮 高烧 高热 高糖 高考 高胆 高脂 高血 高速 高钾 高龄 鲁南 鲁迅 鲍鱼 麦克 麦粒 麻木 麻烦 麻痹 黄体 黄水 黄疸 黄痰 黄色 黄褐 黄鼻 齐鲁 龙虾`)

// unnamed are characters that no given name has.
const unnamed = "的了是在我你他她它不没这那医主任也就都要会能吗呢吧啊呀哦嗯很太与或个们么什怎还只过被把给让问说看吃"

// selfNameEnd returns the end of a name that somebody gives of themselves, 0 when it is none: a surname, one or two
// characters of a given name, and then the end, a sign or a word that follows names. With alone the surname is enough.
func selfNameEnd(text string, start int, alone bool) int {
	surname := surnameAt(text, start)
	if surname == 0 || beginsOrdinary(text[start:]) {
		return 0
	}
	end := start + surname
	if alone && isNameEnd(text, end) {
		return end
	}
	for n := 0; n < 2; n++ {
		r, size := utf8.DecodeRuneInString(text[end:])
		if !unicode.Is(unicode.Han, r) || strings.ContainsRune(unnamed, r) {
			return 0
		}
		if end += size; isNameEnd(text, end) {
			return end
		}
	}
	return 0
}

// surnameAt returns the length of the surname at a position, 0 for none.
func surnameAt(text string, at int) int {
	for _, c := range compounds {
		if strings.HasPrefix(text[at:], c) {
			return len(c)
		}
	}
	if r, n := utf8.DecodeRuneInString(text[at:]); strings.ContainsRune(surnames, r) {
		return n
	}
	return 0
}

func beginsOrdinary(text string) bool {
	for _, w := range ordinary {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

// isNameEnd says that a name may end at a position: nothing Chinese follows, or a word that follows names.
func isNameEnd(text string, at int) bool {
	r, _ := utf8.DecodeRuneInString(text[at:])
	if at == len(text) || !unicode.Is(unicode.Han, r) {
		return true
	}
	for _, word := range nameFollows {
		if word != "是" && word != "在" && word != "住" && word != "想" && strings.HasPrefix(text[at:], word) {
			return true
		}
	}
	return false
}
