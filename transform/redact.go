package transform

import "strings"

// Tokens that stand for what was taken out of a text.
const (
	tokenPhone   = "[电话]"
	tokenID      = "[证件]"
	tokenCard    = "[银行卡]"
	tokenMail    = "[邮箱]"
	tokenWeChat  = "[微信]"
	tokenQQ      = "[QQ]"
	tokenAddress = "[地址]"
	tokenName    = "[姓名]"
	tokenPlate   = "[车牌]"
	tokenLink    = "[链接]"
	tokenAlipay  = "[支付宝]"
)

// fewestDigits is the shortest number that can name a person by itself: a QQ number or a landline.
const fewestDigits = 5

// span is a piece of text, in bytes, and the token that replaces it.
type span struct {
	start, end int
	token      string
}

// Redact returns a text as a chat row would hold it, cleaned and without what names or reaches a person, and how
// many pieces were taken out.
func (t *Transformer) Redact(text string) (string, int) { return t.cleanAndRedact(text) }

// redact replaces what names or reaches a person in clean text by tokens, and counts the replacements.
// Text that the hints clear comes back untouched and costs nothing more.
func redact(text string, hints textHints) (string, int) {
	if hints.signs&signGarbled != 0 {
		text = markGarbled(text)
	}
	count := 0
	pass := func(find func(string, int) (span, bool)) {
		out, n := replace(text, find)
		text, count = out, count+n
	}
	if hints.marks && hints.digits > 0 && (strings.Contains(text, "://") || strings.Contains(text, "www.")) {
		pass(nextLink)
	}
	if hints.marks && strings.Contains(text, "@") {
		pass(nextMail)
	}
	if hints.signs&signDocument != 0 && hints.digits >= 4 && hasCode(text) {
		pass(nextDocument)
	}
	if hints.digits >= 4 && strings.Count(text, ".") >= 3 {
		pass(nextIP)
	}
	if hints.signs&signAccount != 0 && (hints.marks || hints.digits >= fewestDigits) && hasAccountWord(text) {
		pass(nextAccount)
	}
	if hints.marks && hints.digits >= 3 {
		pass(nextPlate)
	}
	if hints.digits >= 7 {
		pass(nextNumber)
	}
	if hints.signs&signPlace != 0 {
		pass(nextAddress)
	}
	if hints.signs&signName != 0 {
		pass(nextName)
	}
	if hints.signs&signRole != 0 {
		pass(nextDoctor)
	}
	return text, count
}

// replace calls find from left to right until it finds no more.
func replace(text string, find func(text string, from int) (span, bool)) (string, int) {
	s, ok := find(text, 0)
	if !ok {
		return text, 0
	}
	var out strings.Builder
	count, done := 0, 0
	for ok {
		out.WriteString(text[done:s.start])
		out.WriteString(s.token)
		count++
		done = s.end
		s, ok = find(text, done)
	}
	out.WriteString(text[done:])
	return out.String(), count
}

// nextMail finds an e-mail address.
func nextMail(text string, from int) (span, bool) {
	for at := from; ; at++ {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			return span{}, false
		}
		at += i
		start, end := at, at+1
		for start > from && isMailByte(text[start-1]) {
			start--
		}
		for end < len(text) && end < start+maxAccount && (isAlnum(text[end]) || text[end] == '-' || text[end] == '.') {
			end++
		}
		for end > at && text[end-1] == '.' {
			end--
		}
		if start < at && strings.Contains(text[at:end], ".") {
			return span{start, end, tokenMail}, true
		}
	}
}

func isMailByte(c byte) bool { return isAlnum(c) || strings.IndexByte("._%+-", c) >= 0 }

func isAlnum(c byte) bool { return isDigit(c) || isLetter(c) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

// accountWords announce an account; longer words come first.
var accountWords = []struct {
	word, token string
}{
	{"微信", tokenWeChat}, {"微 信", tokenWeChat}, {"薇信", tokenWeChat}, {"威信", tokenWeChat}, {"v信", tokenWeChat},
	{"wechat", tokenWeChat}, {"weixin", tokenWeChat}, {"wxid", tokenWeChat}, {"vx", tokenWeChat}, {"wx", tokenWeChat},
	{"加v", tokenWeChat}, {"加我v", tokenWeChat}, {"qq", tokenQQ}, {"q q", tokenQQ}, {"扣扣", tokenQQ}, {"企鹅号", tokenQQ},
	{"支付宝", tokenAlipay},
}

// maxAccount is the longest account, in bytes, that is looked at.
const maxAccount = 40

func hasAccountWord(text string) bool {
	for _, w := range accountWords {
		if indexFold(text, w.word) >= 0 {
			return true
		}
	}
	return false
}

// indexFold is strings.Index without regard to the case of ASCII letters; word is in lower case.
func indexFold(text, word string) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0]|0x20 && equalFold(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

func equalFold(a, b string) bool {
	for i := range len(b) {
		x := a[i]
		if x >= 'A' && x <= 'Z' {
			x |= 0x20
		}
		if x != b[i] {
			return false
		}
	}
	return true
}

// accountJoins may stand between the word and the account.
var accountJoins = []string{"账号", "帐号", "账户", "号码", "号", "是", "为", "就是", "同号", "id", "ID", "：", ":", " ", "_", "-", "我", "的", "加", "，", ",", "(", "（", "群"}

// nextAccount finds a WeChat or QQ account after the word that announces it.
func nextAccount(text string, from int) (span, bool) {
	for at := from; at < len(text); at++ {
		word, token := accountWordAt(text, at)
		if word == "" {
			continue
		}
		start, explicit := skipJoins(text, at+len(word))
		end := start
		for end < len(text) && end < start+maxAccount && (isAlnum(text[end]) || text[end] == '_' || text[end] == '-') {
			end++
		}
		account := strings.TrimRight(text[start:end], "-_")
		if word == "wxid" {
			start, account, explicit = at, text[at:start]+account, true
		}
		if isAccount(account, token, explicit) {
			return span{start, start + len(account), token}, true
		}
		at += len(word) - 1
	}
	return span{}, false
}

func accountWordAt(text string, at int) (word, token string) {
	for _, w := range accountWords {
		if len(text)-at < len(w.word) || !equalFold(text[at:at+len(w.word)], w.word) {
			continue
		}
		if isLetter(w.word[0]) && at > 0 && isAlnum(text[at-1]) {
			continue // inside another word
		}
		return w.word, w.token
	}
	return "", ""
}

// skipJoins returns where the account begins, and whether the join says that one follows.
func skipJoins(text string, at int) (start int, explicit bool) {
	for n := 0; n < 4; n++ {
		rest := text[at:]
		join := ""
		for _, j := range accountJoins {
			if strings.HasPrefix(rest, j) && len(j) > len(join) {
				join = j
			}
		}
		if join == "" {
			break
		}
		explicit = explicit || strings.ContainsAny(join, "号码是为:：") || join == "id" || join == "ID"
		at += len(join)
	}
	return at, explicit
}

// isAccount says that a word looks like an account: for WeChat six to twenty characters, with a digit or a
// line in it unless the text says outright that an account follows.
func isAccount(word, token string, explicit bool) bool {
	digits, lines := 0, 0
	for i := range len(word) {
		switch {
		case isDigit(word[i]):
			digits++
		case word[i] == '_' || word[i] == '-':
			lines++
		}
	}
	if digits == len(word) {
		return len(word) >= 5 && len(word) <= 12
	}
	if token == tokenQQ || len(word) < 6 || len(word) > 28 {
		return false
	}
	return explicit || digits > 0 || lines > 0
}
