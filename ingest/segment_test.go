package ingest

import "testing"

const trackJSON = `{"type":"track","messageId":"m-77","anonymousId":"a-1","userId":"p1","event":"Live Viewed","properties":{"live_id":"L20250101","seconds":1260,"disease_line":"onfh","stage":"early","name":"张三"},"context":{"ip":"10.0.0.1","campaign":{"name":"2025-618","source":"wecom","medium":"moments"},"locale":"zh-CN"},"timestamp":"2025-01-01T20:30:00+08:00","sentAt":"2025-01-01T20:30:01+08:00"}`

func TestDecodeSegment(t *testing.T) {
	who := " account:p1 =anonymous:a-1"
	what := " line=onfh wecom 2025-618 content_id=L20250101 seconds=1260 stage=early"
	call := func(kind, more string) []string { return []string{`"type":"track"`, `"type":"` + kind + `"` + more} }
	checkFormat(t, DecodeSegment, trackJSON, []formatCase{
		{"track; what is not kept stays behind", nil, []string{"view_live 2025-01-01T20:30:00" + who + what}, refusedAs("", "")},
		{"a clock an hour behind", []string{`"sentAt":"2025-01-01T20:30:01`, `"receivedAt":"2025-01-01T21:30:01+08:00","sentAt":"2025-01-01T20:30:01`},
			[]string{"view_live 2025-01-01T21:30:00" + who + " line=onfh wecom 2025-618 client_at=2025-01-01T20:30:00+08:00 content_id=L20250101 seconds=1260 stage=early"}, refusedAs("", "")},
		{"a clock that Segment has corrected already", []string{`"timestamp":"2025-01-01T20:30:00+08:00","sentAt":"2025-01-01T20:30:01`, `"timestamp":"2025-01-01T21:30:00+08:00","originalTimestamp":"2025-01-01T20:30:00+08:00","receivedAt":"2025-01-01T21:30:01+08:00","sentAt":"2025-01-01T20:30:01`},
			[]string{"view_live 2025-01-01T21:30:00" + who + " line=onfh wecom 2025-618 client_at=2025-01-01T20:30:00+08:00 content_id=L20250101 seconds=1260 stage=early"}, refusedAs("", "")},
		{"a name of one's own", []string{`Live Viewed`, `YogaClass Finished!`}, []string{"yoga_class_finished 2025-01-01T20:30:00" + who + what}, refusedAs("", "")},
		{"nobody but a browser", []string{`"userId":"p1",`, ``}, []string{"view_live 2025-01-01T20:30:00 anonymous:a-1" + what}, refusedAs("", "")},
		{"identify", call("identify", `,"traits":{"gender":"女","birthday":"1961-02-03","phone":"13800000001","unionid":"oSYN","name":"张三","email":"a@b"}`),
			[]string{"profile 2025-01-01T20:30:00" + who + " =unionid:oSYN =phone:13800000001 wecom 2025-618 birth_year=1961 sex=female"}, refusedAs("", "")},
		{"alias, of a browser or an account", append(call("alias", `,"previousId":"old"`), `"anonymousId":"a-1",`, ``), []string{"identity_linked 2025-01-01T20:30:00 account:p1 =anonymous:old =account:old wecom 2025-618"}, refusedAs("", "")},
		{"page", call("page", ""), []string{"view_page 2025-01-01T20:30:00" + who + what}, refusedAs("", "")},
		{"group", call("group", `,"groupId":"g1"`), []string{"account_group 2025-01-01T20:30:00" + who + " wecom 2025-618 group=g1"}, refusedAs("", "")},
		{"alias of nothing", call("alias", ""), nil, refusedAs(ReasonMissingField, "previousId")},
		{"track of nothing", []string{`"event":"Live Viewed",`, ``}, nil, refusedAs(ReasonMissingField, "event")},
		{"name without letters", []string{`Live Viewed`, `直播`}, nil, refusedAs(ReasonUnknownType, "event")},
		{"another call", call("dance", ""), nil, refusedAs(ReasonUnknownType, "type")},
		{"nobody", []string{`"anonymousId":"a-1","userId":"p1",`, ``}, nil, refusedAs(ReasonMissingField, "userId")},
		{"no id", []string{`"messageId":"m-77",`, ``}, nil, refusedAs(ReasonMissingField, "messageId")},
		{"bad time", []string{`"timestamp":"2025-01-01T20:30:00+08:00"`, `"timestamp":"today"`}, nil, refusedAs(ReasonBadTime, "timestamp")},
		{"line in Chinese", []string{`"onfh"`, `"骨坏死"`}, nil, refusedAs(ReasonBadValue, "properties.disease_line")},
		{"fact with a line end", []string{`"early"`, `"a\nb"`}, nil, refusedAs(ReasonBadValue, "properties.stage")},
	})
}
