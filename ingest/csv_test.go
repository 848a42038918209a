package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const (
	fillsYAML = `of: fills
encoding: utf-8
delimiter: ","
date_formats: ["yyyy-MM-dd HH:mm:ss", "yyyy/M/d"]
columns:
  patient: 会员卡号
  phone: 手机号
  at: 销售时间
  type: 类型
  sku: 商品编码
  quantity: 数量
  amount_yuan: 实收金额
values:
  type: {销售: dispensed, 退货: returned}
constants:
  patient_kind: pharmacy
  line: htn
`
	fillsCSV = "会员卡号,姓名,手机号,销售时间,类型,商品编码,数量,实收金额\n" +
		"h-1,张三,13800000001,2025-01-01 10:00:00,销售,SKU-HTN-01,2,\"1,072.00\"\n" +
		"h-1,张三,138****0001,2025/1/9,销售,SKU-HTN-01,-1,-36.00\n" +
		"h-2,李四,,2025/1/9,退货,SKU-HTN-01,1,36\n" +
		"h-2,李四,,2025/1/9,退货,SKU-HTN-01,1,36\n" +
		"h-3,王五,,9.1.2025,销售,SKU-HTN-01,1,36\n" +
		"h-3,王五,,2025/1/9,销售,SKU-HTN-01,1\n"
	readingsYAML = `of: activities
columns:
  patient: 患者编号
  at: 测量时间
  bp_systolic: 收缩压
  bp_diastolic: 舒张压
  sex: 性别
constants:
  patient_kind: hospital
`
	clockYAML = "of: activities\nencoding: GBK\nskip_rows: 2\ndate_formats: [excel, yyyy年M月d日]\n" +
		"columns: {patient: 患者编号, at: 日期, time: 时刻, bp_systolic: 收缩压, bp_diastolic: 舒张压, sex: 性别}\nconstants: {patient_kind: hospital}\n"
	readingsCSV = "患者编号,测量时间,收缩压,舒张压,性别\nh-1,2025-01-01 07:30:00,152,96,女\nh-1,2025-01-02 07:30:00,,,女\n"
)

// written puts a file into a folder of the test.
func written(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readCSV decodes a file; a row that is refused is "reason at field".
func readCSV(t *testing.T, content, mapping string) (file *CSV, rows []string, ids []string) {
	t.Helper()
	m, err := LoadMapping(written(t, "fills.yaml", mapping))
	if err != nil {
		t.Fatal(err)
	}
	if file, err = OpenCSV(written(t, "fills.csv", content), m); err != nil {
		t.Fatal(err)
	}
	for rec, err := range file.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(rec.Value), "张三") {
			t.Error("a column that is not mapped is in a record")
		}
		events, err := all(m.Decode, rec)
		if err != nil {
			rows = append(rows, err.Error())
			continue
		}
		row := sketch(events[0])
		if p := events[0].Prescription; p != nil {
			row = strings.Replace(row, p.Items[0].ClaimID, "#", 1)
		}
		rows, ids = append(rows, row), append(ids, events[0].ID)
	}
	return file, rows, ids
}

func TestCSVOfFills(t *testing.T) {
	want := []string{
		"dispensed 2025-01-01T10:00:00 pharmacy:h-1 =phone:13800000001 line=htn pharmacy order= rx= | # SKU-HTN-01  x2 107200",
		"returned 2025-01-09T00:00:00 pharmacy:h-1 line=htn pharmacy order= rx= | # SKU-HTN-01  x1 3600",
		"returned 2025-01-09T00:00:00 pharmacy:h-2 line=htn pharmacy order= rx= | # SKU-HTN-01  x1 3600",
		"returned 2025-01-09T00:00:00 pharmacy:h-2 line=htn pharmacy order= rx= | # SKU-HTN-01  x1 3600",
		"reject: bad_time at at: in none of the date formats of the mapping",
		"reject: bad_value: another number of columns than the header",
	}
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(strings.ReplaceAll(fillsCSV, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	gb18030 := replaced(t, fillsYAML, "utf-8", "gb18030")
	for _, c := range []struct{ name, content, mapping string }{
		{"UTF-8", fillsCSV, fillsYAML},
		{"UTF-8 with its mark", "\ufeff" + fillsCSV, fillsYAML},
		{"GB18030", chinese, gb18030},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got, ids := readCSV(t, c.content, c.mapping)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n%s", strings.Join(got, "\n"))
			}
			if len(ids) == 4 && ids[2] == ids[3] {
				t.Error("two equal rows are one event")
			}
		})
	}
	t.Run("another encoding than the mapping says", func(t *testing.T) {
		m, err := parseMapping("m", []byte(gb18030))
		if err != nil {
			t.Fatal(err)
		}
		broken := strings.Replace(chinese, "SKU-HTN-01", "\xff\xff", 1)
		file, err := OpenCSV(written(t, "x.csv", broken), m)
		if err != nil {
			t.Fatal(err)
		}
		for rec := range file.Records() {
			wantReject(t, m.Decode, rec, ReasonBadEncoding, "")
			break
		}
	})
}

