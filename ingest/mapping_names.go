package ingest

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// columnNames are names of columns, in lower case without spaces and underscores, by the field that they
// mean. The first that a file has is taken.
var columnNames = []struct {
	field string
	names []string
}{
	{"patient", []string{"patientid", "patientno", "memberid", "memberno", "membercard", "customerid", "mrn", "会员卡号", "会员编号", "会员号", "会员id", "会员卡", "患者编号", "患者id", "病人id", "病人编号", "病历号", "门诊号", "住院号", "客户编号", "顾客编号", "就诊卡号"}},
	{"phone", []string{"phone", "mobile", "phonenumber", "tel", "手机号", "手机号码", "手机", "联系电话", "联系方式", "电话", "会员手机"}},
	{"wecom", []string{"externaluserid", "外部联系人id", "企微id"}},
	{"unionid", []string{"unionid"}},
	{"at", []string{"at", "date", "filldate", "dispensedate", "saledate", "orderdate", "servicedate", "datetime", "time", "timestamp", "eventtime", "销售日期", "销售时间", "购药日期", "购药时间", "购买日期", "购买时间", "发药时间", "发药日期", "取药日期", "取药时间", "处方日期", "开方时间", "就诊时间", "就诊日期", "下单时间", "支付时间", "付款时间", "交易时间", "交易日期", "订单时间", "测量日期", "测量时间", "日期", "时间"}},
	{"type", []string{"type", "eventtype", "activity", "event", "类型", "单据类型", "业务类型", "交易类型", "销售类型", "订单状态", "事件", "活动类型", "行为"}},
	{"order_id", []string{"orderid", "orderno", "receiptno", "billno", "订单号", "订单编号", "小票号", "流水号", "单号", "单据号", "销售单号"}},
	{"rx_id", []string{"rxid", "prescriptionid", "处方号", "处方编号"}},
	{"sku", []string{"sku", "skuid", "itemno", "productcode", "ndc", "商品编码", "商品编号", "货号", "药品编码", "药品编号", "物料编码"}},
	{"drug", []string{"drug", "drugname", "medication", "product", "productname", "商品名称", "药品名称", "药品通用名", "通用名", "通用名称", "商品名", "药名", "药品", "品名"}},
	{"quantity", []string{"quantity", "qty", "num", "packs", "数量", "销售数量", "盒数", "购买数量", "发药数量", "件数"}},
	{"days_supply", []string{"dayssupply", "days", "supplydays", "用药天数", "天数", "可用天数", "服用天数", "处方天数"}},
	{"daily_dose", []string{"dailydose", "日剂量", "每日剂量"}},
	{"amount_yuan", []string{"amount", "paid", "payment", "price", "total", "实收金额", "实付金额", "实收", "实付", "金额", "销售金额", "支付金额"}},
	{"icd10", []string{"icd10", "icd", "diagnosiscode", "诊断编码", "疾病编码", "icd编码", "icd10编码"}},
	{"staff_id", []string{"staff", "staffid", "pharmacist", "店员编号", "药师工号", "医生工号", "员工编号", "工号"}},
	{"sex", []string{"sex", "gender", "性别"}},
	{"birth_year", []string{"birthyear", "birthdate", "dateofbirth", "birthday", "出生年份", "出生日期", "出生年月", "生日"}},
	{"bp_systolic", []string{"systolic", "sbp", "bpsystolic", "收缩压", "高压"}},
	{"bp_diastolic", []string{"diastolic", "dbp", "bpdiastolic", "舒张压", "低压"}},
	{"heart_rate", []string{"heartrate", "pulse", "心率", "脉搏"}},
	{"glucose", []string{"glucose", "bloodglucose", "血糖", "空腹血糖"}},
	{"hba1c", []string{"hba1c", "糖化血红蛋白"}},
	{"weight", []string{"weight", "体重"}},
	{"height", []string{"height", "身高"}},
}

// typeWords are words for what happened to a drug, in ours.
var typeWords = map[string]string{
	"销售": Dispensed, "发药": Dispensed, "购药": Dispensed, "已完成": Dispensed, "交易成功": Dispensed, "sale": Dispensed, "dispensed": Dispensed,
	"支付": Paid, "已支付": Paid, "已付款": Paid, "paid": Paid, "开方": Prescribed, "处方": Prescribed, "prescribed": Prescribed,
	"退货": Returned, "退药": Returned, "退款": Returned, "已退款": Returned, "return": Returned, "returned": Returned, "refund": Returned,
	"取消": Cancelled, "已取消": Cancelled, "作废": Cancelled, "cancelled": Cancelled, "canceled": Cancelled,
}

// hospitalWords in the name of the patient's number say that it is of a hospital.
var hospitalWords = []string{"患者", "病人", "病历", "门诊", "住院", "就诊", "mrn"}

// unitsBehind are the unit of a column, in brackets behind its name.
var unitsBehind = regexp.MustCompile(`[(（\[【][^)）\]】]*[)）\]】]\s*$`)

// plainName is the name of a column as columnNames has it.
func plainName(name string) string {
	plain := strings.ToLower(unitsBehind.ReplaceAllString(strings.TrimSpace(name), ""))
	return strings.NewReplacer(" ", "", "_", "", "-", "", "*", "", ":", "", "：", "").Replace(plain)
}

// hasPart says whether one of the names is a part of a column's name: anywhere in a Chinese one, as one of
// its words in another.
func hasPart(column string, names []string) bool {
	words := strings.FieldsFunc(strings.ToLower(unitsBehind.ReplaceAllString(column, "")), func(c rune) bool { return strings.ContainsRune(" _-./", c) })
	return slices.ContainsFunc(names, func(name string) bool {
		if strings.ContainsFunc(name, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
			return strings.Contains(column, name)
		}
		return len(name) > 2 && slices.Contains(words, name)
	})
}
