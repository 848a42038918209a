package main

import (
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"phdp/dashboards/access"
)

type tokensCommand struct {
	Add    tokensAddCommand    `cmd:"" help:"Make a token for a program; its text is printed once."`
	List   tokensListCommand   `cmd:"" help:"List the tokens, without their texts."`
	Revoke tokensRevokeCommand `cmd:"" help:"End a token."`
}

type tokensAddCommand struct {
	Account string   `arg:"" help:"The account whose roles and row rules hold."`
	Name    string   `required:"" help:"What it is for, in a few words."`
	Scope   []string `required:"" help:"read:pages, read:people, read:sql, export or read:audit; may be given more than once."`
	Days    int      `default:"90" help:"After how many days it ends, 366 at most."`
}

// Help is the long help of phdp tokens add.
func (tokensAddCommand) Help() string {
	return `Scopes:
  read:pages    totals and the state of the data     export      lists of people as files
  read:people   rows of people; without it totals    read:audit  accounts and the audit log
                are protected
  read:sql      statements, over HTTP and Flight SQL; what people wrote needs read:people too

A token can do what both its account and its scopes allow.

Examples:
  phdp tokens add anna --name "pandas on the workstation" --scope read:pages --scope read:people --scope read:sql
  phdp tokens add rx-partner --name "monthly slide" --scope read:pages --days 31`
}

// Run makes the token. Standard output has its text alone, so that it can be handed on.
func (c *tokensAddCommand) Run(a *app) error {
	one := access.Token{Name: c.Name, Account: c.Account}
	for _, scope := range c.Scope {
		one.Scopes = append(one.Scopes, access.Scope(scope))
	}
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	made, text, err := tokens.Add(one, time.Duration(c.Days)*24*time.Hour, time.Now())
	if err != nil {
		return err
	}
	if err := a.auditShell("add_token", "token "+made.ID, "account="+made.Account+" scopes="+made.ScopeNames()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "token %s of %s, until %s; this is its text, which is shown only now:\n", made.ID, made.Account, made.Expires.Format(time.DateOnly))
	fmt.Println(text)
	return nil
}

type tokensListCommand struct{}

// Run lists the tokens.
func (c *tokensListCommand) Run(a *app) error {
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	all, err := tokens.List()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Println("no tokens; make one with 'phdp tokens add ACCOUNT --name WHAT-FOR --scope SCOPE'")
	}
	for _, one := range all {
		fmt.Printf("%-12s %-8s %-16s until %s  %s  %s\n", one.ID, one.State(time.Now()), one.Account, one.Expires.Format(time.DateOnly), one.ScopeNames(), one.Name)
	}
	return nil
}

type tokensRevokeCommand struct {
	ID string `arg:"" help:"The token's id, as in the list."`
}

// Run ends the token.
func (c *tokensRevokeCommand) Run(a *app) error {
	tokens, err := a.tokens()
	if err != nil {
		return err
	}
	id := strings.ToLower(c.ID)
	if err := tokens.Revoke(id); err != nil {
		return err
	}
	if err := a.auditShell("revoke_token", "token "+id, ""); err != nil {
		return err
	}
	fmt.Printf("%s: revoked; a running server notices by itself\n", id)
	return nil
}

// tokens opens the tokens with their accounts.
func (a *app) tokens() (*access.Tokens, error) {
	accounts, err := access.OpenAccounts(a.path("access"))
	if err != nil {
		return nil, err
	}
	return access.OpenTokens(a.path("access"), accounts)
}

// auditShell writes a row under the name of the operating system's user.
func (a *app) auditShell(act, object, detail string) error {
	audit, err := access.OpenAudit(a.path("access"), time.Now)
	if err != nil {
		return err
	}
	by := "shell"
	if current, err := user.Current(); err == nil {
		by = "shell:" + current.Username
	}
	return audit.Append(access.Row{Who: by, Act: act, Object: object, Detail: detail})
}
