package generate

import "strconv"

// prescription writes the fields of a prescription, an order or its undoing.
func (w *writer) prescription(b []byte, e *event, p *person) []byte {
	o := unpack(e)
	b = w.staffID(b, e)
	b = appendField(b, "channel", channelNames[e.topic])
	isUndoing := e.kind == rxReturned || e.kind == rxCancelled
	b = append(b, `,"order_id":"`...)
	b = append(appendOrderID(b, e.kind, e.topic, e.person, o.number), '"')
	if e.kind == rxPrescribed {
		b = append(b, `,"rx_id":"`...)
		b = append(appendOrderID(b, e.kind, e.topic, e.person, o.number), '"')
	}
	if e.topic == chHospital || e.kind == rxPrescribed {
		b = w.diagnoses(b, e, p)
	}
	b = append(b, `,"items":[`...)
	isFirst := true
	for i, product := range o.products {
		if product < 0 || isUndoing && o.undoes>>i&1 == 0 {
			continue
		}
		if !isFirst {
			b = append(b, ',')
		}
		isFirst = false
		b = w.item(b, e, &o, i)
	}
	if o.hasGift && !isUndoing {
		b = append(b, `,{"claim_id":"`...)
		b = appendOrderID(b, e.kind, e.topic, e.person, o.number)
		b = append(b, `-9","sku":"SKU-GIFT-01","quantity":1,"amount_fen":0}`...)
	}
	return append(b, ']')
}

func (w *writer) diagnoses(b []byte, e *event, p *person) []byte {
	l := &w.g.lines[p.line]
	if len(l.ICD10) == 0 {
		return b
	}
	b = append(b, `,"icd10":["`...)
	b = append(b, diagnosis(l.Line.Code, l.ICD10[0])...)
	b = append(b, '"')
	if l.rates.comorbid != "" && mix(uint64(e.person))%8 == 0 {
		b = append(b, `,"`...)
		b = append(b, l.rates.comorbid...)
		b = append(b, '"')
	}
	return append(b, ']')
}

// diagnosis is the usual full code of a line.
func diagnosis(line, prefix string) string {
	switch line {
	case "onfh":
		return "M87.051"
	case "dm":
		return "E11.9"
	case "bc":
		return "C50.9"
	}
	return prefix
}

// item writes one drug line in the wording of the source.
func (w *writer) item(b []byte, e *event, o *order, i int) []byte {
	product := &w.g.products[o.products[i]]
	drug := &w.g.drugs[product.drug]
	b = append(b, `{"claim_id":"`...)
	b = appendClaimID(b, e.kind, e.topic, e.person, o.number, i+1)
	b = append(b, '"')
	named := o.wording == byName || o.wording == byNameAndDose || o.wording == byBoth
	if !named || o.wording == byBoth {
		if e.fault != itemWithoutDrug {
			b = appendField(b, "sku", product.SKU)
		}
	}
	if named && e.fault != itemWithoutDrug {
		b = appendField(b, "drug", drug.names[drugName(e, len(drug.names))])
	}
	packs := o.packs[i]
	if e.fault == badQuantity {
		packs = 0
	}
	b = appendInt(b, "quantity", int64(packs))
	if o.wording != bySKU && o.wording != byBoth {
		b = appendInt(b, "days_supply", int64(product.days*o.packs[i]))
	}
	if o.wording == byNameAndDose && product.PackDays > 0 {
		b = append(b, `,"daily_dose":`...)
		b = strconv.AppendFloat(b, float64(int(100*product.PackUnits/product.PackDays))/100, 'f', -1, 64)
	}
	if e.kind != rxPrescribed {
		b = appendInt(b, "amount_fen", product.PriceFen*int64(o.packs[i]))
	}
	return append(b, '}')
}

// drugName chooses the generic name most of the time, else a brand or another name.
func drugName(e *event, names int) int {
	h := mix(uint64(e.seed))
	if h%10 < 6 {
		return 0
	}
	return int(h >> 8 % uint64(names))
}

// appendOrderID writes the number of an order of a channel, or of a prescription.
func appendOrderID(b []byte, k kind, channel uint16, person uint32, number int32) []byte {
	if k == rxPrescribed {
		b = append(b, "RX"...)
	} else {
		b = append(b, channelPrefix[channel]...)
	}
	b = appendPadded(b, int(person), 7)
	return appendPadded(b, int(number), 4)
}

func appendClaimID(b []byte, k kind, channel uint16, person uint32, number int32, item int) []byte {
	b = append(appendOrderID(b, k, channel, person, number), '-')
	return strconv.AppendInt(b, int64(item), 10)
}
