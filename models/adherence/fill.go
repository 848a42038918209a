package adherence

import (
	"cmp"
	"slices"
)

// Status is what a row about a claim says.
type Status uint8

// The kinds of rows: a fill, and the two ways of undoing one.
const (
	Filled Status = iota
	Cancelled
	Returned
)

// Claim is a row about a claim: medicine handed over, or its undoing.
type Claim struct {
	ID          string
	Day         Day
	Drug        string
	Ingredients []string // empty: the drug itself
	Supply      int      // days
	HasSupply   bool
	Status      Status
	Line        int // of the file, for rejects
}

// MaxSupply is the default limit of a plausible supply in days.
const MaxSupply = 366

// Reasons why a claim is not a fill that counts.
const (
	Duplicate         = "duplicate"
	IsCancelled       = "cancelled"
	IsReturn          = "return"
	IsReturned        = "returned"
	NegativeUnmatched = "negative_unmatched"
	ZeroSupply        = "zero_supply"
	ImplausibleSupply = "implausible_supply"
	NoSupply          = "no_supply"
)

// Judge returns for each claim of a patient why it does not count, empty when it is a fill. The order of the
// rules: duplicate, cancelled, return and returned, negative_unmatched, no_supply, zero_supply, implausible_supply.
func Judge(claims []Claim, maxSupply int) []string {
	reasons := make([]string, len(claims))
	order := make([]int, len(claims))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(claims[a].Day, claims[b].Day) })
	judgeClaims(claims, order, reasons)
	judgeReturns(claims, order, reasons)
	for i, c := range claims {
		switch {
		case reasons[i] != "":
		case !c.HasSupply:
			reasons[i] = NoSupply
		case c.Supply == 0:
			reasons[i] = ZeroSupply
		case c.Supply > maxSupply:
			reasons[i] = ImplausibleSupply
		}
	}
	return reasons
}

// judgeClaims applies the rules that a claim id decides.
func judgeClaims(claims []Claim, order []int, reasons []string) {
	type key struct {
		id, drug  string
		day       Day
		supply    int
		hasSupply bool
	}
	type undoing struct{ cancelled, returned, filled bool }
	undone := map[string]undoing{}
	for _, c := range claims {
		u := undone[c.ID]
		u.cancelled = u.cancelled || c.Status == Cancelled
		u.returned = u.returned || c.Status == Returned
		u.filled = u.filled || c.Status == Filled
		undone[c.ID] = u
	}
	seen := map[key]bool{}
	for _, i := range order {
		c, u := claims[i], undone[claims[i].ID]
		k := key{c.ID, c.Drug, c.Day, c.Supply, c.HasSupply}
		switch {
		case c.Status == Cancelled:
			reasons[i] = IsCancelled
		case c.Status == Returned && u.filled:
			reasons[i] = IsReturn
		case c.Status == Returned && c.Supply == 0:
			reasons[i] = NegativeUnmatched
		case c.Status == Filled && seen[k]:
			reasons[i] = Duplicate
		case u.cancelled:
			reasons[i] = IsCancelled
		case u.returned && c.Status == Filled:
			reasons[i] = IsReturned
		}
		if c.Status == Filled {
			seen[k] = true
		}
	}
}

// judgeReturns lets each return undo the nearest earlier fill of the same drug and supply.
func judgeReturns(claims []Claim, order []int, reasons []string) {
	type key struct {
		drug   string
		supply int
	}
	open := map[key][]int{}
	for _, i := range order {
		c := claims[i]
		if reasons[i] != "" || !c.HasSupply || c.Supply == 0 {
			continue
		}
		k := key{c.Drug, max(c.Supply, -c.Supply)}
		if c.Supply > 0 && c.Status == Filled {
			open[k] = append(open[k], i)
			continue
		}
		fills := open[k]
		if len(fills) == 0 {
			reasons[i] = NegativeUnmatched
			continue
		}
		reasons[i], reasons[fills[len(fills)-1]] = IsReturn, IsReturned
		open[k] = fills[:len(fills)-1]
	}
}
