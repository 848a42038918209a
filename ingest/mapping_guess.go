package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	guessRows  = 200
	guessBytes = 256 << 10 // looked at for the encoding
)

// columnNames are names of columns, in lower case without spaces and underscores, by the field that they
// mean. The first that a file has is taken.
var columnNames = []struct {
	field string
	names []string
}{
	{"patient", []string{"patientid", "memberid", "membercard", "customerid", "会员卡号", "会员编号", "会员号", "会员id", "患者编号", "患者id", "病人id", "病历号", "门诊号", "客户编号", "就诊卡号"}},
	{"phone", []string{"phone", "mobile", "phonenumber", "tel", "手机号", "手机号码", "手机", "联系电话", "电话", "会员手机"}},
	{"wecom", []string{"externaluserid", "外部联系人id", "企微id"}},
	{"unionid", []string{"unionid"}},
	{"at", []string{"at", "date", "filldate", "dispensedate", "saledate", "orderdate", "datetime", "time", "eventtime", "销售日期", "销售时间", "购药日期", "购药时间", "发药时间", "发药日期", "取药日期", "下单时间", "支付时间", "订单时间", "测量时间", "测量日期", "日期", "时间"}},
	{"type", []string{"type", "eventtype", "activity", "event", "类型", "事件", "活动类型", "行为"}},
	{"order_id", []string{"orderid", "orderno", "receiptno", "billno", "订单号", "订单编号", "小票号", "流水号", "单号", "销售单号"}},
	{"rx_id", []string{"rxid", "prescriptionid", "处方号", "处方编号"}},
	{"sku", []string{"sku", "skuid", "itemno", "productcode", "ndc", "商品编码", "商品编号", "货号", "药品编码", "药品编号", "物料编码"}},
	{"drug", []string{"drug", "drugname", "medication", "product", "productname", "商品名称", "药品名称", "通用名", "药名", "品名"}},
	{"quantity", []string{"quantity", "qty", "num", "packs", "数量", "销售数量", "盒数", "购买数量", "发药数量"}},
	{"days_supply", []string{"dayssupply", "days", "supplydays", "用药天数", "天数", "可用天数", "服用天数"}},
	{"daily_dose", []string{"dailydose", "日剂量", "每日剂量"}},
	{"amount_yuan", []string{"amount", "paid", "payment", "price", "total", "实收金额", "实付金额", "金额", "销售金额", "支付金额"}},
	{"icd10", []string{"icd10", "icd", "diagnosiscode", "诊断编码", "icd编码"}},
	{"staff_id", []string{"staff", "staffid", "pharmacist", "店员编号", "药师工号", "员工编号"}},
	{"sex", []string{"sex", "gender", "性别"}},
	{"birth_year", []string{"birthyear", "birthdate", "birthday", "出生年份", "出生日期", "出生年月"}},
	{"bp_systolic", []string{"systolic", "sbp", "bpsystolic", "收缩压", "高压"}},
	{"bp_diastolic", []string{"diastolic", "dbp", "bpdiastolic", "舒张压", "低压"}},
	{"heart_rate", []string{"heartrate", "pulse", "心率", "脉搏"}},
	{"glucose", []string{"glucose", "bloodglucose", "血糖", "空腹血糖"}},
	{"hba1c", []string{"hba1c", "糖化血红蛋白"}},
	{"weight", []string{"weight", "体重"}},
	{"height", []string{"height", "身高"}},
}

// guessFormats are the date formats that are tried, in this order.
var guessFormats = []string{
	"yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd", "yyyy/M/d HH:mm:ss", "yyyy/M/d HH:mm", "yyyy/M/d",
	"yyyyMMdd", "yyyy年M月d日", "yyyy.M.d", "d/M/yyyy", "M/d/yyyy",
}

// guess is what a look at a file has shown.
type guess struct {
	encoding  string
	delimiter rune
	header    []string
	rows      [][]string
	columns   map[string]int // field to place in the header
}

// GuessMapping looks at the header and the first 200 rows of a CSV file and writes a mapping file for a
// person to check. Its comments tell what was counted in the rows; values of the file are not in it.
func GuessMapping(path string) ([]byte, error) {
	g, err := look(path)
	if err != nil {
		return nil, fmt.Errorf("guess a mapping of %s: %w", path, err)
	}
	g.match()
	return g.write(), nil
}

// look reads the beginning of a file.
func look(path string) (*guess, error) {
	content, err := openContent(path)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	start, err := io.ReadAll(io.LimitReader(content, guessBytes))
	if err != nil {
		return nil, err
	}
	if len(start) == guessBytes { // the last line is not whole
		start = start[:bytes.LastIndexByte(start, '\n')+1]
	}
	g := &guess{encoding: "utf-8", columns: map[string]int{}}
	if !utf8.Valid(start) {
		g.encoding = "gb18030"
	}
	g.delimiter = delimiterOf(start)
	rows := newRows(bytes.NewReader(start), g.encoding, g.delimiter)
	if g.header, err = readHeader(rows, nil); err != nil {
		return nil, err
	}
	for len(g.rows) < guessRows {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		g.rows = append(g.rows, slices.Clone(fields))
	}
	return g, nil
}

