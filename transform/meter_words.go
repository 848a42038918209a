package transform

// meterWords are the words around numbers. They are part of the program, as they are tied to units.
func meterWords() []meterWord {
	var out []meterWord
	add := func(role, q uint8, context string, factor float64, texts ...string) {
		for _, t := range texts {
			out = append(out, meterWord{text: t, role: role, q: q, context: context, factor: factor})
		}
	}
	addTopics(add)
	addUnits(add)
	add(roleMeal, qGlucose, contextFasting, 1, "空腹", "空肚子", "早空腹", "空腹血糖", "早上空腹", "fbg", "fpg")
	add(roleMeal, qGlucose, contextAfterMeal, 1, "餐后", "饭后", "餐后血糖", "饭后血糖", "餐后2小时", "饭后2小时", "餐后两小时", "饭后两小时",
		"餐后二小时", "餐后1小时", "餐后一小时", "饭后1小时", "饭后一小时", "餐后2h", "2hpg", "早餐后", "午餐后", "晚餐后", "早饭后", "午饭后", "晚饭后",
		"餐后2小时血糖", "餐后两小时血糖", "饭后2小时血糖", "饭后两小时血糖")
	add(roleMeal, qGlucose, "", 1, "餐前血糖", "随机血糖", "睡前血糖", "饭前血糖", "指尖血糖", "凌晨血糖", "随机")
	add(roleLimit, 0, "", 0, "高于", "超过", "低于", "大于", "小于", "控制在", "控制到", "不超", "不到", "目标", "正常值", "正常是", "标准是", "正常范围", "正常血糖", "正常血压", "正常的血糖", "正常的血压", "正常人血糖", "正常人血压", "正常体温", "正常心率",
		"标准", "以内", "不能超过", "不要超过", "<", ">", "≥", "≤", "上限", "下限", "参考", "参考值",
		"水温", "室温", "空调", "气温", "房间", "外面", "外头", "天气", "今天天气", "屋里")
	add(roleReach, 0, "", 0, "降到", "达到")
	add(roleFrom, 0, "", 0, "从")
	add(roleMorning, 0, "", 0, "早上", "早晨", "今早", "清晨", "晨起", "起床", "早起", "睡前", "凌晨", "晚上", "中午", "下午", "傍晚")
	add(roleLimit, 0, "", 0, "提", "搬", "扛", "买了", "斤米")
	add(roleTest, 0, "", 0, "测", "量", "刚测", "量的")
	add(roleChange, 0, "", 0, "瘦了", "胖了", "轻了", "重了", "减了", "降了", "高了", "低了", "升了", "长了", "掉了", "增加了", "减少了", "下降了", "升高了", "涨了", "减重", "减肥")
	add(roleReset, 0, "", 0, "药", "胰岛素", "怕低血糖", "担心低血糖", "吃了", "打了", "血压计", "血糖仪", "尿糖", "血脂", "胆固醇", "甘油三酯", "尿酸", "肌酐", "白细胞", "血小板")
	add(roleStop, 0, "", 0, "。", "!", "?", ";", "\n")
	add(rolePair, 0, "", 0, "/", "-", "--", "~", "—", "到", "和", ",", "、", " ", "比", "，低压", "至", "\\", "//", ":", "|", " / ", "/ ", " /", " - ", "~~", ", ")
	return out
}

type addWords func(role, q uint8, context string, factor float64, texts ...string)

