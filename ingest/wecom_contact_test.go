package ingest

import (
	"reflect"
	"testing"
)

const (
	contactJSON  = `{"errcode":0,"external_contact":{"external_userid":"wmSYN000000000000000000000000001","name":"微信昵称","type":1,"gender":2,"unionid":"oSYN0000000000000000000001","avatar":"","external_profile":null},"follow_user":[{"userid":"pharm_lin","remark":"张**-左髋","description":"","createtime":1735600000,"tags":[{"group_name":"骨坏死分期","tag_name":"ARCO二期","type":1,"tag_id":"etSYN01"},{"group_name":"","tag_name":"张三的儿子","type":2}],"remark_corp_name":"","remark_mobiles":["13800000001"],"oper_userid":"pharm_lin","add_way":1,"wechat_channels":{"nickname":"","source":0},"state":"dr_0007"}],"next_cursor":""}`
	batchJSON    = `{"errcode":0,"external_contact_list":[{"external_contact":{"external_userid":"wmA","type":1,"gender":0},"follow_info":{"userid":"pharm_lin","createtime":1735600000,"tag_id":["etB","etA","etA"],"add_way":99,"state":""}}]}`
	callbackJSON = `{"Event":"change_external_contact","ChangeType":"del_follow_user","UserID":"pharm_lin","ExternalUserID":"wmSYN000000000000000000000000001","CreateTime":1735707700}`
	consentJSON  = `{"errcode":0,"agreeinfo":[{"status_change_time":1735600000,"userid":"pharm_lin","exteranalopenid":"wmSYN000000000000000000000000001","agree_status":"Default_Agree"}]}`
)

func TestDecodeWeComContact(t *testing.T) {
	friend := "add_friend 2024-12-31T07:06:40 wecom:" + patientWM + " pharm_lin add_way=1 state=dr_0007"
	tags := "contact_tags 2026-01-01T08:00:00 wecom:" + patientWM + " pharm_lin tags="
	profile := "profile 2026-01-01T08:00:00 wecom:" + patientWM
	checkFormat(t, DecodeWeComContact, contactJSON, []formatCase{
		{"a contact; personal tags, nickname and remark stay behind", nil, []string{friend, tags + "etSYN01", profile + " =unionid:oSYN0000000000000000000001 =phone:13800000001 sex=female"}, refusedAs("", "")},
		{"no unionid, sex unknown", []string{`"unionid":"oSYN0000000000000000000001",`, ``, `"gender":2`, `"gender":0`}, []string{friend, tags + "etSYN01", profile + " =phone:13800000001"}, refusedAs("", "")},
		{"two care workers have a row each", []string{`"follow_user":[`, `"follow_user":[{"userid":"pharm_wu","createtime":1735600060,"add_way":202},`},
			[]string{"add_friend 2024-12-31T07:07:40 wecom:" + patientWM + " pharm_wu add_way=202", "contact_tags 2026-01-01T08:00:00 wecom:" + patientWM + " pharm_wu tags=",
				friend, tags + "etSYN01", profile + " =unionid:oSYN0000000000000000000001 =phone:13800000001 sex=female"}, refusedAs("", "")},
		{"a tag of a rule group is kept", []string{`"type":1,"tag_id"`, `"type":3,"tag_id"`}, []string{friend, tags + "etSYN01", profile + " =unionid:oSYN0000000000000000000001 =phone:13800000001 sex=female"}, refusedAs("", "")},
		{"an error", []string{`"errcode":0`, `"errcode":40096`}, nil, refusedAs(ReasonBadValue, "errcode")},
		{"nobody", []string{`"external_userid":"wmSYN000000000000000000000000001",`, ``}, nil, refusedAs(ReasonMissingField, "external_contact.external_userid")},
		{"staff", []string{`"wmSYN000000000000000000000000001"`, `"pharm_wu"`}, nil, refusedAs(ReasonNoPatient, "external_contact.external_userid")},
		{"friendship without time", []string{`"createtime":1735600000,`, ``}, nil, refusedAs(ReasonMissingField, "follow_user[0].createtime")},
		{"tag as an object", []string{`"tag_id":"etSYN01"`, `"tag_id":{}`}, nil, refusedAs(ReasonBadValue, "follow_user[0].tags[0].tag_id")},
	})
	checkFormat(t, DecodeWeComContact, batchJSON, []formatCase{
		{"batch: ids only, way of adding that is not known", nil, []string{"add_friend 2024-12-31T07:06:40 wecom:wmA pharm_lin add_way=99",
			"contact_tags 2026-01-01T08:00:00 wecom:wmA pharm_lin tags=etA;etB", "profile 2026-01-01T08:00:00 wecom:wmA"}, refusedAs("", "")},
		{"way of adding of one who was added again", []string{`"add_way":99`, `"add_way":0`}, []string{"add_friend 2024-12-31T07:06:40 wecom:wmA pharm_lin add_way=0",
			"contact_tags 2026-01-01T08:00:00 wecom:wmA pharm_lin tags=etA;etB", "profile 2026-01-01T08:00:00 wecom:wmA"}, refusedAs("", "")},
		{"batch with a fault", []string{`"userid":"pharm_lin",`, ``}, nil, refusedAs(ReasonMissingField, "external_contact_list[0].follow_info.userid")},
	})
}

