package generate

import (
	"math"
	"strconv"
)

// staffInfo is a care worker's account and how patients address them.
type staffInfo struct {
	id      string
	address string
}

// Half are pharmacists, half health managers, as in teams of this kind.
var surnames = []struct{ pinyin, zh string }{
	{"lin", "林"}, {"zhou", "周"}, {"chen", "陈"}, {"wu", "吴"}, {"xu", "徐"}, {"sun", "孙"}, {"ma", "马"}, {"zhu", "朱"},
	{"hu", "胡"}, {"guo", "郭"}, {"he", "何"}, {"gao", "高"}, {"luo", "罗"}, {"zheng", "郑"}, {"liang", "梁"}, {"xie", "谢"},
	{"song", "宋"}, {"tang", "唐"}, {"deng", "邓"}, {"feng", "冯"}, {"cao", "曹"}, {"peng", "彭"}, {"zeng", "曾"}, {"xiao", "肖"},
}

// hire makes one care worker for 8,000 patients, at least six, with uneven loads: the first have the most.
func hire(patients int) ([]staffInfo, []float64) {
	n := max(6, (patients+7999)/8000)
	staff := make([]staffInfo, n)
	load := make([]float64, n)
	for i := range staff {
		name := surnames[i%len(surnames)]
		suffix := ""
		if round := i / len(surnames); round > 0 {
			suffix = strconv.Itoa(round + 1)
		}
		staff[i] = staffInfo{id: "pharm_" + name.pinyin + suffix, address: name.zh + "药师"}
		if i%2 == 1 {
			staff[i] = staffInfo{id: "hm_" + name.pinyin + suffix, address: name.zh + "老师"}
		}
		load[i] = 1 / math.Sqrt(float64(i+2))
	}
	return staff, load
}
