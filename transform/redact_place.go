package transform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// addressParts end a name of a place, roadParts a name of a street or an estate; doors end a house number.
var (
	roadParts = []string{"路", "街", "大道", "巷", "弄", "胡同", "村", "小区", "花园", "苑", "公寓", "镇", "乡", "社区"}
	doorParts = []string{"号", "栋", "幢", "单元", "室", "弄", "组", "楼"}
)

const (
	reachDoor    = 10 // runes between street and house number
	reachAddress = 24 // runes before the street that belong to the address
)

// nextAddress finds a street with a house number, and takes the town before it along.
func nextAddress(text string, from int) (span, bool) {
	for at := from; at < len(text); {
		road := roadAt(text, at)
		if road == 0 {
			_, n := utf8.DecodeRuneInString(text[at:])
			at += n
			continue
		}
		if end := doorAfter(text, at+road); end > 0 {
			return span{addressStart(text, from, at), end, tokenAddress}, true
		}
		at += road
	}
	return span{}, false
}

func roadAt(text string, at int) int {
	for _, p := range roadParts {
		if strings.HasPrefix(text[at:], p) {
			return len(p)
		}
	}
	return 0
}

// doorAfter returns the end of the house number that follows a street, and of all its parts; 0 for none.
func doorAfter(text string, at int) int {
	end, digits := 0, false
	for n := 0; at < len(text) && n < reachDoor; n++ {
		if door := doorAt(text, at); door > 0 && digits {
			at += door
			end, digits, n = at, false, 0
			continue
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case unicode.IsDigit(r) || chineseDigit(r) >= 0 || r == '十':
			digits = true
		case r == '-' || r == '#' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z':
		case unicode.Is(unicode.Han, r) && !digits:
		default:
			return end
		}
		at += size
	}
	return end
}

func doorAt(text string, at int) int {
	for _, p := range doorParts {
		if strings.HasPrefix(text[at:], p) {
			return len(p)
		}
	}
	return 0
}

// addressLeads stand before an address and do not belong to it.
var addressLeads = []string{"住在", "家住", "地址是", "地址", "寄到", "寄往", "送到", "发到", "住址", "我在", "我家在", "位于", "邮寄到", "搬到", "住"}

// addressStart goes back from the street over Chinese characters and digits to where the address begins.
func addressStart(text string, from, road int) int {
	start := road
	for n := 0; start > from && n < reachAddress; n++ {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !unicode.Is(unicode.Han, r) && !unicode.IsDigit(r) {
			break
		}
		start -= size
	}
	lead := 0
	for _, w := range addressLeads {
		if i := strings.LastIndex(text[start:road], w); i >= 0 {
			lead = max(lead, i+len(w))
		}
	}
	return start + lead
}

// nameLeads announce a person's name. It has to begin with a surname, unless a colon stands between.
var nameLeads = []string{"姓名", "我的名字是", "名字叫", "名字是", "收件人", "收货人", "我叫", "本人叫", "联系人", "落款", "署名", "签名", "签字",
	"此致敬礼", "孩子叫", "宝宝叫", "老公叫", "老婆叫", "妈妈叫", "爸爸叫", "母亲叫", "父亲叫"}

// nameFollows may stand right behind a name, with nothing between.
var nameFollows = []string{"今年", "电话", "手机", "身份证", "男", "女", "家住", "住", "在", "是", "来自", "想", "微信", "，", "的号"}

const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"

// nextName finds a name behind the words that announce it.
func nextName(text string, from int) (span, bool) {
	for at := from; at < len(text); {
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
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
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
