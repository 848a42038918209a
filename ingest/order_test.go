package ingest

import (
	"net/url"
	"strings"
	"testing"
)

const (
	youzanBody = `{"full_order_info":{"order_info":{"tid":"E20250101000000000000001","status":"TRADE_PAID","pay_type":10,"pay_time":"2025-01-01 10:00:00","created":"2025-01-01 09:58:00"},"buyer_info":{"yz_open_id":"yzSYN1","outer_user_id":"oSYN"},"pay_info":{"total_fee":"298.00","payment":"268.00"},"address_info":{"receiver_name":"张**","receiver_tel":"138****0000","delivery_province":"山东省"},"orders":[{"oid":"1","item_id":"10","item_no":"SKU-ONFH-01","sku_id":"20","title":"某中成药 30天装","num":2,"price":"149.00","total_fee":"298.00","payment":"268.00","is_present":false}]}}`
	youzanJSON = `{"client_id":"syn","id":"E20250101000000000000001","kdt_id":1,"kdt_name":"示例店","type":"trade_TradePaid","msg_id":"m-1","mode":1,"status":"TRADE_PAID","test":false,"version":1735700000,"sign":"x","msg":` + youzanBody + `}`
	jdJSON     = `{"orderId":"100000000001","parentOrderId":"0","orderState":"FINISHED_L","orderTotalPrice":"298.00","orderPayment":"268.00","freightPrice":"0.00","sellerDiscount":"30.00","orderStartTime":"2025-01-01 09:58:00","paymentConfirmTime":"2025-01-01 10:00:00","orderEndTime":"2025-01-04 18:00:00","modified":"2025-01-04 18:00:01","open_id_buyer":"jdSYN1","consigneeInfo":{"province":"山东","city":"济南市","county":"历下区"},"itemInfoList":[{"skuId":"900001","outerSkuId":"SKU-ONFH-01","skuName":"某中成药 30天装","jdPrice":"149.00","itemTotal":"2"}],"returnOrder":"0"}`
	taobaoJSON = `{"trade":{"tid":"T1","status":"WAIT_SELLER_SEND_GOODS","payment":"268.00","post_fee":"0.00","created":"2025-01-01 09:58:00","pay_time":"2025-01-01 10:00:00","modified":"2025-01-01 10:00:05","buyer_open_uid":"tbSYN1","oaid":"oaSYN1","receiver_name":"张**","receiver_mobile":"138****0000","orders":{"order":[{"oid":"T1a","outer_sku_id":"SKU-ONFH-01","title":"某中成药","num":1,"price":"149.00","refund_status":"NO_REFUND"},{"oid":"T1b","outer_iid":"SKU-HTN-01","title":"某片","num":1,"price":"119.00"}]}}}`
)

const youzanPaid = "paid 2025-01-01T10:00:00 youzan:yzSYN1 =openid:oSYN youzan order=E20250101000000000000001 rx= | E20250101000000000000001-1 SKU-ONFH-01 某中成药 30天装 x2 26800"

