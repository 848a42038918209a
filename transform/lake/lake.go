// Package lake keeps the rows that transform makes as Parquet files in Apache Iceberg tables, partitioned
// by UTC day of the event, and by month for history. A batch is committed table by table; each commit holds the data
// files and, as table properties, the next offset of every partition that the batch covers, so that a
// record is in a table once whatever dies when. It is the only package that knows Parquet and Iceberg.
package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/catalog"
	sqlcat "github.com/apache/iceberg-go/catalog/sql"
	icetable "github.com/apache/iceberg-go/table"
	_ "modernc.org/sqlite" // the catalogue's driver
)

const namespace = "phdp"

// Config says where the lake is. Dir holds the catalogue (catalog.db) and the tables' files.
type Config struct {
	Dir string
	Log *slog.Logger
	Now func() time.Time // nil for the clock; decides what is history
}

// Lake is an open set of tables. Processes on one machine may append to it at once, each table by one at a
// time; any number read.
type Lake struct {
	dir     string
	log     *slog.Logger
	now     func() time.Time
	db      *sql.DB
	catalog *sqlcat.Catalog
	tables  []*table
	sync    func(path string) error // brings a file or the names in a folder to the disk
}

// Open opens the lake in cfg.Dir and makes what is missing.
func Open(ctx context.Context, cfg Config) (*Lake, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("open lake %s: %w", cfg.Dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open lake: %w", err)
	}
	writeThrough()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "catalog.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, fmt.Errorf("open lake catalogue: %w", err)
	}
	cat, err := sqlcat.NewCatalog("phdp", db, sqlcat.SQLite, iceberg.Properties{"warehouse": "file://" + dir})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open lake catalogue %s: %w", dir, err), db.Close())
	}
	defined, err := tables()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	l := &Lake{dir: dir, log: cfg.Log, now: cfg.Now, db: db, catalog: cat, tables: defined, sync: syncPath}
	if l.now == nil {
		l.now = time.Now
	}
	if err := l.create(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return l, nil
}

// Close closes the catalogue.
func (l *Lake) Close() error {
	return errors.Join(l.catalog.Close(), l.db.Close())
}

// create makes what is missing, one process at a time: SQLite gives up at once when two begin to read and
// then both want to write.
func (l *Lake) create(ctx context.Context) error {
	creating := tableLock{path: filepath.Join(l.dir, "create.lock")}
	creating.Lock()
	defer creating.Unlock()
	ok, err := l.catalog.CheckNamespaceExists(ctx, icetable.Identifier{namespace})
	if err != nil {
		return fmt.Errorf("look up lake namespace: %w", err)
	}
	if !ok {
		err := l.catalog.CreateNamespace(ctx, icetable.Identifier{namespace}, nil)
		if err != nil && !errors.Is(err, catalog.ErrNamespaceAlreadyExists) {
			return fmt.Errorf("create lake namespace: %w", err)
		}
	}
	if err := createAbsences(ctx, l.db); err != nil {
		return err
	}
	for _, t := range l.tables {
		t.committing.path = filepath.Join(l.dir, t.name+".lock")
		if err := l.createTable(ctx, t); err != nil {
			return fmt.Errorf("create lake table %s: %w", t.name, err)
		}
	}
	return nil
}

func (l *Lake) createTable(ctx context.Context, t *table) error {
	exists, err := l.catalog.CheckTableExists(ctx, ident(t.name))
	if err != nil {
		return err
	}
	if !exists {
		if err := l.createByMonth(ctx, t); err != nil {
			return err
		}
	}
	tbl, err := l.load(ctx, t.name)
	if err != nil || tbl.Metadata().PartitionSpecByID(daySpec) != nil {
		return err
	}
	if err := byDay(ctx, tbl); err != nil { // also when its maker died before it came to that
		return err
	}
	return errors.Join(l.sync(filepath.Join(l.dir, t.name)), l.sync(l.dir))
}

func (l *Lake) createByMonth(ctx context.Context, t *table) error {
	eventAt, ok := t.schema.FindFieldByName("event_at")
	if !ok {
		return errors.New("no column event_at to partition by")
	}
	byMonth := iceberg.NewPartitionSpecID(monthSpec, iceberg.PartitionField{
		SourceIDs: []int{eventAt.ID}, FieldID: 1000, Name: "event_at_month", Transform: iceberg.MonthTransform{},
	})
	_, err := l.catalog.CreateTable(ctx, ident(t.name), t.schema,
		catalog.WithLocation("file://"+filepath.Join(l.dir, t.name)),
		catalog.WithPartitionSpec(&byMonth),
		catalog.WithProperties(iceberg.Properties{
			icetable.PropertyFormatVersion:               "2",
			icetable.MetadataDeleteAfterCommitEnabledKey: "true",
			icetable.MetadataPreviousVersionsMaxKey:      "20",
			icetable.CommitNumRetriesKey:                 "0", // retries are ours: they look at the offsets again
		}))
	return err
}

// byDay makes days the default partition, and the order by patient that of sorted files; the monthly
// specification stays for history.
func byDay(ctx context.Context, tbl *icetable.Table) error {
	tx := tbl.NewTransaction()
	err := tx.UpdateSpec(true).RemoveField("event_at_month").AddField("event_at", iceberg.DayTransform{}, "event_at_day").Commit()
	if err != nil {
		return fmt.Errorf("partition by day: %w", err)
	}
	order, err := patientOrder(tbl)
	if err != nil {
		return err
	}
	if err := tx.ReplaceSortOrder(order); err != nil {
		return fmt.Errorf("set sort order: %w", err)
	}
	_, err = tx.Commit(ctx)
	return err
}

// patientOrder is how compaction sorts the rows of a file, see byPatient. Files that say so are sorted;
// those of an append are not.
func patientOrder(tbl *icetable.Table) (icetable.SortOrder, error) {
	var fields []icetable.SortField
	for _, name := range []string{"patient_key", "event_at", "topic", "partition", "offset"} {
		f, ok := tbl.Schema().FindFieldByName(name)
		if !ok {
			return icetable.SortOrder{}, fmt.Errorf("no column %s to sort by", name)
		}
		fields = append(fields, icetable.SortField{SourceIDs: []int{f.ID}, Transform: iceberg.IdentityTransform{},
			Direction: icetable.SortASC, NullOrder: icetable.NullsFirst})
	}
	return icetable.NewSortOrder(1, fields)
}

func (l *Lake) load(ctx context.Context, name string) (*icetable.Table, error) {
	t, err := l.catalog.LoadTable(ctx, ident(name))
	if err != nil {
		return nil, fmt.Errorf("load lake table %s: %w", name, err)
	}
	return t, nil
}

func ident(name string) icetable.Identifier { return icetable.Identifier{namespace, name} }
