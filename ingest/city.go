package ingest

import (
	"slices"
	"strings"
	"unicode"
)

// provinces are the names that an address begins with; the first four are cities as well.
var provinces = []string{
	"北京市", "上海市", "天津市", "重庆市",
	"河北省", "山西省", "辽宁省", "吉林省", "黑龙江省", "江苏省", "浙江省", "安徽省", "福建省", "江西省", "山东省",
	"河南省", "湖北省", "湖南省", "广东省", "海南省", "四川省", "贵州省", "云南省", "陕西省", "甘肃省", "青海省", "台湾省",
	"内蒙古自治区", "广西壮族自治区", "西藏自治区", "宁夏回族自治区", "新疆维吾尔自治区",
}

const (
	municipalities = 4
	maxCityRunes   = 12 // 克孜勒苏柯尔克孜自治州 has 11
)

// cityOf finds the city in an address that begins with its province, "" when the address says none: a name
// from the middle of an address, or from behind a street, could be that of a shop or an estate.
func cityOf(address string) string {
	address = strings.TrimPrefix(strings.TrimSpace(address), "中国")
	at := slices.IndexFunc(provinces, func(name string) bool { return strings.HasPrefix(address, name) })
	if at < 0 {
		return ""
	}
	if at < municipalities {
		return provinces[at]
	}
	rest := strings.TrimPrefix(address, provinces[at])
	runes := 0
	for i, r := range rest {
		if runes++; runes > maxCityRunes || !unicode.Is(unicode.Han, r) || strings.ContainsRune("路街道县村号", r) {
			return ""
		}
		for _, kind := range []string{"市", "自治州", "地区", "盟"} {
			if i > 0 && strings.HasPrefix(rest[i:], kind) {
				return rest[:i+len(kind)]
			}
		}
	}
	return ""
}