// delimiterOf is the delimiter that is in the header most often.
func delimiterOf(start []byte) rune {
	header, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', 0
	for _, delimiter := range ",;\t|" {
		if n := bytes.Count(header, []byte(string(delimiter))); n > most {
			best, most = delimiter, n
		}
	}
	return best
}

// match finds the columns of the fields by their names.
func (g *guess) match() {
	plain := make([]string, len(g.header))
	for i, name := range g.header {
		plain[i] = strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(name)))
	}
	for _, c := range columnNames {
		for _, name := range c.names {
			if at := slices.Index(plain, name); at >= 0 {
				g.columns[c.field] = at
				break
			}
		}
	}
}

// kind is fills when there is a drug in the file.
func (g *guess) kind() string {
	_, hasSKU := g.columns["sku"]
	_, hasDrug := g.columns["drug"]
	if hasSKU || hasDrug {
		return mapFills
	}
	return mapActivities
}

// write makes the text of the mapping.
func (g *guess) write() []byte {
	var out bytes.Buffer
	kind := g.kind()
	delimiter := string(g.delimiter)
	if g.delimiter == '\t' {
		delimiter = "tab"
	}
	fmt.Fprintf(&out, "# A first mapping, made from the header and %d rows. Check every line of it.\n", len(g.rows))
	fmt.Fprintf(&out, "of: %s\nencoding: %s\ndelimiter: %q\n", kind, g.encoding, delimiter)
	g.writeFormats(&out)
	out.WriteString("columns:  # field: column of the file\n")
	allowed := (&Mapping{kind: kind}).fields()
	used := map[int]bool{}
	for _, c := range columnNames {
		at, isThere := g.columns[c.field]
		if isThere && slices.Contains(allowed, c.field) && !used[at] {
			used[at] = true
			fmt.Fprintf(&out, "  %s: %s  # filled in %d of %d rows\n", c.field, quoted(g.header[at]), g.filled(at), len(g.rows))
		}
	}
	g.writeMissing(&out, kind, used)
	out.WriteString("constants:  # fields that are the same in every row\n")
	out.WriteString("  patient_kind: pharmacy  # whose number the patient's is: pharmacy, hospital, or a word of your own\n")
	if kind == mapFills {
		out.WriteString("  channel: pharmacy  # wecom_shop, youzan, jd, taobao, pharmacy or hospital\n")
		if _, hasType := g.columns["type"]; !hasType {
			out.WriteString("  type: dispensed  # prescribed, dispensed, paid, returned or cancelled\n")
		}
	}
	return out.Bytes()
}

// writeFormats writes the date formats that read the column of the time best.
func (g *guess) writeFormats(out *bytes.Buffer) {
	at, isThere := g.columns["at"]
	if !isThere {
		return
	}
	best, most := "yyyy-MM-dd HH:mm:ss", 0
	for _, format := range guessFormats {
		layout, _ := layoutOf(format)
		if n := g.readable(at, layout); n > most {
			best, most = format, n
		}
	}
	fmt.Fprintf(out, "date_formats: [%q]  # reads %d of %d rows\n", best, most, g.filled(at))
	if best == "d/M/yyyy" || best == "M/d/yyyy" {
		out.WriteString("# Is the day or the month first? Where no day is above 12, the rows can not tell.\n")
	}
}

// writeMissing names what a person has to add, and the columns that are not read.
func (g *guess) writeMissing(out *bytes.Buffer, kind string, used map[int]bool) {
	needed := []string{"patient", "at"}
	if kind == mapFills {
		needed = append(needed, "quantity")
	}
	for _, field := range needed {
		if _, isThere := g.columns[field]; !isThere {
			fmt.Fprintf(out, "  # %s: which column?\n", field)
		}
	}
	for i, name := range g.header {
		if !used[i] {
			fmt.Fprintf(out, "  # not read: %s\n", quoted(name))
		}
	}
}

func (g *guess) filled(column int) int {
	return g.count(column, func(value string) bool { return value != "" })
}

func (g *guess) readable(column int, layout string) int {
	return g.count(column, func(value string) bool {
		_, err := time.Parse(layout, value)
		return err == nil
	})
}

func (g *guess) count(column int, is func(value string) bool) int {
	n := 0
	for _, row := range g.rows {
		if column < len(row) && is(strings.TrimSpace(row[column])) {
			n++
		}
	}
	return n
}

// quoted is a name as YAML, in quotes where it might be anything else; line ends never stand bare.
func quoted(name string) string { return strconv.Quote(strings.TrimSpace(name)) }
