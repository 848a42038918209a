package models

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// history is a lake of invented families whose events arrive step by step, late, repeated, withdrawn, under keys
// whose links are learnt later; days pass, files are merged and people are erased.
type history struct {
	t        *testing.T
	random   *rand.Rand
	dir      string
	db       *sql.DB // tables rows_<lake table>, with the file that holds each row
	sources  []Source
	columns  map[string][]string
	families []family
	offset   int
	files    int
	day      int // the business day, counted from 2026-01-01
	events   []string
}

// family is up to three people who may share a phone.
type family struct {
	people [][]string // keys of each: wecom, phone, shop
}

var historyStart = day("2026-01-01")

func newHistory(t *testing.T, seed uint64, families int) *history {
	t.Helper()
	h := &history{t: t, random: rand.New(rand.NewPCG(seed, 7)), dir: t.TempDir(), db: openDuckDB(t), sources: emptyLake(t),
		columns: map[string][]string{}, day: 120}
	h.exec("attach ':memory:' as lake")
	for _, s := range h.sources {
		h.exec(s.DDL)
		h.exec("create table rows_" + s.Name + " as select 0 as file_no, * from lake." + s.Name)
		rows, err := h.db.Query("select column_name || ' ' || data_type from duckdb_columns() where database_name = 'lake' and table_name = ? order by column_index", s.Name)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var c string
			if err := rows.Scan(&c); err != nil {
				t.Fatal(err)
			}
			h.columns[s.Name] = append(h.columns[s.Name], c)
		}
	}
	for f := range families {
		var who family
		for p := range 1 + h.random.IntN(3) {
			var keys []string
			for _, kind := range []string{"wecom", "phone", "youzan"} {
				keys = append(keys, fmt.Sprintf("%08x_%d_%d_%s", h.random.Uint32(), f, p, kind))
			}
			if p > 0 && h.one(3) {
				keys[1] = who.people[0][1] // the phone of the household
			}
			who.people = append(who.people, keys)
		}
		h.families = append(h.families, who)
	}
	return h
}

func (h *history) exec(query string) {
	h.t.Helper()
	if _, err := h.db.Exec(query); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
}

// one is true in one of n cases.
func (h *history) one(n int) bool { return h.random.IntN(n) == 0 }

func (h *history) pick(words ...string) string { return words[h.random.IntN(len(words))] }

// row is a row of a lake table; columns that are not given are empty.
type row map[string]string

// event is the common part of a row: mostly of the last months, sometimes of today or of days to come.
func (h *history) event(key string) row {
	when := h.day - h.random.IntN(110)
	switch {
	case h.one(8):
		when = h.day
	case h.one(15):
		when = h.day + 1 + h.random.IntN(4)
	}
	at := historyStart.AddDate(0, 0, when).Add(time.Duration(h.random.IntN(24*60)) * time.Minute)
	h.offset++
	id := fmt.Sprintf("e%d", h.offset)
	if h.one(4) && len(h.events) > 0 {
		id = h.events[h.random.IntN(len(h.events))] // the producer repeats itself
	}
	h.events = append(h.events, id)
	return row{"topic": h.pick("a", "b"), "partition": fmt.Sprint(h.random.IntN(3)), "offset": fmt.Sprint(h.offset), "event_id": id,
		"event_at": at.Format(time.RFC3339), "patient_key": key, "line_code": h.pick("htn", "htn", "dm", ""), "source": h.pick("s", "s", "s", "r")}
}

