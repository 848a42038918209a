package adherence

import (
	"bufio"
	"io"
	"strconv"
)

// Reject is a patient, a row or a fill that was left out: whose, where and why. Claim and Line may be missing.
type Reject struct {
	Patient, Claim string
	File, Field    string
	Line           int
	Reason, Remedy string
}

// WriteRejects writes rejects as CSV with the columns
// patient_id,claim_id,file,line,field,reason,remedy.
func WriteRejects(w io.Writer, rejects []Reject) error {
	out := bufio.NewWriter(w)
	line := []byte("patient_id,claim_id,file,line,field,reason,remedy\n")
	for _, r := range rejects {
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
		for _, text := range []string{r.Patient, r.Claim, r.File} {
			line = append(AppendText(line, text), ',')
		}
		if r.Line > 0 {
			line = strconv.AppendInt(line, int64(r.Line), 10)
		}
		for _, text := range []string{r.Field, r.Reason, r.Remedy} {
			line = AppendText(append(line, ','), text)
		}
		line = append(line, '\n')
	}
	if _, err := out.Write(line); err != nil {
		return err
	}
	return out.Flush()
}
