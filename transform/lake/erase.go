package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/iceberg-go"
	icetable "github.com/apache/iceberg-go/table"

	"phdp/ingest"
	"phdp/transform"
)

// EraseReport is what an erasure did, table by table in the order of Names. It carries no key.
type EraseReport struct {
	Tables []ErasedTable
}

// ErasedTable is what an erasure did to one table. Rows are those of the rewritten files.
type ErasedTable struct {
	Table                string
	Looked, Rewritten    int // files
	RowsBefore, RowsLeft int64
	Removed              int64
	Forgotten            int // snapshots of before
}

// Erase removes every row of the given patient keys (pseudonyms, as in patient_key and linked_key) from the
// lake. Files that hold such rows are rewritten without them, table by table, while ingest may go on; then
// every older snapshot is forgotten and what only it used is deleted from the disk, without a grace for
// readers. When Erase returns without an error no live or left file of the lake holds a row of the keys.
// Offsets stay, so the records do not come in again. Erasing again what is erased changes nothing, so after
// an error the caller calls again.
func (l *Lake) Erase(ctx context.Context, keys []string) (EraseReport, error) {
	var report EraseReport
	if len(keys) == 0 {
		return report, nil
	}
	if slices.Contains(keys, "") {
		return report, errors.New("erase from lake: an empty key is that of nobody")
	}
	who := newPeople(keys)
	for _, t := range l.tables {
		done, err := l.eraseFrom(ctx, t, who)
		if err != nil {
			return report, fmt.Errorf("erase from lake table %s: %w", t.name, err)
		}
		report.Tables = append(report.Tables, done)
	}
	return report, nil
}

// EraseLetters removes the dead letters of some records, as Erase does rows of people, and returns how many.
func (l *Lake) EraseLetters(ctx context.Context, at []ingest.Position) (int64, error) {
	if len(at) == 0 {
		return 0, nil
	}
	letters := l.tables[slices.IndexFunc(l.tables, func(t *table) bool { return t.name == "deadletters" })]
	done, err := l.eraseFrom(ctx, letters, newRecords(at))
	if err != nil {
		return done.Removed, fmt.Errorf("erase dead letters: %w", err)
	}
	return done.Removed, nil
}

// eraseTries is how often other commits, which replace files or add some, may come in between.
const eraseTries = 20

func (l *Lake) eraseFrom(ctx context.Context, t *table, what erasing) (done ErasedTable, err error) {
	done.Table = t.name
	clean := map[string]bool{} // files that were looked at: they do not change
	for try := range eraseTries {
		tbl, err := l.load(ctx, t.name)
		if err != nil {
			return done, err
		}
		files, err := dataFiles(ctx, tbl)
		if err != nil {
			return done, err
		}
		concerned, err := l.concerned(ctx, files, what, clean)
		done.Looked = max(done.Looked, len(clean)+len(concerned))
		if err == nil && len(concerned) == 0 {
			forgotten, err := l.forget(ctx, t, what, clean)
			done.Forgotten += forgotten
			return done, err
		}
		if err == nil {
			err = l.rewrite(ctx, t, tbl, concerned, what, clean, &done)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errMoved) {
			return done, err
		}
		if err := pause(ctx, time.Duration(try)*20*time.Millisecond); err != nil {
			return done, err
		}
	}
	return done, fmt.Errorf("other commits came in between %d times", eraseTries)
}

// concerned are the files that hold rows to erase; the others are added to clean.
func (l *Lake) concerned(ctx context.Context, files []iceberg.DataFile, what erasing, clean map[string]bool) ([]iceberg.DataFile, error) {
	look := slices.DeleteFunc(slices.Clone(files), func(f iceberg.DataFile) bool { return clean[f.FilePath()] })
	holds := make([]bool, len(look))
	err := inParallel(len(look), func(i int) (err error) {
		if err := ctx.Err(); err != nil {
			return err
		}
		holds[i], err = mayHold(strings.TrimPrefix(look[i].FilePath(), "file://"), what)
		return err
	})
	if err != nil {
		return nil, err
	}
	var concerned []iceberg.DataFile
	for i, f := range look {
		if holds[i] {
			concerned = append(concerned, f)
		} else {
			clean[f.FilePath()] = true
		}
	}
	return concerned, nil
}

// rewrite replaces the concerned files by others without the rows. A file that has none of them after all
// stays and is clean.
func (l *Lake) rewrite(ctx context.Context, t *table, tbl *icetable.Table, concerned []iceberg.DataFile, what erasing, clean map[string]bool, done *ErasedTable) error {
	kept := make([]remainder, len(concerned))
	err := inParallel(len(concerned), func(i int) (err error) {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := concerned[i]
		kept[i], err = t.rewrite(ctx, dataDir(tbl), spanOf(tbl, f), strings.TrimPrefix(f.FilePath(), "file://"), what)
		kept[i].file.isSorted = isSorted(f)
		if n := kept[i].left + kept[i].removed(); err == nil && n != f.Count() {
			err = fmt.Errorf("a file promises %d rows and holds %d", f.Count(), n)
		}
		return err
	})
	var old []iceberg.DataFile
	var files []spanFile
	sum := remainder{gone: map[ingest.Partition]gone{}}
	for i, k := range kept {
		if err == nil && len(k.gone) == 0 {
			clean[concerned[i].FilePath()] = true
			remove([]spanFile{k.file})
			continue
		}
		if k.file.path != "" {
			files = append(files, k.file)
		}
		old = append(old, concerned[i])
		sum.add(k)
	}
	if err == nil && len(old) > 0 {
		err = l.note(ctx, sum.absences())
	}
	if err == nil && len(old) > 0 {
		err = l.swap(ctx, t, old, files, func(tbl *icetable.Table) iceberg.Properties { return ledgersLess(tbl, sum.gone) })
	}
	if err != nil {
		remove(files)
		return err
	}
	removed := sum.removed()
	done.Rewritten, done.Removed = done.Rewritten+len(old), done.Removed+removed
	done.RowsBefore, done.RowsLeft = done.RowsBefore+sum.left+removed, done.RowsLeft+sum.left
	return nil
}