func TestDecodeWeComCallback(t *testing.T) {
	at := " 2025-01-01T13:01:40 wecom:" + patientWM + " pharm_lin"
	change := func(kind, more string) []string {
		return []string{`"del_follow_user"`, `"` + kind + `"` + more}
	}
	checkFormat(t, DecodeWeComCallback, callbackJSON, []formatCase{
		{"patient leaves", nil, []string{"del_friend" + at + " reason=by_patient"}, refusedAs("", "")},
		{"staff removes", change("del_external_contact", ""), []string{"del_friend" + at + " reason=by_staff"}, refusedAs("", "")},
		{"handed over", change("del_external_contact", `,"Source":"DELETE_BY_TRANSFER"`), []string{"del_friend" + at + " reason=by_transfer"}, refusedAs("", "")},
		{"added", change("add_external_contact", `,"State":"dr_0007","WelcomeCode":"SECRET"`), []string{"add_friend" + at + " state=dr_0007"}, refusedAs("", "")},
		{"half added", change("add_half_external_contact", ""), []string{"add_friend_half" + at}, refusedAs("", "")},
		{"edited", change("edit_external_contact", ""), []string{"contact_edited" + at}, refusedAs("", "")},
		{"agreed to the archive", change("msg_audit_approved", ""), []string{"consent" + at + " granted=true purpose=archive"}, refusedAs("", "")},
		{"change that is not known yet", change("transfer_fail", ""), []string{"transfer_fail" + at}, refusedAs("", "")},
		{"numbers as text, as from XML", []string{`1735707700`, `"1735707700"`}, []string{"del_friend" + at + " reason=by_patient"}, refusedAs("", "")},
		{"change in capitals", change("Add", ""), nil, refusedAs(ReasonUnknownType, "ChangeType")},
		{"another event", []string{`"change_external_contact"`, `"change_external_tag"`}, nil, refusedAs(ReasonUnknownType, "Event")},
		{"nobody", []string{`"ExternalUserID":"wmSYN000000000000000000000000001",`, ``}, nil, refusedAs(ReasonNoPatient, "ExternalUserID")},
		{"no time", []string{`"CreateTime":1735707700`, `"x":1`}, nil, refusedAs(ReasonMissingField, "CreateTime")},
	})
}

