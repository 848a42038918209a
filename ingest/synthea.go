package ingest

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Tables of a Synthea CSV export that are read, in the order of their records.
const (
	tablePatients    = "patients"
	tableMedications = "medications"
	tableEncounters  = "encounters" // only for its dates; may be absent
)

// syntheaRow is the value of a record of Synthea: the columns of one row that DecodeSynthea needs, and
// what it can not know from the row alone. Names and numbers of persons in the export are left behind.
type syntheaRow struct {
	Table  string         `json:"table"`
	Newest string         `json:"newest"`           // newest time in the export
	First  string         `json:"first,omitempty"`  // earliest time of the patient in the export, patients only
	Death  string         `json:"death,omitempty"`  // DEATHDATE of the patient, medications only
	Repeat int            `json:"repeat,omitempty"` // earlier rows with the same key, medications only
	Row    syntheaColumns `json:"row"`
}

// syntheaColumns are columns of patients.csv and of medications.csv.
type syntheaColumns struct {
	ID          string `json:"Id,omitempty"`
	BirthDate   string `json:"BIRTHDATE,omitempty"`
	DeathDate   string `json:"DEATHDATE,omitempty"`
	Gender      string `json:"GENDER,omitempty"`
	Start       string `json:"START,omitempty"`
	Stop        string `json:"STOP,omitempty"`
	Patient     string `json:"PATIENT,omitempty"`
	Encounter   string `json:"ENCOUNTER,omitempty"`
	Code        string `json:"CODE,omitempty"`
	Description string `json:"DESCRIPTION,omitempty"`
	Dispenses   string `json:"DISPENSES,omitempty"`
}

// Synthea is a folder with the CSV files of a Synthea export.
type Synthea struct {
	dir    string
	topic  string
	sums   map[string]string    // content hash by table
	newest time.Time            // in all tables
	first  map[string]time.Time // by patient
	deaths map[string]string    // DEATHDATE by patient
}

// OpenSynthea reads the tables of an export once, for their content hash, for the newest date and for
// the first date and the death of each patient. patients.csv and medications.csv have to be there.
func OpenSynthea(dir string) (*Synthea, error) {
	s := &Synthea{dir: dir, sums: map[string]string{}, first: map[string]time.Time{}, deaths: map[string]string{}}
	all := sha256.New()
	for _, table := range []string{tablePatients, tableMedications, tableEncounters} {
		sum, err := s.survey(table)
		if table == tableEncounters && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open Synthea export %s: %w", dir, err)
		}
		s.sums[table] = sum
		fmt.Fprintf(all, "%s %s\n", table, sum)
	}
	if s.newest.IsZero() {
		return nil, fmt.Errorf("open Synthea export %s: no date in %s.csv", dir, tableMedications)
	}
	s.topic = fileTopic(all.Sum(nil))
	return s, nil
}

// survey reads one table for its dates.
func (s *Synthea) survey(table string) (sum string, err error) {
	return eachRow(s.path(table), neededColumns(table), func(row map[string]string) bool {
		if table == tablePatients {
			if row["DEATHDATE"] != "" {
				s.deaths[strings.Clone(row["Id"])] = strings.Clone(row["DEATHDATE"])
			}
			return true
		}
		for _, column := range []string{"START", "STOP"} {
			at, reject := syntheaTime(column, row[column])
			if reject != nil {
				continue
			}
			if at.After(s.newest) {
				s.newest = at
			}
			if earliest, isKnown := s.first[row["PATIENT"]]; !isKnown || at.Before(earliest) {
				s.first[strings.Clone(row["PATIENT"])] = at
			}
		}
		return true
	})
}

func (s *Synthea) path(table string) string { return filepath.Join(s.dir, table+".csv") }

// Topic is the topic of all positions: "file:" and a SHA-256 over the content of all tables, in hex.
func (s *Synthea) Topic() string { return s.topic }

// Records yields one record per row of patients.csv and then of medications.csv, with offsets from 0 and
// the newest date of the export as their time; DecodeSynthea reads them. An error is the last thing that
// it yields, with a nil Record.
func (s *Synthea) Records() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		offset, isStopped := int64(0), false
		seen := map[string]int{}
		for _, table := range []string{tablePatients, tableMedications} {
			sum, err := eachRow(s.path(table), neededColumns(table), func(row map[string]string) bool {
				isStopped = !yield(s.record(table, row, offset, seen), nil)
				offset++
				return !isStopped
			})
			if isStopped {
				return
			}
			if err == nil && sum != s.sums[table] {
				err = errors.New("the content changed since it was opened")
			}
			if err != nil {
				yield(nil, fmt.Errorf("read %s of a Synthea export: %w", table, err))
				return
			}
		}
	}
}

// record makes the record of one row.
func (s *Synthea) record(table string, row map[string]string, offset int64, seen map[string]int) *Record {
	wire := syntheaRow{Table: table, Newest: s.newest.Format(time.RFC3339)}
	if table == tablePatients {
		wire.First = s.firstSeen(row["Id"]).Format(time.RFC3339)
		wire.Row = syntheaColumns{
			ID: row["Id"], BirthDate: row["BIRTHDATE"], DeathDate: row["DEATHDATE"], Gender: row["GENDER"],
		}
	} else {
		wire.Row = syntheaColumns{
			Start: row["START"], Stop: row["STOP"], Patient: row["PATIENT"], Encounter: row["ENCOUNTER"],
			Code: row["CODE"], Description: row["DESCRIPTION"], Dispenses: row["DISPENSES"],
		}
		wire.Death = s.deaths[row["PATIENT"]]
		key := wire.Row.orderID(0)
		wire.Repeat = seen[key]
		seen[key]++
	}
	value, err := json.Marshal(wire)
	if err != nil {
		value = nil // strings and an int always marshal; a record without a value would be refused
	}
	return &Record{Position: Position{Topic: s.topic, Offset: offset}, Value: value, Time: s.newest}
}

// firstSeen is when a patient is first in the export, or the newest date for one who never is.
func (s *Synthea) firstSeen(patient string) time.Time {
	if at, isKnown := s.first[patient]; isKnown {
		return at
	}
	return s.newest
}

// orderID names an order. Synthea has no number for it; two equal rows differ in repeat.
func (c *syntheaColumns) orderID(repeat int) string {
	return hashID("synthea order", c.Patient, c.Encounter, c.Code, c.Start, strconv.Itoa(repeat))
}

// neededColumns are the columns without which a table can not be read.
func neededColumns(table string) []string {
	switch table {
	case tablePatients:
		return []string{"Id", "BIRTHDATE", "DEATHDATE", "GENDER"}
	case tableMedications:
		return []string{"START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "DISPENSES"}
	}
	return []string{"START", "STOP", "PATIENT"}
}
