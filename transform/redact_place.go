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

// nextAddress finds a street with a house number, or one whose town stands before it or that is called an address,
// and takes the town before it along.
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
		if start := streetStart(text, from, at); start >= 0 && !goesOn(text[at+road:]) {
			return span{start, at + road, tokenAddress}, true
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

// regions end the name of what a street lies in.
const regions = "省市区县州"

// streetStart returns where an address without a house number begins, -1 when nothing says that it is one: a word
// that announces an address, or the region that the street lies in.
func streetStart(text string, from, road int) int {
	start := addressStart(text, from, road)
	before := text[start:road]
	if strings.ContainsAny(before, unnamed+"条种段走一这") || utf8.RuneCountInString(before) < 2 {
		return -1
	}
	isCalled := false
	for _, lead := range addressLeads {
		isCalled = isCalled || lead != "我在" && strings.HasSuffix(strings.TrimRight(text[:start], "：: 在是"), lead)
	}
	region := strings.LastIndexAny(before, regions)
	if isCalled || region > 0 && region+2*len("区") <= len(before) && utf8.RuneCountInString(before[:region]) >= 2 {
		return start
	}
	return -1
}

// goesOn says that the word for a street is the beginning of another word: 路上, 街边, 村里.
func goesOn(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && strings.ContainsRune("上过人程径线由况灯面里头道办干", r)
}
