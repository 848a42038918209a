package main

import (
	"fmt"
	"time"

	"phdp/dashboards/access"
)

type auditCommand struct {
	List   auditListCommand   `cmd:"" help:"Print the newest rows: sign-ins, views of people, statements, exports, accounts."`
	Verify auditVerifyCommand `cmd:"" help:"Check that no row was changed, removed, added or moved."`
}

type auditListCommand struct {
	Rows int    `default:"50" help:"How many rows."`
	Who  string `help:"Only the rows of this account."`
	Act  string `help:"Only rows of this act, such as view or export."`
}

// Run prints the rows, oldest first.
func (c *auditListCommand) Run(a *app) error {
	audit, err := access.OpenAudit(a.path("access"), time.Now)
	if err != nil {
		return err
	}
	var rows []access.Row
	err = audit.Each(func(r access.Row) error {
		if (c.Who == "" || r.Who == c.Who) && (c.Act == "" || r.Act == c.Act) {
			rows = append(rows, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range rows[max(0, len(rows)-c.Rows):] {
		fmt.Printf("%6d  %s  %-16s %-15s %-16s %s  %s\n", r.Seq, r.At.Format(time.RFC3339), r.Who, r.From, r.Act, r.Object, r.Detail)
	}
	return nil
}

type auditVerifyCommand struct {
	Expect string `placeholder:"HASH" help:"A hash that was noted earlier; it must still be there."`
}

// Help is the long help of phdp audit verify.
func (auditVerifyCommand) Help() string {
	return `Each row holds the hash of the row before. A change in the middle breaks the chain; a cut at the end, or a
chain that was written anew from the start, is found only against a hash that was noted elsewhere. Note the
printed hash now and then, and hand it in with --expect.`
}

// Run checks the chain.
func (c *auditVerifyCommand) Run(a *app) error {
	audit, err := access.OpenAudit(a.path("access"), time.Now)
	if err != nil {
		return err
	}
	last, err := audit.Verify(c.Expect)
	if err != nil {
		return err
	}
	fmt.Printf("%d rows, the chain is whole; newest hash %s\n", last.Seq, last.Hash)
	return nil
}