func TestDecodeYouzan(t *testing.T) {
	text := `"` + url.QueryEscape(youzanBody) + `"`
	undone := " 2025-01-01T09:58:00" + youzanPaid[len("paid 2025-01-01T10:00:00"):]
	checkFormat(t, DecodeYouzan, youzanJSON, []formatCase{
		{"body as an object", nil, []string{youzanPaid}, refusedAs("", "")},
		{"body URL-encoded in a string", []string{youzanBody, text}, []string{youzanPaid}, refusedAs("", "")},
		{"body bare in a string", []string{youzanBody, quotedJSON(youzanBody)}, []string{youzanPaid}, refusedAs("", "")},
		{"a plus and a percent in bare JSON are what they are", []string{youzanBody, quotedJSON(strings.Replace(youzanBody, "某中成药 30天装", "A+B 5%2", 1))}, []string{strings.Replace(youzanPaid, "某中成药 30天装", "A+B 5%2", 1)}, refusedAs("", "")},
		{"numbers as numbers", []string{`"payment":"268.00","is`, `"payment":268,"is`}, []string{youzanPaid}, refusedAs("", "")},
		{"a sent order is still the paid one", []string{`"trade_TradePaid"`, `"trade_TradeSellerShip"`, `"status":"TRADE_PAID","pay_type"`, `"status":"WAIT_BUYER_CONFIRM_GOODS","pay_type"`}, []string{youzanPaid}, refusedAs("", "")},
		{"success", []string{`"status":"TRADE_PAID","pay_type"`, `"status":"TRADE_SUCCESS","success_time":"2025-01-05 10:00:00","pay_type"`},
			[]string{"dispensed 2025-01-05" + youzanPaid[len("paid 2025-01-01"):]}, refusedAs("", "")},
		{"closed", []string{`"status":"TRADE_PAID","pay_type"`, `"status":"TRADE_CLOSED","pay_type"`}, []string{"cancelled" + undone}, refusedAs("", "")},
		{"all paid back", []string{`"pay_type"`, `"refund_state":12,"pay_type"`}, []string{"returned" + undone}, refusedAs("", "")},
		{"all paid back, in words", []string{`"pay_type"`, `"refund_state":"FULL_REFUNDED","pay_type"`}, []string{"returned" + undone}, refusedAs("", "")},
		{"a part paid back", []string{`"pay_type"`, `"refund_state":2,"pay_type"`}, []string{youzanPaid}, refusedAs("", "")},
		{"all asked back, not paid back yet", []string{`"pay_type"`, `"refund_state":11,"pay_type"`}, []string{youzanPaid}, refusedAs("", "")},
		{"not paid yet", []string{`"pay_time":"2025-01-01 10:00:00",`, ``}, []string{"order_created 2025-01-01T09:58:00 youzan:yzSYN1 =openid:oSYN youzan"}, refusedAs("", "")},
		{"whole telephone number", []string{`138****0000`, `138 0000 0001`}, []string{"paid 2025-01-01T10:00:00 youzan:yzSYN1 =openid:oSYN =phone:13800000001" + youzanPaid[len("paid 2025-01-01T10:00:00 youzan:yzSYN1 =openid:oSYN"):]}, refusedAs("", "")},
		{"a landline is of a household", []string{`138****0000`, `020-12345678`}, []string{youzanPaid}, refusedAs("", "")},
		{"trial push", []string{`"test":false`, `"test":true`}, nil, refusedAs(ReasonBadValue, "test")},
		{"not of an order", []string{`"trade_TradePaid"`, `"item_ItemUpdate"`}, nil, refusedAs(ReasonUnknownType, "type")},
		{"no message", []string{`"msg":`, `"x":`}, nil, refusedAs(ReasonMissingField, "msg")},
		{"message that is no JSON", []string{youzanBody, `"%7Bx"`}, nil, refusedAs(ReasonBadJSON, "msg")},
		{"message badly encoded", []string{youzanBody, `"%zz"`}, nil, refusedAs(ReasonBadValue, "msg")},
		{"order without lines", []string{`"orders":[`, `"x":[`}, nil, refusedAs(ReasonMissingField, "msg.full_order_info.orders")},
		{"line without a number", []string{`"num":2`, `"num":"two"`}, nil, refusedAs(ReasonBadValue, "msg.full_order_info.orders[0].num")},
		{"amount in thirds of a fen", []string{`"payment":"268.00","is`, `"payment":"268.001","is`}, nil, refusedAs(ReasonBadValue, "msg.full_order_info.orders[0].payment")},
		{"nobody", []string{`"yz_open_id":"yzSYN1","outer_user_id":"oSYN"`, ``}, nil, refusedAs(ReasonMissingField, "msg.full_order_info.buyer_info.yz_open_id")},
		{"time of its own kind", []string{`"pay_time":"2025-01-01 10:00:00"`, `"pay_time":"1 Jan"`}, nil, refusedAs(ReasonBadTime, "msg.full_order_info.order_info.pay_time")},
	})
}

