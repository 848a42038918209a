package generate

import "strconv"

// plantKind is a kind of personal value that some patients write into a message.
type plantKind uint8

const (
	plantPhone plantKind = iota
	plantPhoneSpaced
	plantPhoneFullWidth
	plantPhoneChinese
	plantIDCard
	plantWeChat
	plantQQ
	plantBankCard
	plantAddress
	plantKinds
)

var (
	plantNames = [plantKinds]string{"phone", "phone_spaced", "phone_fullwidth", "phone_chinese", "id_card", "wechat",
		"qq", "bank_card", "address"}
	plantWeights = [plantKinds]float64{40, 12, 5, 3, 20, 8, 3, 4, 5}
)

// appendPlanted writes a value of one kind; the same event always gives the same value.
func (g *Generator) appendPlanted(b []byte, what plantKind, no, seed uint32) []byte {
	d := dice(seed)
	switch what {
	case plantPhone:
		return g.appendPhone(b, no)
	case plantPhoneSpaced:
		digits, gap := g.appendPhone(nil, no), " -"[d.roll(2)]
		b = append(append(b, digits[:3]...), gap)
		b = append(append(b, digits[3:7]...), gap)
		return append(b, digits[7:]...)
	case plantPhoneFullWidth:
		return appendDigits(b, g.appendPhone(nil, no), "０１２３４５６７８９")
	case plantPhoneChinese:
		return appendDigits(b, g.appendPhone(nil, no), "零一二三四五六七八九")
	case plantIDCard:
		return appendIDCard(b, no, &d)
	case plantWeChat:
		return strconv.AppendInt(append(b, "wxsyn_"...), int64(no)*37+int64(d.roll(37)), 36)
	case plantQQ:
		return strconv.AppendInt(b, 1_990_000_000+int64(no), 10)
	case plantBankCard:
		return appendBankCard(b, no, &d)
	}
	b = append(b, "云岭市东湖区青松路"...)
	b = strconv.AppendInt(b, int64(1+d.roll(300)), 10)
	b = append(b, "号"...)
	b = strconv.AppendInt(b, int64(1+d.roll(20)), 10)
	b = append(b, "栋"...)
	return append(strconv.AppendInt(b, int64(101+100*d.roll(20)+d.roll(4)), 10), "室"...)
}

func appendDigits(b, digits []byte, alphabet string) []byte {
	for _, c := range digits {
		i := 3 * int(c-'0')
		b = append(b, alphabet[i:i+3]...)
	}
	return b
}

// appendIDCard writes an 18-digit identity number with the right check character; the
// province is real, so that a strict redactor takes it, the prefecture 99 is not.
func appendIDCard(b []byte, no uint32, d *dice) []byte {
	start := len(b)
	b = append(b, "4699"...)
	b = appendPadded(b, 1+d.roll(20), 2)
	b = appendPadded(b, 1945+d.roll(50), 4)
	b = appendPadded(b, 1+d.roll(12), 2)
	b = appendPadded(b, 1+d.roll(28), 2)
	b = appendPadded(b, int(no%1000), 3)
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(b[start+i]-'0')
	}
	return append(b, "10X98765432"[sum%11])
}

// appendBankCard writes a 19-digit card number of an invented bank whose Luhn sum is right.
func appendBankCard(b []byte, no uint32, d *dice) []byte {
	start := len(b)
	b = append(b, "629900"...)
	b = appendPadded(b, int(no), 7)
	b = appendPadded(b, d.roll(100_000), 5)
	sum := 0
	for i, c := range b[start:] {
		n := int(c - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return append(b, byte('0'+(10-sum%10)%10))
}