// with returns the row with more columns.
func (r row) with(pairs ...string) row {
	more := row{}
	for k, v := range r {
		more[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		more[pairs[i]] = pairs[i+1]
	}
	return more
}

// happen lets some families live on and writes what they did as one new file for each table.
func (h *history) happen(oneIn int) {
	rows := map[string][]row{}
	for _, f := range h.families {
		if !h.one(oneIn) {
			continue
		}
		for range 1 + h.random.IntN(6) {
			h.live(f, rows)
		}
	}
	for _, name := range sortedKeys(rows) {
		h.files++
		h.insert(name, rows[name])
	}
}

// live is one thing that one member of a family does.
func (h *history) live(f family, rows map[string][]row) {
	keys := f.people[h.random.IntN(len(f.people))]
	add := func(table string, r row) { rows[table] = append(rows[table], r) }
	e := h.event(keys[h.random.IntN(len(keys))])
	switch h.random.IntN(10) {
	case 0, 1:
		add("chats", e.with("speaker", h.pick("patient", "staff"), "staff_id", h.pick("lin", "wu", ""), "room_key", h.pick("", "", "room"),
			"msg_type", "text", "text", h.pick("有", "没有", "药太贵了", "您好"), "recalls", h.recalled()))
		for n := range h.random.IntN(3) {
			add("findings", e.with("ordinal", fmt.Sprint(n), "concept", h.pick("price", "headache", "cough", "dizziness", "feels_better", "refuse_contact"),
				"kind", h.pick("barrier", "symptom", "reaction", "intent"), "status", h.pick("present", "absent", "asked"),
				"subject", h.pick("self", "self", "relative"), "speaker", h.pick("patient", "staff"), "mention", "x"))
		}
	case 2, 3, 4:
		add("prescriptions", e.with("ordinal", fmt.Sprint(h.random.IntN(2)), "event_type", h.pick("prescribed", "dispensed", "dispensed", "paid", "paid", "returned", "cancelled"),
			"claim_id", h.pick("", "", "k"+keys[0], "q"+keys[0]), "channel", h.pick("youzan", "jd", "hospital"), "sku", h.pick("S1", "S2", ""),
			"drug_code", h.pick("valsartan", "metformin", ""), "drug_name", h.pick("valsartan", "unlisted "+h.pick("a", "b")), "quantity", h.pick("1", "2"),
			"days_supply", h.pick("28", "30", "14", "-28", ""), "amount_fen", h.pick("3600", "7200", ""), "icd10_codes", h.pick("I10", "E11.9;I10", "")))
	case 5, 6, 7:
		add("activities", e.with("activity_type", h.pick("lead", "add_friend", "del_friend", "consent", "read_article", "check_in_medicine", "admitted", "discharged",
			"died", "left_programme", "experiment_assigned", "icbt_session_done", "task_created", "task_closed", "alert_raised", "alert_ack", "call_back",
			"join_group", "leave_group", "check_in_exercise"),
			"staff_id", h.pick("lin", "wu"), "channel", h.pick("doctor_qr", "group", ""), "attributes", h.attributes()))
	case 8:
		add("measurements", e.with("ordinal", fmt.Sprint(h.random.IntN(2)), "kind", h.pick("bp_systolic", "bp_diastolic", "glucose", "hba1c", "weight", "vas", "exercise_minutes"),
			"value", h.pick("95", "128", "145", "7.25", "8.5"), "unit", "x", "context", h.pick("home", "office", ""), "via", "chat"))
	default:
		a := h.random.IntN(3)
		b := (a + 1 + h.random.IntN(2)) % 3
		kinds := []string{"wecom", "phone", "youzan"}
		add("links", e.with("patient_key", keys[a], "kind", kinds[a], "linked_key", keys[b], "linked_kind", kinds[b], "ordinal", "0"))
	}
}

// recalled is mostly empty, else an event of anybody, as a recall may come under another key.
func (h *history) recalled() string {
	if h.one(6) && len(h.events) > 0 {
		return h.events[h.random.IntN(len(h.events))]
	}
	return ""
}

func (h *history) attributes() string {
	return h.pick("{}", "{}", `{"sex":"male"}`, `{"sex":"female","birth_year":"1960"}`, `{"arm":"control"}`, `{"arm":"treatment"}`, `{"purpose":"service","granted":"true"}`,
		`{"purpose":"contact","granted":"false"}`, `{"task":"t1","due_at":"2026-05-02","outcome":"done"}`, `{"reason":"price"}`,
		`{"content_stage":"early","seconds":"40"}`, `{"smoking":"yes","role":"doctor"}`)
}

func (h *history) insert(table string, rows []row) {
	var values []string
	for _, r := range rows {
		cells := []string{fmt.Sprint(h.files)}
		for _, c := range h.columns[table] {
			name, kind, _ := strings.Cut(c, " ")
			value, ok := r[name]
			switch {
			case kind == "VARCHAR":
				cells = append(cells, quote(value))
			case !ok || value == "":
				cells = append(cells, "null")
			default:
				cells = append(cells, "cast("+quote(value)+" as "+kind+")")
			}
		}
		values = append(values, "("+strings.Join(cells, ", ")+")")
	}
	h.exec("insert into rows_" + table + " values " + strings.Join(values, ", "))
	h.write(table)
}

// write makes the file of the highest number.
func (h *history) write(table string) {
	path := filepath.Join(h.dir, fmt.Sprintf("%s-%d.parquet", table, h.files))
	h.exec(fmt.Sprintf("copy (select 0 as none, * exclude (file_no) from rows_%s where file_no = %d) to '%s' (field_ids 'auto')", table, h.files, path))
	i := slices.IndexFunc(h.sources, func(s Source) bool { return s.Name == table })
	h.sources[i].Files = append(slices.Clone(h.sources[i].Files), path)
}

// merge rewrites all files of a table as one, as a compaction does.
func (h *history) merge(table string) {
	i := slices.IndexFunc(h.sources, func(s Source) bool { return s.Name == table })
	if h.sources[i].Files = nil; count(h.t, h.db, "select count(*) from rows_"+table) == 0 {
		return
	}
	h.files++
	h.exec(fmt.Sprintf("update rows_%s set file_no = %d", table, h.files))
	h.write(table)
}

// erase takes a person out of all tables, and the files of those rows are rewritten.
func (h *history) erase() {
	f := h.families[h.random.IntN(len(h.families))]
	keys := "('" + strings.Join(f.people[h.random.IntN(len(f.people))], "', '") + "')"
	for _, s := range h.sources {
		if s.Name == "deadletters" {
			continue
		}
		where := "patient_key in " + keys
		if s.Name == "links" {
			where += " or linked_key in " + keys
		}
		if count(h.t, h.db, "select count(*) from rows_"+s.Name+" where "+where) > 0 {
			h.exec("delete from rows_" + s.Name + " where " + where)
			h.merge(s.Name)
		}
	}
}

// step is what happens between two builds; it returns what it was.
func (h *history) step() string {
	switch h.random.IntN(8) {
	case 0:
		h.merge(h.pick("chats", "prescriptions", "activities", "links", "findings"))
		return "files merged"
	case 1:
		h.erase()
		return "a person erased"
	case 2:
		h.day += 1 + h.random.IntN(3)
		return "days without events"
	case 3:
		h.happen(6)
		h.merge("prescriptions")
		h.erase()
		return "events, files merged, a person erased"
	case 4:
		h.day++
		h.happen(8)
		return "a day with events"
	case 5:
		return "nothing"
	default:
		h.happen(8)
		return "events"
	}
}