func TestDecodeJD(t *testing.T) {
	body := " jd:jdSYN1 jd order=100000000001 rx= | 100000000001-900001 SKU-ONFH-01 某中成药 30天装 x2 26800"
	part := " jd:jdSYN1 jd order=99 rx= | 99-900001 SKU-ONFH-01 某中成药 30天装 x2 26800"
	state := func(word string) []string { return []string{`"FINISHED_L"`, `"` + word + `"`} }
	checkFormat(t, DecodeJD, jdJSON, []formatCase{
		{"finished", nil, []string{"dispensed 2025-01-04T18:00:00" + body}, refusedAs("", "")},
		{"freight is not for the goods", []string{`"orderPayment":"268.00","freightPrice":"0.00"`, `"orderPayment":"278.00","freightPrice":"10.00"`}, []string{"dispensed 2025-01-04T18:00:00" + body}, refusedAs("", "")},
		{"to be sent", state("WAIT_SELLER_STOCK_OUT"), []string{"paid 2025-01-01T10:00:00" + body}, refusedAs("", "")},
		{"on its way", state("WAIT_GOODS_RECEIVE_CONFIRM"), []string{"paid 2025-01-01T10:00:00" + body}, refusedAs("", "")},
		{"paid at the door", append(state("WAIT_SELLER_DELIVERY"), `"paymentConfirmTime":"2025-01-01 10:00:00",`, ``), []string{"order_created 2025-01-01T09:58:00 jd:jdSYN1 jd"}, refusedAs("", "")},
		{"cancelled", state("TRADE_CANCELED"), []string{"cancelled 2025-01-04T18:00:01" + body}, refusedAs("", "")},
		{"locked", state("LOCKED"), []string{"order_locked 2025-01-04T18:00:01 jd:jdSYN1 jd"}, refusedAs("", "")},
		{"paused", state("POP_ORDER_PAUSE"), []string{"order_paused 2025-01-04T18:00:01 jd:jdSYN1 jd"}, refusedAs("", "")},
		{"an exchange is no second fill", []string{`"returnOrder":"0"`, `"returnOrder":"1"`}, []string{"order_exchanged 2025-01-04T18:00:01 jd:jdSYN1 jd"}, refusedAs("", "")},
		{"part of a split order", []string{`"parentOrderId":"0"`, `"parentOrderId":"99","directParentOrderId":"99"`},
			[]string{"dispensed 2025-01-04T18:00:00" + body, "cancelled 2025-01-04T18:00:01" + part}, refusedAs("", "")},
		{"no order", []string{`"orderId":"100000000001",`, ``}, nil, refusedAs(ReasonMissingField, "orderId")},
		{"no time of change", []string{`"modified":"2025-01-04 18:00:01",`, ``}, nil, refusedAs(ReasonMissingField, "modified")},
		{"nobody", []string{`"open_id_buyer":"jdSYN1",`, ``}, nil, refusedAs(ReasonMissingField, "open_id_buyer")},
		{"no lines", []string{`"itemInfoList":[`, `"x":[`}, nil, refusedAs(ReasonMissingField, "itemInfoList")},
		{"line of none", []string{`"itemTotal":"2"`, `"itemTotal":"0"`}, nil, refusedAs(ReasonBadValue, "itemInfoList[0].itemTotal")},
		{"line as a list", []string{`"itemTotal":"2"`, `"itemTotal":[2]`}, nil, refusedAs(ReasonBadValue, "itemInfoList[0].itemTotal")},
		{"price in words", []string{`"149.00"`, `"dear"`}, nil, refusedAs(ReasonBadValue, "itemInfoList[0].jdPrice")},
	})
}

// A state that changes is an event of its own, and the same state read again is not.
func TestJDEventIDs(t *testing.T) {
	id := func(value string) string { return one(t, DecodeJD, &Record{Value: []byte(value)}).ID }
	first, again := id(jdJSON), id(jdJSON)
	if first != again || first == id(replaced(t, jdJSON, "18:00:01", "18:00:02")) {
		t.Error("event ids do not follow order and time of change")
	}
}

