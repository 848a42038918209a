// Command phdp is the whole platform in one binary: it generates, ingests, builds, serves and queries.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

type cli struct {
	Run         runCommand         `cmd:"" help:"Broker, ingest, builds and dashboards in one process; with --demo also 5,000 invented patients."`
	Generate    generateCommand    `cmd:"" help:"Write synthetic patients to Kafka or a folder, with the truth about them."`
	Ingest      ingestCommand      `cmd:"" help:"Read the topics of a Kafka cluster into the lake."`
	Import      importCommand      `cmd:"" help:"Read files into the lake, each once."`
	Build       buildCommand       `cmd:"" help:"Build and publish a warehouse from the lake."`
	Serve       serveCommand       `cmd:"" help:"Serve the dashboards of the published warehouse."`
	SQL         sqlCommand         `cmd:"" name:"sql" help:"Query the published warehouse: one statement, or a prompt."`
	Adherence   adherenceCommand   `cmd:"" help:"Adherence and persistence of any CSV file."`
	Tags        tagsCommand        `cmd:"" help:"Read symptoms, findings and tags out of dialogues; check, score and train."`
	Users       usersCommand       `cmd:"" help:"Accounts of the dashboards: add, list, passwd, disable, enable."`
	Tokens      tokensCommand      `cmd:"" help:"Tokens with which programs come in under the rules of an account: add, list, revoke."`
	Audit       auditCommand       `cmd:"" help:"What the dashboards' readers saw and took: list it, verify that it is whole."`
	Delivery    deliveryCommand    `cmd:"" help:"What goes out by itself: lists, WeCom tags, alerts and reports; see what waits, acknowledge, try again."`
	Truth       truthCommand       `cmd:"" help:"Compare the published warehouse with what the generator knows."`
	Dictionary  dictionaryCommand  `cmd:"" help:"Print what every table and column of the warehouse means."`
	Deadletters deadLettersCommand `cmd:"" help:"Look at refused records and replay them after a mend."`
	Lake        lakeCommand        `cmd:"" help:"Look at the lake's tables, compact, expire and verify them."`
	Erase       eraseCommand       `cmd:"" help:"Erase people from the lake, the vault and the warehouse, with a proof."`
	Key         keyCommand         `cmd:"" help:"The keys of pseudonyms and of the vault: fingerprints, rotation."`
	Privacy     privacyCommand     `cmd:"" help:"What redaction takes out of a file; what a person consented to."`
	Vault       vaultCommand       `cmd:"" help:"The identifiers behind pseudonyms: count them, read one for a purpose."`

	KeyCommand      string `placeholder:"COMMAND" help:"Shell command that prints the data key, instead of the file keys/phdp.key or PHDP_KEY."`
	VaultKeyCommand string `placeholder:"COMMAND" help:"Shell command that prints the vault's key, instead of the file keys/vault.key or PHDP_VAULT_KEY."`

	DataDir  string `default:"phdp-data" type:"path" help:"Folder with everything that PHDP keeps: key, broker, lake, warehouse."`
	LogLevel string `default:"warn" enum:"debug,info,warn,error" help:"What to log on standard error: debug, info, warn or error."`
}

const description = `A patient-generated health data platform: chats, prescriptions and activities of chronic patients
from Kafka or files, into Apache Iceberg, a DuckDB warehouse and dashboards.

Flags of the running parts can be set as environment variables: --data-dir is PHDP_DATA_DIR.`

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("phdp"), kong.Description(description),
		kong.DefaultEnvars("PHDP"), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}))
	if err != nil {
		fmt.Fprintln(os.Stderr, "phdp:", err)
		return 2
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "phdp: %v\nphdp: see 'phdp --help' or 'phdp <command> --help'\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		fmt.Fprintln(os.Stderr, "phdp:", err)
		return 2
	}
	a := &app{dir: c.DataDir, keyCommand: c.KeyCommand, vaultKeyCommand: c.VaultKeyCommand, log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))}
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(a); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "phdp:", explain(err))
		return 1
	}
	return 0
}

// explain adds what to do about the failures that a user can mend.
func explain(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return err.Error() + "\n      the disk is full: free some space and start again; nothing that was committed is lost"
	case errors.Is(err, syscall.EADDRINUSE):
		return err.Error() + "\n      the port is taken: choose another, for example --addr 127.0.0.1:8081"
	case errors.Is(err, fs.ErrPermission):
		return err.Error() + "\n      check who owns the folder, or choose another with --data-dir"
	}
	return err.Error()
}
