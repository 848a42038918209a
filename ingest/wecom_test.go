package ingest

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const patientWM = "wmSYN000000000000000000000000001"

// weCom makes a message from the patient to a pharmacist with a type and a body.
func weCom(msgType, body string) string {
	return `{"msgid":"m-1_external","action":"send","from":"` + patientWM + `","tolist":["pharm_lin"],"roomid":"",` +
		`"msgtime":1735707600123,"msgtype":"` + msgType + `",` + body + `}`
}

// Every type of the archive passes, whatever the place of its body (trap a), and types that do not exist
// yet pass too (trap d). Text is taken where it is the message.
func TestDecodeWeComTypes(t *testing.T) {
	for _, c := range []struct{ msgType, body, text string }{
		{"text", `"text":{"content":"今天要补吗"}`, "今天要补吗"},
		{"image", `"image":{"sdkfileid":"f","md5sum":"m","filesize":1}`, ""},
		{"voice", `"voice":{"sdkfileid":"f","voice_size":1,"play_length":3,"md5sum":"m"}`, ""},
		{"video", `"video":{"sdkfileid":"f","filesize":1,"play_length":3,"md5sum":"m"}`, ""},
		{"card", `"card":{"corpname":"c","userid":"u"}`, ""},
		{"location", `"location":{"longitude":117.1,"latitude":36.6,"address":"山东省济南市历下区示例路8号","title":"示例花园","zoom":15}`, "济南市"},
		{"emotion", `"emotion":{"type":1,"width":2,"height":2,"imagesize":1,"sdkfileid":"f","md5sum":"m"}`, ""},
		{"file", `"file":{"filename":"a.pdf","fileext":"pdf","filesize":1,"sdkfileid":"f","md5sum":"m"}`, ""},
		{"link", `"link":{"title":"t","description":"d","link_url":"l","image_url":"i"}`, ""},
		{"weapp", `"weapp":{"title":"t","description":"d","username":"u","displayname":"n"}`, ""},
		{"chatrecord", `"chatrecord":{"title":"t","item":[{"type":"ChatRecordText","content":"{\"content\":\"好\"}","msgtime":1735707600,"from_chatroom":false},{"type":"ChatRecordImage","content":"x"},{"type":"ChatRecordText","content":"{\"content\":\"行\"}"}]}`, "好\n行"},
		{"todo", `"todo":{"title":"t","content":"c"}`, ""},
		{"vote", `"votetitle":"t","voteitem":["a","b"],"votetype":101,"voteid":"v"`, ""},
		{"collect", `"collect":{"room_name":"r","creator":"c","create_time":"2025-01-01","details":[{"id":1,"ques":"q","type":"Text"}]}`, ""},
		{"redpacket", `"redpacket":{"type":1,"wish":"w","totalcnt":1,"totalamount":100}`, ""},
		{"external_redpacket", `"redpacket":{"type":1,"wish":"w","totalcnt":1,"totalamount":100}`, ""},
		{"meeting", `"meeting":{"topic":"t","starttime":1,"endtime":2,"address":"a","remarks":"r","meetingtype":102,"meetingid":1,"status":1}`, ""},
		{"docmsg", `"doc":{"title":"t","link_url":"l","doc_creator":"c"}`, ""},
		{"markdown", `"info":{"content":"**请**按时服药"}`, "**请**按时服药"},
		{"news", `"info":{"item":[{"title":"t","description":"d","url":"u","picurl":"p"}]}`, ""},
		{"calendar", `"calendar":{"title":"t","creatorname":"c","attendeename":["a"],"starttime":1,"endtime":2,"place":"p","remarks":"r"}`, ""},
		{"mixed", `"mixed":{"item":[{"type":"text","content":"{\"content\":\"看\"}"},{"type":"image","content":"{\"sdkfileid\":\"f\"}"}]}`, "看"},
		{"meeting_voice_call", `"voiceid":"v","meeting_voice_call":{"endtime":1,"sdkfileid":"f","demofiledata":[],"sharescreendata":[]}`, ""},
		{"voip_doc_share", `"voipid":"v","voip_doc_share":{"filename":"f","md5sum":"m","filesize":1,"sdkfileid":"f"}`, ""},
		{"sphfeed", `"sphfeed":{"feed_type":4,"sph_name":"s","feed_desc":"d"}`, ""},
		{"voiptext", `"info":{"callduration":10,"invitetype":1}`, ""},
		{"qydiskfile", `"info":{"filename":"f"}`, ""},
		{"hologram", `"text":7,"info":"x","agree":"x","user":{},"time":"x","mixed":[]`, ""},
	} {
		t.Run(c.msgType, func(t *testing.T) {
			got := one(t, DecodeWeCom, &Record{Value: []byte(weCom(c.msgType, c.body))})
			want := &Event{
				ID: "m-1_external", Type: "message", At: time.UnixMilli(1735707600123).UTC(), Source: "wecom",
				Patient: Identifier{KindWeCom, patientWM},
				Chat:    &Chat{Speaker: SpeakerPatient, StaffID: "pharm_lin", MsgType: c.msgType, Text: c.text},
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v %+v\nwant %+v %+v", got, got.Chat, want, want.Chat)
			}
		})
	}
}

