// Package access knows who may see what: local accounts with argon2id passwords, sessions, limits on guessing,
// roles with their rights, and an audit log whose rows form a chain of hashes. It knows nothing of pages or of
// the warehouse, and keeps its files in one folder that only the owner can read.
package access

import (
	"fmt"
	"slices"
	"strings"
)

// Role is a set of rights that an account can have.
type Role string

// The roles of PHDP.
const (
	Analyst Role = "analyst"  // every page and SQL, pseudonymous ids
	Pharma  Role = "pharma"   // aggregates of its own lines and products only
	Ops     Role = "ops"      // the patients of its own team
	OpsLead Role = "ops_lead" // the patients of all teams
	Admin   Role = "admin"    // accounts and audit, no patient data
	DPO     Role = "dpo"      // consent, audit and exports, no patient data
)

// Roles are all roles in the order in which they are shown.
func Roles() []Role { return []Role{Analyst, Pharma, Ops, OpsLead, Admin, DPO} }

// Right is something that a page needs.
type Right int

// The rights that roles grant.
const (
	SeeTotals   Right = iota // aggregates, protected unless SeePatients is there too
	SeePatients              // rows of people
	Export                   // lists of people as files
	RunSQL                   // statements of one's own
	SeeData                  // the state of the data
	SeeAudit                 // accounts and the audit log
	ReachPeople              // pushes that name people to WeCom; no page shows what they hold
	SeeOutbox                // what goes out by itself: alerts to acknowledge, messages to send again
)

// grants says which rights a role gives.
var grants = map[Role][]Right{
	Analyst: {SeeTotals, SeePatients, Export, RunSQL, SeeData},
	Pharma:  {SeeTotals},
	Ops:     {SeeTotals, SeePatients, Export, ReachPeople},
	OpsLead: {SeeTotals, SeePatients, Export, SeeData, ReachPeople, SeeOutbox},
	Admin:   {SeeTotals, SeeData, SeeAudit, SeeOutbox},
	DPO:     {SeeTotals, SeeData, SeeAudit, SeeOutbox},
}

// Identity is somebody who is signed in, with the rows that they may see. An empty list sets no limit.
type Identity struct {
	Name     string
	Roles    []Role
	Lines    []string // codes of disease lines
	Products []string // SKUs
	Staff    []string // staff ids: the team whose patients are seen

	// Token and Scopes are set for a program that came with a token: its id, and the scopes that bound the rights.
	Token  string  `json:"-"`
	Scopes []Scope `json:"-"`
}

// May tells whether one of the roles gives a right. What goes out by itself is of everybody in the plan, so accounts with
// limits do not see it.
func (i Identity) May(right Right) bool {
	if right == SeeOutbox && len(i.Lines)+len(i.Products)+len(i.Staff) > 0 {
		return false
	}
	if i.Token != "" && !slices.ContainsFunc(i.Scopes, func(s Scope) bool { return s.Gives(right) }) {
		return false
	}
	return slices.ContainsFunc(i.Roles, func(r Role) bool { return slices.Contains(grants[r], right) })
}

// RoleNames are the roles as one text.
func (i Identity) RoleNames() string {
	names := make([]string, len(i.Roles))
	for n, r := range i.Roles {
		names[n] = string(r)
	}
	return strings.Join(names, ",")
}

// Check says why a set of roles and limits cannot be given, or nil.
func (i Identity) Check() error {
	if len(i.Roles) == 0 {
		return fmt.Errorf("account %q: it needs a role", i.Name)
	}
	for _, r := range i.Roles {
		if !slices.Contains(Roles(), r) {
			return fmt.Errorf("account %q: unknown role %q", i.Name, r)
		}
	}
	switch {
	case slices.Contains(i.Roles, Pharma) && len(i.Roles) > 1:
		return fmt.Errorf("account %q: pharma sees totals only and cannot be joined with another role", i.Name)
	case slices.Contains(i.Roles, Pharma) && len(i.Lines)+len(i.Products) == 0:
		return fmt.Errorf("account %q: pharma needs its lines or products", i.Name)
	case slices.Contains(i.Roles, Ops) && len(i.Staff) == 0 && !i.May(RunSQL) && !slices.Contains(i.Roles, OpsLead):
		return fmt.Errorf("account %q: ops needs the staff ids of its team", i.Name)
	}
	return nil
}
