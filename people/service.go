package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/ledger"
)

// MaxServiceLife is the longest time for which a service account is made.
const MaxServiceLife = 2 * 366 * 24 * time.Hour

// ServiceAccount is what stands behind a program that acts under a name of its own: who answers for it, until when, and for which cases it is named.
type ServiceAccount struct {
	Person  ledger.PersonID
	Sponsor ledger.PersonID
	Ends    time.Time
	Cases   []ledger.ThreadID // it is named for these; other cases it sees only as far as its roles go
}

// CreateService makes a service account. Its sponsor is a member of staff who works here and has every role that the account gets: nobody gives a program
// more than they may do themselves. Only the sponsor makes its tokens.
func CreateService(ctx context.Context, tx ledger.Tx, now time.Time, p Person, a ServiceAccount) (Person, error) {
	sponsor, err := Get(ctx, tx, a.Sponsor)
	if err != nil {
		return Person{}, err
	}
	if sponsor.Kind != Staff || !sponsor.Active || slices.ContainsFunc(p.Roles, func(r Role) bool { return !sponsor.Has(r) }) {
		return Person{}, invalid("sponsor", "sponsor", nil)
	}
	if !a.Ends.After(now) || a.Ends.After(now.Add(MaxServiceLife)) {
		return Person{}, invalid("ends", "service-ends", nil)
	}
	p.Kind = Service
	if p, err = Create(ctx, tx, now, p); err != nil {
		return Person{}, err
	}
	words := make([]string, len(a.Cases))
	for i, t := range a.Cases {
		words[i] = t.String()
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO service_account (person, sponsor, ends_ms, cases) VALUES ($1, $2, $3, $4)`, string(p.ID), string(sponsor.ID), a.Ends.UnixMilli(), strings.Join(words, " "))
	if err != nil {
		return Person{}, fmt.Errorf("make service account: %w", err)
	}
	return p, changedPeople(ctx, tx, p.ID)
}

// ServiceOf is what stands behind a service account, or ErrNotFound.
func ServiceOf(ctx context.Context, tx ledger.Tx, person ledger.PersonID) (a ServiceAccount, err error) {
	var sponsor, cases string
	var ends int64
	err = noRows(tx.QueryRowContext(ctx, `SELECT sponsor, ends_ms, cases FROM service_account WHERE person = $1`, string(person)).Scan(&sponsor, &ends, &cases))
	if err != nil {
		return a, fmt.Errorf("find service account: %w", err)
	}
	a = ServiceAccount{Person: person, Sponsor: ledger.PersonID(sponsor), Ends: fromMilli(ends)}
	for _, word := range strings.Fields(cases) {
		t, err := ledger.ParseThreadID(word)
		if err != nil {
			return a, fmt.Errorf("find service account: %w", err)
		}
		a.Cases = append(a.Cases, t)
	}
	return a, nil
}

// serves refuses a service account that is over, or whose sponsor has left or lost a role that the account holds.
func serves(ctx context.Context, tx ledger.Tx, now time.Time, p Person) error {
	a, err := ServiceOf(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	sponsor, err := Get(ctx, tx, a.Sponsor)
	if err != nil {
		return err
	}
	if !now.Before(a.Ends) || !sponsor.Active || slices.ContainsFunc(p.Roles, func(r Role) bool { return !sponsor.Has(r) }) {
		return fmt.Errorf("service account %s: %w", p.Username, ErrExpired)
	}
	return nil
}