// Trap b: milliseconds or seconds, by size.
func TestWeComTime(t *testing.T) {
	for _, c := range []struct{ name, number, want string }{
		{"milliseconds", "1735707600123", "2025-01-01T05:00:00.123Z"},
		{"seconds", "1735707600", "2025-01-01T05:00:00Z"},
		{"just seconds", "4000000000", "2096-10-02T07:06:40Z"},
		{"just milliseconds", "100000000000", "1973-03-03T09:46:40Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			value := replaced(t, weComTextJSON, `"msgtime":1735707600123`, `"msgtime":`+c.number)
			if got := one(t, DecodeWeCom, &Record{Value: []byte(value)}).At.Format(time.RFC3339Nano); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Trap e: who is the patient, and who speaks.
func TestWeComParties(t *testing.T) {
	for _, c := range []struct {
		name, from, to, room   string
		patient, speaker, want string
	}{
		{"patient to staff", "wmA", `"pharm_lin"`, "", "wmA", SpeakerPatient, "pharm_lin"},
		{"contact of WeCom to staff", "woA", `"pharm_lin"`, "", "woA", SpeakerPatient, "pharm_lin"},
		{"staff to patient", "pharm_lin", `"wmA"`, "", "wmA", SpeakerStaff, "pharm_lin"},
		{"robot to patient", "wbR", `"wmA","pharm_lin"`, "", "wmA", SpeakerRobot, "pharm_lin"},
		{"patient to a group", "wmA", `"pharm_lin","wmB","wmC"`, "wrG", "wmA", SpeakerPatient, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := one(t, DecodeWeCom, &Record{Value: []byte(weComBetween(c.from, c.to, c.room))})
			if string(got.Patient.Value) != c.patient || got.Chat.Speaker != c.speaker || got.Chat.StaffID != c.want {
				t.Errorf("patient %s, %s, staff %q", string(got.Patient.Value), got.Chat.Speaker, got.Chat.StaffID)
			}
			if got.Chat.RoomID != c.room {
				t.Errorf("room %q", got.Chat.RoomID)
			}
		})
	}
	for _, c := range []struct{ name, from, to, room string }{
		{"staff to staff", "pharm_lin", `"pharm_wu"`, ""},
		{"staff to a group", "pharm_lin", `"wmA"`, "wrG"},
		{"robot to a group", "wbR", `"wmA"`, "wrG"},
		{"staff to nobody", "pharm_lin", ``, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantReject(t, DecodeWeCom, &Record{Value: []byte(weComBetween(c.from, c.to, c.room))}, ReasonNoPatient, "from")
		})
	}
}

// A place that a patient sends is their home, often: its city is kept and nothing else.
func TestCityOf(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"山东省济南市历下区示例路8号", "济南市"},
		{"中国广东省广州市海珠区", "广州市"},
		{"北京市朝阳区示例街1号", "北京市"},
		{"江苏省镇江市", "镇江市"},
		{"吉林省延边朝鲜族自治州延吉市", "延边朝鲜族自治州"},
		{"新疆维吾尔自治区克孜勒苏柯尔克孜自治州阿图什市", "克孜勒苏柯尔克孜自治州"},
		{"黑龙江省大兴安岭地区", "大兴安岭地区"},
		{"内蒙古自治区锡林郭勒盟锡林浩特市", "锡林郭勒盟"},
		{"山东省示例路8号城市花园", ""},
		{"山东省示例路城市花园", ""},
		{"山东省 济南市", ""},
		{"示例超市", ""},
		{"济南市历下区", ""}, // without its province it could be anything
		{"", ""},
	} {
		if got := cityOf(c.address); got != c.want {
			t.Errorf("%s: got %q, want %q", c.address, got, c.want)
		}
	}
	value := weCom("location", `"location":{"longitude":117.1,"latitude":36.6,"address":"济南示例路","title":"示例花园"}`)
	if got := one(t, DecodeWeCom, &Record{Value: []byte(value)}).Chat.Text; got != "" {
		t.Errorf("a place without a city leaves %q", got)
	}
}

