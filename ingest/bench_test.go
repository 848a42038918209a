package ingest

import "testing"

const (
	chatJSON         = `{"v":1,"event_id":"c-000017","type":"chat.message","at":"2026-01-05T09:12:33.120+08:00","patient":{"kind":"wecom","id":"wmSYN0001"},"line":"onfh","speaker":"patient","staff_id":"pharm_lin","text":"林药师，昨天忘了吃药，今天要补吗"}`
	prescriptionJSON = `{"v":1,"event_id":"p-000042","type":"prescription.paid","at":"2026-01-06T20:01:00+08:00","patient":{"kind":"youzan","id":"yzSYN0001"},"links":[{"kind":"phone","id":"13800000001"}],"line":"onfh","channel":"youzan","order_id":"E20260106000001","items":[{"claim_id":"E20260106000001-1","sku":"SKU-ONFH-01","quantity":2,"amount_fen":29800}]}`
	activityJSON     = `{"v":1,"event_id":"a-000099","type":"activity.measurement","at":"2026-01-07T07:30:00+08:00","patient":{"kind":"wecom","id":"wmSYN0001"},"line":"htn","measurements":[{"kind":"bp_systolic","value":152,"unit":"mmHg","context":"home"},{"kind":"bp_diastolic","value":96,"unit":"mmHg","context":"home"}]}`
	leadJSON         = `{"v":1,"event_id":"a-000100","type":"activity.lead","at":"2026-01-07T07:30:00+08:00","patient":{"kind":"wecom","id":"wmSYN0001"},"channel":"doctor_qr","attributes":{"sex":"female","birth_year":"1961","city_tier":"2"}}`
	weComTextJSON    = `{"msgid":"10001_1735707600123_external","action":"send","from":"wmSYN000000000000000000000000001","tolist":["pharm_lin"],"roomid":"","msgtime":1735707600123,"msgtype":"text","text":{"content":"林药师，昨天忘了吃药，今天要补吗"}}`
)

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name, value string
		decode      Decode
	}{
		{"chat", chatJSON, DecodeCanonical},
		{"prescription", prescriptionJSON, DecodeCanonical},
		{"measurement", activityJSON, DecodeCanonical},
		{"lead", leadJSON, DecodeCanonical},
		{"wecom", weComTextJSON, DecodeWeCom},
	} {
		b.Run(c.name, func(b *testing.B) {
			rec := &Record{Value: []byte(c.value)}
			b.SetBytes(int64(len(c.value)))
			b.ReportAllocs()
			for b.Loop() {
				if err := c.decode(rec, func(*Event) {}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