// A mended mapping makes another source of the file, so that its bad rows get in, and the good rows keep
// their event ids, so that staging drops them.
func TestCSVWithAMendedMapping(t *testing.T) {
	before, _, ids := readCSV(t, fillsCSV, fillsYAML)
	again, _, _ := readCSV(t, fillsCSV, fillsYAML)
	after, rows, mended := readCSV(t, fillsCSV, replaced(t, fillsYAML, `"yyyy/M/d"`, `"yyyy/M/d", "d.M.yyyy"`))
	if before.Topic() != again.Topic() || before.Topic() == after.Topic() {
		t.Error("the topic does not follow content and mapping")
	}
	if len(rows) != 6 || len(mended) != 5 || strings.Join(mended[:4], " ") != strings.Join(ids, " ") {
		t.Errorf("ids %v, then %v", ids, mended)
	}
}

func TestCSVOfActivities(t *testing.T) {
	_, got, _ := readCSV(t, readingsCSV, readingsYAML)
	want := []string{
		"measurement 2025-01-01T07:30:00 hospital:h-1 sex=female bp_diastolic=96mmHg bp_systolic=152mmHg",
		"reject: missing_field at type: required",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

// Faults of a mapping name the file and the line.
func TestMappingFaults(t *testing.T) {
	for _, c := range []struct{ name, old, with, want string }{
		{"unknown name", "delimiter", "separator", "m.yaml:3: no such name: separator"},
		{"unknown field", "  sku:", "  color:", "m.yaml:10: fills has no field color"},
		{"name twice", "  sku: 商品编码", "  at: 商品编码", "m.yaml:10: at is there twice"},
		{"kind", "of: fills", "of: bills", "m.yaml:1: of is fills or activities"},
		{"no kind", "of: fills\n", "", "m.yaml:1: of is missing"},
		{"encoding", "utf-8", "latin1", "m.yaml:2: encoding is utf-8, utf-16 or gb18030"},
		{"rows to skip", "delimiter: \",\"", "skip_rows: many", "m.yaml:3: skip_rows is a number"},
		{"no columns", "columns:\n  patient: 会员卡号\n  phone: 手机号\n  at: 销售时间\n  type: 类型\n  sku: 商品编码\n  quantity: 数量\n  amount_yuan: 实收金额\n", "columns:\n", "m.yaml: one of these fields is needed: patient, phone"},
		{"delimiter", `","`, `"##"`, "m.yaml:3: delimiter is"},
		{"date format", "yyyy/M/d", "Jan 2 2006", "m.yaml:4: no date format"},
		{"column and constant", "  line: htn", "  at: 2025", "m.yaml:8: at is a column and a constant"},
		{"empty value", "会员卡号", `""`, "m.yaml:6: a value is wanted for patient"},
		{"needed field", "  quantity: 数量\n", "", "m.yaml: one of these fields is needed: quantity"},
		{"values of no column", "  type: {", "  line: {", "m.yaml: values of line, which is no column"},
		{"list for a value", "of: fills", "of: [fills]", "m.yaml:1: a single value is wanted for of"},
		{"constant of no channel", "  patient_kind: pharmacy", "  channel: amazon", "m.yaml:16: channel is one of wecom_shop, youzan, jd, taobao, pharmacy, hospital"},
		{"value of no type", "dispensed", "sold", "m.yaml: values of type: 销售 becomes no word of ours: type is one of prescribed, dispensed, paid, returned, cancelled"},
		{"constant of no word", "  line: htn", "  line: 高血压", "m.yaml:17: line is a lower-case word"},
		{"nothing in it", fillsYAML, "", "m.yaml: no mapping in it"},
		{"only comments", fillsYAML, "# nothing yet\n", "m.yaml: no mapping in it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseMapping("m.yaml", []byte(replaced(t, fillsYAML, c.old, c.with)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
	m, err := parseMapping("m.yaml", []byte(fillsYAML))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, content, want string }{
		{"column that is not there", replaced(t, fillsCSV, ",数量", ",件数"), "m.yaml:11: the file has no column 数量"},
		{"column twice", replaced(t, fillsCSV, "姓名", "数量"), "m.yaml:11: the file has two columns 数量"},
		{"another encoding", "\xbb\xe1\xd4\xb1,\xca\xfd\xc1\xbf\n", "no column 实收金额; its header is in another encoding than the mapping says"},
		{"another delimiter", strings.ReplaceAll(fillsCSV, ",", ";"), "no column 实收金额; its header is one column, is the delimiter another?"},
		{"empty file", "", "no header"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := OpenCSV(written(t, "x.csv", c.content), m)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %s", err, c.want)
			}
		})
	}
}

// A guess is a mapping that loads and reads the file, and holds nothing of its rows.
func TestGuessMapping(t *testing.T) {
	chinese := func(text string) string {
		encoded, err := simplifiedchinese.GB18030.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	wide := func(text string) string {
		encoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	for _, c := range []struct {
		name, content string
		want          []string // in the guess
		row           string
	}{
		{"a hospital, GB18030", chinese("病历号,姓名,发药日期,药品名称,数量,用药天数\nh-1,张三,2025/1/9,缬沙坦,2,28\nh-1,张三,2025/2/9,缬沙坦,2,28\n"),
			[]string{"encoding: gb18030", "patient_kind: hospital"}, "dispensed 2025-01-09T00:00:00 hospital:h-1 hospital order= rx= | #  缬沙坦 x2 28d 0"},
		{"English, tabs", "Patient ID\tFill Date\tNDC\tQty\tName\nh-1\t2025-01-09\tSKU-1\t2\tAnn Example\n",
			[]string{"delimiter: \"tab\""}, "dispensed 2025-01-09T00:00:00 pharmacy:h-1 pharmacy order= rx= | # SKU-1  x2 0"},
		{"month first, a part of a name", "Patient No\tFill Date\tNDC\tQty Dispensed\nh-1\t1/19/2025\tSKU-1\t2\n",
			[]string{`["M/d/yyyy"]`, "only a part of the name is known"}, "dispensed 2025-01-19T00:00:00 pharmacy:h-1 pharmacy order= rx= | # SKU-1  x2 0"},
		{"activities", readingsCSV, []string{"of: activities"}, "measurement 2025-01-01T07:30:00 hospital:h-1 sex=female bp_diastolic=96mmHg bp_systolic=152mmHg"},
		{"units in names, day and time of day apart", chinese("姓名,手机号,测量日期,测量时间,收缩压(mmHg),舒张压（mmHg）\n张三,13800000001,2025-1-9,07:30,152mmHg,96\n"),
			[]string{"time: ", "the telephone number is the patient"}, "measurement 2025-01-09T07:30:00 phone:13800000001 bp_diastolic=96mmHg bp_systolic=152mmHg"},
		{"Excel's days, semicolons, a mark, units", "\ufeff会员卡号;购药日期;商品名称;数量;用药天数;金额\nh-1;45666.5;缬沙坦;2盒;28天;¥72.50元\n",
			[]string{`delimiter: ";"`, `["excel"]`}, "dispensed 2025-01-09T12:00:00 pharmacy:h-1 pharmacy order= rx= | #  缬沙坦 x2 28d 7250"},
		{"a title before the header", "2025年1月销售明细,,,\n会员号,购药时间,药品名称,盒数\nh-1,2025年1月9日 09:30,缬沙坦,1\n",
			[]string{"skip_rows: 1"}, "dispensed 2025-01-09T09:30:00 pharmacy:h-1 pharmacy order= rx= | #  缬沙坦 x1 0"},
		{"words for what happened", "会员号,购药时间,商品编码,数量,单据类型\nh-1,20250109,SKU-1,1,退货\nh-1,20250109,SKU-1,1,盘点\n",
			[]string{`"退货": returned`, "1 rows have other words"}, "returned 2025-01-09T00:00:00 pharmacy:h-1 pharmacy order= rx= | # SKU-1  x1 0"},
		{"a type of something else", "会员号,购药时间,商品编码,数量,类型\nh-1,20250109,SKU-1,1,处方药\n",
			[]string{"type: dispensed", `not read: "类型"`}, "dispensed 2025-01-09T00:00:00 pharmacy:h-1 pharmacy order= rx= | # SKU-1  x1 0"},
		{"Excel's Unicode text", wide("会员号\t购药时间\t商品编码\t数量\nh-1\t2025-01-09\tSKU-1\t1\n"),
			[]string{"encoding: utf-16"}, "dispensed 2025-01-09T00:00:00 pharmacy:h-1 pharmacy order= rx= | # SKU-1  x1 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			guess, err := GuessMapping(written(t, "x.csv", c.content))
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"h-1", "Ann", "盘点", "处方药", "13800000001"} {
				if strings.Contains(string(guess), secret) {
					t.Errorf("%s in the guess:\n%s", secret, guess)
				}
			}
			for _, want := range c.want {
				if !strings.Contains(string(guess), want) {
					t.Errorf("no %s in the guess:\n%s", want, guess)
				}
			}
			_, rows, _ := readCSV(t, c.content, string(guess))
			if len(rows) == 0 || rows[0] != c.row {
				t.Errorf("rows %v\nguess:\n%s", rows, guess)
			}
		})
	}
	for _, workbook := range []string{"PK\x03\x04 and more", "\xd0\xcf\x11\xe0 and more"} {
		path := written(t, "x.xlsx", workbook)
		if _, err := GuessMapping(path); err == nil || !strings.Contains(err.Error(), "save the sheet as CSV") {
			t.Errorf("a guess of an Excel workbook: %v", err)
		}
		if _, err := OpenNDJSON(path); err == nil || !strings.Contains(err.Error(), "save the sheet as CSV") {
			t.Errorf("reading an Excel workbook: %v", err)
		}
	}
}

// Quantities are packs: with the unit of a pack behind them or none.
func TestPacks(t *testing.T) {
	for _, c := range []struct {
		text   scalar
		want   float64
		reason string
	}{
		{"2", 2, ""}, {"2.5", 2.5, ""}, {"2盒", 2, ""}, {"2 瓶", 2, ""}, {"3 Boxes", 3, ""}, {"1.", 1, ""},
		{"60片", 0, "a unit that is no pack"}, {"2盒半", 0, "a unit that is no pack"}, {"两盒", 0, "not a number"}, {"盒", 0, "not a number"}, {"0盒", 0, "not above 0 or at most 100000"},
	} {
		got, reject := c.text.packs("quantity")
		switch {
		case reject != nil && reject.Detail != c.reason, reject == nil && (c.reason != "" || *got != c.want):
			t.Errorf("%s: %v, %v, want %v, %q", c.text, got, reject, c.want, c.reason)
		}
	}
}

// The settings of a mapping that say how a file is written.
func TestMappingSettings(t *testing.T) {
	content := "标题\n\n导出,张四\n患者编号,日期,时刻,收缩压,舒张压,性别\nh-1,45658,07:30:15,152,96,女\nh-1,2025年1月2日,,152,96,女\nh-1,45658,半夜,152,96,女\nh-1,99999,,152,96,女\n"
	chinese, err := simplifiedchinese.GBK.NewEncoder().String(content)
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := readCSV(t, chinese, clockYAML)
	want := []string{
		"measurement 2025-01-01T07:30:15 hospital:h-1 sex=female bp_diastolic=96mmHg bp_systolic=152mmHg",
		"measurement 2025-01-02T00:00:00 hospital:h-1 sex=female bp_diastolic=96mmHg bp_systolic=152mmHg",
		"reject: bad_time at time: not a time of day like 09:30",
		"reject: bad_time at at: in none of the date formats of the mapping",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	m, err := parseMapping("m.yaml", []byte(clockYAML))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCSV(written(t, "x.csv", "标题\n"), m); err == nil || !strings.Contains(err.Error(), "no header behind skip_rows") {
		t.Errorf("a file of one row: %v", err)
	}
}