func weComBetween(from, to, room string) string {
	return `{"msgid":"m","action":"send","from":"` + from + `","tolist":[` + to + `],"roomid":"` + room +
		`","msgtime":1735707600123,"msgtype":"text","text":{"content":"x"}}`
}

// Trap f: a message that is pulled again is the same event. Trap h: an archive holds only staff with a
// seat, so a message says nothing about the others in the group, and no event is made for them.
func TestWeComRepeats(t *testing.T) {
	rec := &Record{Value: []byte(weComBetween("wmA", `"pharm_lin","pharm_wu","wmB"`, "wrG"))}
	first, again := one(t, DecodeWeCom, rec), one(t, DecodeWeCom, rec)
	if first.ID != "m" || !reflect.DeepEqual(first, again) {
		t.Errorf("two events of one message: %+v, %+v", first, again)
	}
}

// Trap g: a recall stands for itself, its original may come later.
func TestWeComRecall(t *testing.T) {
	value := replaced(t, weCom("revoke", `"revoke":{"pre_msgid":"m-0_external"}`), `"send"`, `"recall"`)
	got := one(t, DecodeWeCom, &Record{Value: []byte(value)})
	want := Chat{Speaker: SpeakerPatient, StaffID: "pharm_lin", MsgType: "revoke", Recalls: "m-0_external"}
	if got.Type != "recall" || !reflect.DeepEqual(*got.Chat, want) {
		t.Errorf("got %s %+v", got.Type, *got.Chat)
	}
}