func addTopics(add addWords) {
	add(roleTopic, qPressure, "", 1, "血压", "bp", "量血压", "测血压")
	add(roleTopic, qSystolic, "", 1, "高压", "上压", "收缩压", "sbp")
	add(roleTopic, qDiastolic, "", 1, "低压", "下压", "舒张压", "dbp")
	add(roleTopic, qGlucose, "", 1, "血糖", "glu", "血糖值", "葡萄糖", "血唐", "扎手指", "扎手指头", "扎了手指", "一扎", "指血")
	add(roleTopic, qHbA1c, "", 1, "糖化", "糖化血红蛋白", "hba1c", "a1c", "糖化蛋白", "糖化血红")
	add(roleTopic, qTemperature, "", 1, "体温", "烧到", "发烧", "高烧", "低烧", "发热", "体温是", "高热", "低热", "烧", "耳温", "额温", "腋温", "肛温", "量了")
	add(roleTopic, qWeight, "", 1, "体重", "称了", "秤")
	add(roleTopic, qHeight, "", 1, "身高", "个子")
	add(roleTopic, qBMI, "", 1, "bmi", "体重指数", "体质指数")
	add(roleTopic, qHeartRate, "", 1, "心率", "心跳", "脉搏", "hr", "静息心率")
	add(roleTopic, qVAS, "score", 1, "vas", "疼痛评分", "疼痛分", "评分", "打分", "疼痛指数", "疼痛程度", "nrs", "疼痛分数")
	add(roleTopic, qVAS, "", 1, "疼", "痛", "疼痛", "髋痛", "髋疼", "腿疼", "腿痛")
	add(roleTopic, qHarris, "", 1, "harris", "哈里斯", "harris评分", "髋关节评分", "髋功能评分")
	add(roleTopic, qLDL, "", 1, "低密度", "低密度脂蛋白", "低密度脂蛋白胆固醇", "ldl", "ldl-c", "坏胆固醇")
	add(roleTopic, qEGFR, "", 1, "egfr", "肾小球滤过率", "滤过率")
	add(roleTopic, qUACR, "", 1, "uacr", "尿白蛋白肌酐比", "尿微量白蛋白肌酐比", "白蛋白肌酐比", "acr")
	add(roleTopic, qALT, "", 1, "谷丙", "谷丙转氨酶", "转氨酶", "alt")
	add(roleTopic, qTScore, "", 1, "t值", "骨密度t值", "t评分", "骨密度")
	add(roleTopic, qLVEF, "", 1, "射血分数", "lvef", "左室射血分数", "ef值")
	add(roleTopic, qPHQ9, "", 1, "phq9", "phq-9", "phq9评分", "抑郁评分")
}

func addUnits(add addWords) {
	add(roleUnit, qPressure, "", 1, "mmhg", "毫米汞柱", "mm汞柱", "汞柱", "毫米水银柱")
	add(roleUnit, qTemperature, "", 1, "度", "℃", "°c", "摄氏度", "°")
	add(roleUnit, qNone, "", 1, "mmol/l", "mmol", "毫摩尔", "%", "个点", "个")
	add(roleUnit, qGlucose, "", 1/mgPerMmol, "mg/dl", "mg/dl,")
	add(roleUnit, qVAS, "", 1, "分", "分疼", "分痛", "分左右", "级")
	add(roleUnit, qWeight, "", 1, "kg", "公斤", "千克")
	add(roleUnit, qWeight, "", 0.5, "斤", "市斤")
	add(roleUnit, qHeight, "", 1, "cm", "厘米", "公分")
	add(roleUnit, qHeight, "", 100, "米", "m")
	add(roleOther, qHeartRate, "", 1, "次", "次/分", "次/分钟", "次每分", "bpm", "次每分钟")
	add(roleBound, 0, "", 0, "以上", "以下", "以内", "之内", "多以上", "度以上", "度以下", "分以上", "分以下")
	add(roleOther, qNone, "", 0, "年", "天", "个月", "片", "粒", "颗", "盒", "月", "号", "日", "岁", "点", "点半", "点多", "小时", "个小时", "分钟", "秒", "mg", "毫克",
		"ml", "毫升", "g", "克", "单位", "u", "周", "元", "块", "块钱", "时", "倍", "支", "袋", "楼", "床", "顿", "回", "遍", "滴", "针", "瓶", "个多月", "多年", "多天", "来天",
		"里", "公里", "步", "两", "口", "层", "期", "型", "级高血压", "ug", "微克", "iu", "万", "千", "百", "人", "家", "个星期", "星期", "个周", "个半月", "分之", "年前", "天前", "h", "餐", "碗", "包", "丸", "贴", "根", "杯", "月份", "周岁", "个疗程", "疗程", "个孩子", "个人", "mm", "毫米", "床位", "级")
}