func TestDecodeWeComConsent(t *testing.T) {
	at := "consent 2024-12-31T07:06:40 wecom:" + patientWM + " pharm_lin granted="
	checkFormat(t, DecodeWeComConsent, consentJSON, []formatCase{
		{"by default, which nobody was asked", nil, []string{at + "true purpose=archive reason=default"}, refusedAs("", "")},
		{"agreed", []string{`Default_Agree`, `Agree`}, []string{at + "true purpose=archive"}, refusedAs("", "")},
		{"disagreed", []string{`Default_Agree`, `Disagree`}, []string{at + "false purpose=archive"}, refusedAs("", "")},
		{"name spelt right", []string{`exteranalopenid`, `externalopenid`}, []string{at + "true purpose=archive reason=default"}, refusedAs("", "")},
		{"another status", []string{`Default_Agree`, `Maybe`}, nil, refusedAs(ReasonBadValue, "agreeinfo[0].agree_status")},
		{"nobody", []string{`"exteranalopenid"`, `"x"`}, nil, refusedAs(ReasonMissingField, "agreeinfo[0].exteranalopenid")},
		{"none", []string{`"agreeinfo"`, `"x"`}, nil, refusedAs(ReasonMissingField, "agreeinfo")},
		{"an error", []string{`"errcode":0`, `"errcode":301`}, nil, refusedAs(ReasonBadValue, "errcode")},
	})
}

// Messages whose text stays in WeCom's data zone come with what was read in them.
func TestLabelledChats(t *testing.T) {
	canonical := replaced(t, chatJSON, `"text":"林药师，昨天忘了吃药，今天要补吗"`, `"labels":["missed_dose"]`)
	for name, got := range map[string]*Event{
		"canonical": one(t, DecodeCanonical, &Record{Value: []byte(canonical)}),
		"wecom":     one(t, DecodeWeCom, &Record{Value: []byte(weCom("text", `"labels":["missed_dose"]`))}),
	} {
		if got.Chat.Text != "" || got.Chat.MsgType != "text" || !reflect.DeepEqual(got.Chat.Labels, []string{"missed_dose"}) {
			t.Errorf("%s: %+v", name, *got.Chat)
		}
	}
	for _, c := range []struct{ name, msgType, body string }{
		{"an empty body", "text", `"labels":["missed_dose"],"text":{"content":""}`},
		{"a voice message that was listened to", "voice", `"labels":["missed_dose"],"voice":{"sdkfileid":"f","play_length":3}`},
		{"a type that is not known yet", "hologram", `"labels":["missed_dose"]`},
	} {
		got := one(t, DecodeWeCom, &Record{Value: []byte(weCom(c.msgType, c.body))})
		if !reflect.DeepEqual(got.Chat.Labels, []string{"missed_dose"}) || got.Chat.Text != "" {
			t.Errorf("%s: %+v", c.name, *got.Chat)
		}
	}
	markdown := one(t, DecodeWeCom, &Record{Value: []byte(weCom("markdown", `"labels":["x"],"info":{"content":"y"}`))})
	if markdown.Chat.Text != "y" || markdown.Chat.Labels != nil {
		t.Errorf("labels beside a text: %+v", *markdown.Chat)
	}
	other := one(t, DecodeWeCom, &Record{Value: []byte(weCom("hologram", `"labels":{"a":1}`))})
	if other.Chat.Labels != nil {
		t.Errorf("labels of another shape: %+v", *other.Chat)
	}
	wantReject(t, DecodeWeCom, &Record{Value: []byte(weCom("text", `"labels":["\n"]`))}, ReasonBadValue, "labels[0]")
	withText := one(t, DecodeWeCom, &Record{Value: []byte(weCom("text", `"labels":["x"],"text":{"content":"y"}`))})
	if withText.Chat.Text != "y" || withText.Chat.Labels != nil {
		t.Errorf("labels beside a text: %+v", *withText.Chat)
	}
	wantReject(t, DecodeCanonical, &Record{Value: []byte(replaced(t, canonical, `["missed_dose"]`, `[""]`))}, ReasonMissingField, "labels[0]")
	wantReject(t, DecodeWeCom, &Record{Value: []byte(weCom("text", `"labels":[]`))}, ReasonMissingField, "text.content")
}