// remainder is what is left of a file, or of some, and what went.
type remainder struct {
	file spanFile // no path when no row is left
	left int64
	gone map[ingest.Partition]gone
}

// gone is what went of one partition.
type gone struct {
	rows int64
	at   offsets
}

func (r *remainder) drop(o *transform.Origin) {
	p := ingest.Partition{Topic: o.Topic, ID: o.Partition}
	g, ok := r.gone[p]
	if !ok {
		g.at = offsets{}
	}
	g.at.add(o.Offset)
	g.rows++
	r.gone[p] = g
}

func (r *remainder) removed() (n int64) {
	for _, g := range r.gone {
		n += g.rows
	}
	return n
}

func (r *remainder) add(o remainder) {
	r.left += o.left
	for p, g := range o.gone {
		sum, ok := r.gone[p]
		if !ok {
			sum.at = offsets{}
		}
		sum.rows += g.rows
		sum.at.addAll(g.at)
		r.gone[p] = sum
	}
}

// absences are the coordinates of what went; nothing of it names a person.
func (r *remainder) absences() []Absence {
	var all []Absence
	for p, g := range r.gone {
		for _, run := range g.at.runs() {
			all = append(all, Absence{transform.Range{Topic: p.Topic, Partition: p.ID, Start: run[0], End: run[1]}, Erased})
		}
	}
	return all
}

// forget deletes from the disk what the rows were in: the snapshots before, and files that nobody knows. While
// it holds the table no append is between writing and committing; a compaction that is loses a file
// which it could not commit any more, as it was made of files that are replaced. It returns how many snapshots
// are forgotten.
func (l *Lake) forget(ctx context.Context, t *table, what erasing, clean map[string]bool) (forgotten int, err error) {
	t.committing.Lock()
	defer t.committing.Unlock()
	if err := l.forgetReplaced(ctx, t); err != nil {
		return 0, err
	}
	before, err := l.load(ctx, t.name)
	if err != nil {
		return 0, err
	}
	tbl, err := l.expireAllButCurrent(ctx, t)
	if err != nil {
		return 0, err
	}
	forgotten = len(before.Metadata().Snapshots()) - len(tbl.Metadata().Snapshots())
	return forgotten, removeStray(ctx, tbl, what, clean)
}

// removeStray deletes the files in a table's folder that its snapshots do not know and that may hold rows to erase.
func removeStray(ctx context.Context, tbl *icetable.Table, what erasing, clean map[string]bool) error {
	files, err := dataFiles(ctx, tbl)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, path := range paths(files) {
		known[path] = true
	}
	left, err := filepath.Glob(filepath.Join(dataDir(tbl), "*", "*.parquet"))
	if err != nil {
		return err
	}
	left = slices.DeleteFunc(left, func(path string) bool { return known[path] || clean["file://"+path] })
	return inParallel(len(left), func(i int) error {
		if holds, err := mayHold(left[i], what); err == nil && !holds {
			return nil
		}
		remove([]spanFile{{path: left[i]}}) // also when it is half a file that nobody can read
		return nil
	})
}

// forgetReplaced writes the manifests anew without the files that they mark as replaced: with such a file goes
// its lowest and highest patient key.
func (l *Lake) forgetReplaced(ctx context.Context, t *table) error {
	tbl, err := l.load(ctx, t.name)
	if err != nil || tbl.CurrentSnapshot() == nil {
		return err
	}
	files, err := tbl.FS(ctx)
	if err != nil {
		return err
	}
	manifests, err := tbl.CurrentSnapshot().Manifests(files)
	if err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	if !slices.ContainsFunc(manifests, func(m iceberg.ManifestFile) bool { return m.DeletedDataFiles() != 0 }) {
		return nil
	}
	tx := tbl.NewTransaction()
	together := func(iceberg.DataFile) any { return true } // of one specification, into one manifest
	if _, err := tx.RewriteManifests(ctx, icetable.WithRewriteManifestClusterBy(together)); err != nil {
		return fmt.Errorf("rewrite manifests: %w", err)
	}
	_, err = tx.Commit(ctx)
	return err
}

// ledgersLess takes erased rows off a table's ledgers.
func ledgersLess(tbl *icetable.Table, all map[ingest.Partition]gone) iceberg.Properties {
	props := iceberg.Properties{}
	open := ledgers(tbl)
	for p, g := range all {
		if of, ok := open[p]; ok {
			of.Erased += g.rows
			props[propertyOf(ledgerProperty, p)] = of.String()
		}
	}
	return props
}
