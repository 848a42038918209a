package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"phdp/dashboards/access"
)

type usersCommand struct {
	Add     usersAddCommand     `cmd:"" help:"Make an account; the password is asked for, or read from standard input."`
	List    usersListCommand    `cmd:"" help:"List the accounts."`
	Passwd  usersPasswdCommand  `cmd:"" help:"Give an account another password and end its sessions."`
	Disable usersDisableCommand `cmd:"" help:"Close an account and end its sessions."`
	Enable  usersEnableCommand  `cmd:"" help:"Open a closed account again."`
}

type usersAddCommand struct {
	Name    string   `arg:"" help:"Lower-case letters, digits and . _ @ -"`
	Role    []string `required:"" help:"analyst, pharma, ops, ops_lead, admin or dpo; may be given more than once."`
	Line    []string `help:"Disease lines whose patients are seen; none means all."`
	Product []string `help:"SKUs whose patients and fills are seen; none means all."`
	Staff   []string `help:"Staff ids of the team whose patients are seen; none means all."`
}

// Help is the long help of phdp users add.
func (usersAddCommand) Help() string {
	return `Roles:
  analyst   every page and SQL, pseudonymous ids     ops_lead  the patients of all teams
  pharma    protected totals of its lines            admin     accounts and audit, no patient data
  ops       the patients of its team                 dpo       audit, no patient data

Examples:
  phdp users add anna --role analyst
  phdp users add ben --role ops --staff S001 --staff S002
  phdp users add rx-partner --role pharma --line htn < password-file`
}

// Run adds the account.
func (c *usersAddCommand) Run(a *app) error {
	who := access.Identity{Name: c.Name, Lines: c.Line, Products: c.Product, Staff: c.Staff}
	for _, role := range c.Role {
		who.Roles = append(who.Roles, access.Role(role))
	}
	if err := who.Check(); err != nil {
		return err
	}
	return a.changeAccounts("add_account", c.Name, who.RoleNames(), func(accounts *access.Accounts) error {
		password, err := readPassword(c.Name)
		if err != nil {
			return err
		}
		return accounts.Add(who, password, time.Now())
	})
}

type usersListCommand struct{}

// Run lists the accounts.
func (c *usersListCommand) Run(a *app) error {
	accounts, err := access.OpenAccounts(a.path("access"))
	if err != nil {
		return err
	}
	all, err := accounts.List()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Println("no accounts; make one with 'phdp users add NAME --role ROLE'")
	}
	for _, one := range all {
		state := "active"
		if one.Disabled {
			state = "disabled"
		}
		fmt.Printf("%-20s %-9s roles=%s lines=%s products=%s staff=%s\n", one.Name, state, one.RoleNames(), orAll(one.Lines), orAll(one.Products), orAll(one.Staff))
	}
	return nil
}

func orAll(list []string) string {
	if len(list) == 0 {
		return "all"
	}
	return strings.Join(list, ",")
}

type usersPasswdCommand struct {
	Name string `arg:"" help:"The account."`
}

// Run sets the password.
func (c *usersPasswdCommand) Run(a *app) error {
	return a.changeAccounts("set_password", c.Name, "", func(accounts *access.Accounts) error {
		password, err := readPassword(c.Name)
		if err != nil {
			return err
		}
		return accounts.SetPassword(c.Name, password, time.Now())
	})
}

type usersDisableCommand struct {
	Name string `arg:"" help:"The account."`
}

// Run closes the account.
func (c *usersDisableCommand) Run(a *app) error {
	return a.changeAccounts("disable_account", c.Name, "", func(accounts *access.Accounts) error {
		return accounts.SetDisabled(c.Name, true, time.Now())
	})
}

type usersEnableCommand struct {
	Name string `arg:"" help:"The account."`
}

// Run opens the account.
func (c *usersEnableCommand) Run(a *app) error {
	return a.changeAccounts("enable_account", c.Name, "", func(accounts *access.Accounts) error {
		return accounts.SetDisabled(c.Name, false, time.Now())
	})
}

// changeAccounts makes a change and writes it into the audit log under the name of the operating system's user.
func (a *app) changeAccounts(act, name, detail string, fn func(*access.Accounts) error) error {
	accounts, err := access.OpenAccounts(a.path("access"))
	if err != nil {
		return err
	}
	if err := fn(accounts); err != nil {
		return err
	}
	if err := a.auditShell(act, "account "+name, detail); err != nil {
		return err
	}
	fmt.Printf("%s: done; a running server notices by itself (the first account needs a restart)\n", name)
	return nil
}

// readPassword asks twice on a terminal, and else reads the first line of standard input.
func readPassword(name string) (string, error) {
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var answers [2]string
	for i, question := range []string{"Password of " + name + ": ", "The same again: "} {
		fmt.Fprint(os.Stderr, question)
		typed, err := term.ReadPassword(terminal)
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		answers[i] = string(typed)
	}
	if answers[0] != answers[1] {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return answers[0], nil
}