func TestDecodeTaobao(t *testing.T) {
	who := " taobao:tbSYN1 =oaid:oaSYN1 taobao order=T1 rx="
	lines := " | T1-T1a SKU-ONFH-01 某中成药 x1 14900 | T1-T1b SKU-HTN-01 某片 x1 11900"
	paid := "paid 2025-01-01T10:00:00" + who + lines
	status := func(word string) []string { return []string{`"WAIT_SELLER_SEND_GOODS"`, `"` + word + `"`} }
	checkFormat(t, DecodeTaobao, taobaoJSON, []formatCase{
		{"paid", nil, []string{paid}, refusedAs("", "")},
		{"a pharmacist has to look at it, by Alihealth's number", status("1"), []string{paid}, refusedAs("", "")},
		{"to be sent, by number", status("2"), []string{paid}, refusedAs("", "")},
		{"sent, by number", status("3"), []string{paid}, refusedAs("", "")},
		{"success, by number", append(status("6"), `"pay_time"`, `"end_time":"2025-01-09 08:00:00","pay_time"`), []string{"dispensed 2025-01-09T08:00:00" + who + lines}, refusedAs("", "")},
		{"closed after it was paid, by number", status("8"), []string{"returned 2025-01-01T10:00:05" + who + lines}, refusedAs("", "")},
		{"closed before it was paid, by number", append(status("8"), `"pay_time":"2025-01-01 10:00:00",`, ``), []string{"cancelled 2025-01-01T10:00:05" + who + lines}, refusedAs("", "")},
		{"the prescription that it is for", []string{`"tid":"T1"`, `"rx_id":"RX1","tid":"T1"`}, []string{strings.Replace(paid, "rx=", "rx=RX1", 1)}, refusedAs("", "")},
		{"finished", append(status("TRADE_FINISHED"), `"pay_time"`, `"end_time":"2025-01-09 08:00:00","pay_time"`), []string{"dispensed 2025-01-09T08:00:00" + who + lines}, refusedAs("", "")},
		{"closed before it was paid", append(status("TRADE_CLOSED_BY_TAOBAO"), `"pay_time":"2025-01-01 10:00:00",`, ``), []string{"cancelled 2025-01-01T10:00:05" + who + lines}, refusedAs("", "")},
		{"closed after it was paid", status("TRADE_CLOSED"), []string{"returned 2025-01-01T10:00:05" + who + lines}, refusedAs("", "")},
		{"to be paid", append(status("0"), `"pay_time":"2025-01-01 10:00:00",`, ``), []string{"order_created 2025-01-01T09:58:00 taobao:tbSYN1 =oaid:oaSYN1 taobao"}, refusedAs("", "")},
		{"one line paid back", []string{`"NO_REFUND"`, `"SUCCESS"`}, []string{paid, "returned 2025-01-01T10:00:05" + who + " | T1-T1a SKU-ONFH-01 某中成药 x1 14900"}, refusedAs("", "")},
		{"lines as a list", []string{`{"order":[`, `[`, `}]}`, `}]`}, []string{paid}, refusedAs("", "")},
		{"no lines", []string{`"order":[`, `"x":[`}, nil, refusedAs(ReasonMissingField, "trade.orders")},
		{"line without a number", []string{`"num":1,"price":"149.00"`, `"price":"149.00"`}, nil, refusedAs(ReasonMissingField, "trade.orders[0].num")},
		{"nobody", []string{`"buyer_open_uid":"tbSYN1","oaid":"oaSYN1",`, ``}, nil, refusedAs(ReasonMissingField, "trade.buyer_open_uid")},
	})
}

// What was paid is divided by price, to the fen: 100 fen of 3 equal lines are 33, 33 and 34.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		name   string
		prices []int64
		paid   int64
		want   []int64
	}{
		{"thirds", []int64{5000, 5000, 5000}, 100, []int64{33, 33, 34}},
		{"by price", []int64{30000, 10000}, 20000, []int64{15000, 5000}},
		{"more than the prices", []int64{100}, 150, []int64{100}},
		{"nothing", []int64{100, 100}, 0, []int64{0, 0}},
		{"large", []int64{1e9, 1e9, 1e9}, 1e9, []int64{333333333, 333333333, 333333334}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &order{id: "x"}
			for _, price := range c.prices {
				o.add("1", Item{AmountFen: price})
			}
			o.share(c.paid)
			for i, want := range c.want {
				if o.items[i].AmountFen != want {
					t.Errorf("line %d: %d, want %d", i, o.items[i].AmountFen, want)
				}
			}
			if len(c.prices) > 1 && (o.items[0].ClaimID != "x-1" || o.items[1].ClaimID != "x-1-2") {
				t.Errorf("claims %s and %s", o.items[0].ClaimID, o.items[1].ClaimID)
			}
		})
	}
}

func TestFen(t *testing.T) {
	for _, c := range []struct {
		text scalar
		want int64
	}{{"1.15", 115}, {"268.00", 26800}, {"268.0000", 26800}, {"0.1", 10}, {"3", 300}, {"", 0}} {
		if got, reject := c.text.fen("x"); reject != nil || got != c.want {
			t.Errorf("%s: %d, %v", c.text, got, reject)
		}
	}
	for _, text := range []scalar{"-1", "1.155", "1,000", "1e3", "１", "10000001", ".5", "1.x"} {
		if got, reject := text.fen("x"); reject == nil {
			t.Errorf("%s: %d, want a reject", text, got)
		}
	}
}