func TestWeComConsentAndSwitch(t *testing.T) {
	consent := weCom("agree", `"agree":{"userid":"wmB","agree_time":1735707600}`)
	got := one(t, DecodeWeCom, &Record{Value: []byte(consent)})
	want := &Event{
		ID: "m-1_external", Type: "consent", At: time.Unix(1735707600, 0).UTC(), Source: "wecom",
		Patient:  Identifier{KindWeCom, "wmB"},
		Activity: &Activity{StaffID: "pharm_lin", Attributes: map[string]string{"purpose": "archive", "granted": "true"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("agree: got %+v %+v", got, got.Activity)
	}
	got = one(t, DecodeWeCom, &Record{Value: []byte(weCom("disagree", `"disagree":{"userid":"wmB","disagree_time":1735707700456}`))})
	if got.Activity.Attributes["granted"] != "false" || got.At.UnixMilli() != 1735707700456 {
		t.Errorf("disagree: got %+v %+v", got, got.Activity)
	}
	got = one(t, DecodeWeCom, &Record{Value: []byte(weCom("agree", `"agree":{}`))})
	if string(got.Patient.Value) != patientWM || got.At.UnixMilli() != 1735707600123 {
		t.Errorf("agree without a body: got %+v", got)
	}
	got = one(t, DecodeWeCom, &Record{Value: []byte(`{"msgid":"s","action":"switch","time":1735707600123,"user":"wmA"}`)})
	if got.Type != "switch" || got.Activity == nil || string(got.Patient.Value) != "wmA" {
		t.Errorf("switch: got %+v", got)
	}
}

var weComRejects = []struct{ name, value, reason, field string }{
	{"no msgid", `{"action":"send"}`, ReasonMissingField, "msgid"},
	{"an envelope that is still encrypted", `{"errcode":0,"errmsg":"ok","chatdata":[{"seq":196,"msgid":"x","publickey_ver":3,"encrypt_random_key":"x","encrypt_chat_msg":"x"}]}`, ReasonBadValue, "chatdata"},
	{"no msgtype", `{"msgid":"m","from":"wmA"}`, ReasonMissingField, "msgtype"},
	{"no from", `{"msgid":"m","msgtype":"text"}`, ReasonMissingField, "from"},
	{"no msgtime", `{"msgid":"m","msgtype":"text","from":"wmA"}`, ReasonMissingField, "msgtime"},
	{"msgtime 0", `{"msgid":"m","msgtype":"text","from":"wmA","msgtime":0}`, ReasonBadTime, "msgtime"},
	{"msgtime in microseconds", `{"msgid":"m","msgtype":"text","from":"wmA","msgtime":1735707600123000}`, ReasonBadTime, "msgtime"},
	{"msgtime in 2200", `{"msgid":"m","msgtype":"text","from":"wmA","msgtime":7258118400000}`, ReasonBadTime, "msgtime"},
	{"msgtime as text", `{"msgid":"m","msgtype":"text","from":"wmA","msgtime":"1735707600123"}`, ReasonBadValue, "msgtime"},
	{"tolist as text", `{"msgid":"m","msgtype":"text","from":"wmA","tolist":"x"}`, ReasonBadValue, "tolist"},
	{"tolist with a line end", `{"msgid":"m","msgtype":"text","from":"wmA","tolist":["a","\n"]}`, ReasonBadValue, "tolist[1]"},
	{"text without a body", weCom("text", `"info":{}`), ReasonMissingField, "text.content"},
	{"text as a number", weCom("text", `"text":{"content":1}`), ReasonBadValue, "text.content"},
	{"text too long", weCom("text", `"text":{"content":"`+strings.Repeat("a", MaxTextBytes+1)+`"}`), ReasonTooLarge, "text.content"},
	{"markdown too long", weCom("markdown", `"info":{"content":"`+strings.Repeat("a", MaxTextBytes+1)+`"}`), ReasonTooLarge, "info.content"},
	{"recall of nothing", weCom("revoke", `"revoke":{}`), ReasonMissingField, "revoke.pre_msgid"},
	// Trap c: the content of an item is JSON in a string, with faults of its own.
	{"item of no JSON", weCom("mixed", `"mixed":{"item":[{"type":"image"},{"type":"text","content":"x"}]}`), ReasonBadValue, "mixed.item[1].content"},
	{"item of other JSON", weCom("chatrecord", `"chatrecord":{"item":[{"type":"ChatRecordText","content":"{\"content\":1}"}]}`), ReasonBadValue, "chatrecord.item[0].content"},
	{"item not in a string", weCom("mixed", `"mixed":{"item":[{"type":"text","content":{"content":"x"}}]}`), ReasonBadValue, "mixed.item[0].content"},
	{"agree of staff", replacedOnce(weCom("agree", `"agree":{"userid":"pharm_wu","agree_time":1735707600}`), patientWM, "pharm_lin"), ReasonNoPatient, "agree.userid"},
	{"agree at no time", weCom("agree", `"agree":{"userid":"wmB","agree_time":-1}`), ReasonBadTime, "agree.agree_time"},
	{"switch of staff", `{"msgid":"s","action":"switch","time":1735707600123,"user":"pharm_lin"}`, ReasonNoPatient, "user"},
	{"switch without time", `{"msgid":"s","action":"switch","user":"wmA"}`, ReasonMissingField, "time"},
}

func TestDecodeWeComRejects(t *testing.T) {
	for _, c := range weComRejects {
		t.Run(c.name, func(t *testing.T) {
			wantReject(t, DecodeWeCom, &Record{Value: []byte(c.value)}, c.reason, c.field)
		})
	}
}
