package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"consilium/ledger"
)

// PartnerState is how far two hospitals are with each other.
type PartnerState string

// The states of a partner.
const (
	Asked    PartnerState = "asked"    // we have entered them; they have not answered yet
	Accepted PartnerState = "accepted" // both have entered the other
	Blocked  PartnerState = "blocked"  // we do not talk to them
)

// Partner is a hospital that an administrator here has entered or invited.
type Partner struct {
	Hospital  ledger.HospitalID
	Name      string
	Place     string
	Addresses []string // host:port; none: they call us
	State     PartnerState
	Since     time.Time
	Link      *ledger.Statement // the newest link key that they have shown
	Seal      *ledger.Statement // to seal files for them
	Seen      time.Time         // when a link was last up; zero: never

	link, seal string
	invite     []byte
	taken      mark
	given      int64
}

const partnerColumns = `hospital, name, place, addresses, state, since_ms, link, seal, invite, taken_place, taken_hash, given_place, seen_ms`

func scanPartner(scan func(...any) error) (Partner, error) {
	var p Partner
	var hospital, taken []byte
	var addresses, state string
	var since, seen int64
	err := scan(&hospital, &p.Name, &p.Place, &addresses, &state, &since, &p.link, &p.seal, &p.invite, &p.taken.Place, &taken, &p.given, &seen)
	if err != nil {
		return p, err
	}
	copy(p.Hospital[:], hospital)
	copy(p.taken.Hash[:], taken)
	p.Addresses, p.State, p.Since = strings.Fields(addresses), PartnerState(state), time.UnixMilli(since)
	if seen != 0 {
		p.Seen = time.UnixMilli(seen)
	}
	for _, s := range []struct {
		text string
		to   **ledger.Statement
	}{{p.link, &p.Link}, {p.seal, &p.Seal}} {
		if s.text == "" {
			continue
		}
		var st ledger.Statement
		if err := st.UnmarshalText([]byte(s.text)); err != nil {
			return p, err
		}
		*s.to = &st
	}
	return p, nil
}

// Partners lists all partners in the order of their names.
func Partners(ctx context.Context, tx ledger.Tx) ([]Partner, error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+partnerColumns+` FROM partner ORDER BY name, hospital`)
	if err != nil {
		return nil, fmt.Errorf("listing partners: %w", err)
	}
	defer rows.Close()
	var list []Partner
	for rows.Next() {
		p, err := scanPartner(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("listing partners: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// PartnerOf gives one partner, or [ErrNoPartner].
func PartnerOf(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) (Partner, error) {
	p, err := scanPartner(tx.QueryRowContext(ctx, `SELECT `+partnerColumns+` FROM partner WHERE hospital = $1`, id[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Partner{}, fmt.Errorf("hospital %s: %w", id, ErrNoPartner)
	}
	if err != nil {
		return Partner{}, fmt.Errorf("reading partner %s: %w", id, err)
	}
	return p, nil
}

// enter writes a partner that is new, or what an administrator changes about one. State and progress of one that is there stay.
func enter(ctx context.Context, tx ledger.Tx, p Partner) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO partner (`+partnerColumns+`) VALUES ($1, $2, $3, $4, $5, $6, '', '', $7, 0, $8, 0, 0)
		ON CONFLICT (hospital) DO UPDATE SET addresses = excluded.addresses,
		name = CASE WHEN excluded.name = '' THEN partner.name ELSE excluded.name END,
		place = CASE WHEN excluded.place = '' THEN partner.place ELSE excluded.place END,
		invite = COALESCE(excluded.invite, partner.invite)`,
		p.Hospital[:], tidy(p.Name, 200), tidy(p.Place, 200), strings.Join(p.Addresses, " "), string(p.State), p.Since.UnixMilli(), p.invite, make([]byte, 32))
	if err != nil {
		return fmt.Errorf("entering partner %s: %w", p.Hospital, err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM caller WHERE hospital = $1`, p.Hospital[:])
	if err != nil {
		return fmt.Errorf("entering partner %s: %w", p.Hospital, err)
	}
	return nil
}

// met notes what a partner said of itself when a link came up.
func met(ctx context.Context, tx ledger.Tx, h hello, now time.Time) error {
	link, seal := "", ""
	if h.Link != nil {
		text, _ := h.Link.MarshalText()
		link = string(text)
	}
	if h.Seal != nil {
		text, _ := h.Seal.MarshalText()
		seal = string(text)
	}
	_, err := tx.ExecContext(ctx, `UPDATE partner SET state = $2, seen_ms = $3, link = $4, seal = CASE WHEN $5 = '' THEN seal ELSE $5 END, invite = NULL,
		name = CASE WHEN name = '' THEN $6 ELSE name END, place = CASE WHEN place = '' THEN $7 ELSE place END WHERE hospital = $1`,
		h.Hospital[:], string(Accepted), now.UnixMilli(), link, seal, tidy(h.Name, 200), tidy(h.Place, 200))
	if err != nil {
		return fmt.Errorf("noting partner %s: %w", h.Hospital, err)
	}
	return nil
}

// maxCallers bounds the list of unknown callers.
const maxCallers = 200

// Caller is a hospital that called and is not a partner.
type Caller struct {
	Hospital    ledger.HospitalID
	Name        string // as it says
	Address     string // where the call came from
	Calls       int
	First, Last time.Time
}

// noteCaller keeps an unknown hospital's call for the administrator, here and nowhere else.
func noteCaller(ctx context.Context, tx ledger.Tx, h hello, address string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO caller (hospital, name, address, calls, first_ms, last_ms) VALUES ($1, $2, $3, 1, $4, $4)
		ON CONFLICT (hospital) DO UPDATE SET name = excluded.name, address = excluded.address, calls = caller.calls + 1, last_ms = excluded.last_ms`,
		h.Hospital[:], tidy(h.Name, 200), tidy(address, 100), now.UnixMilli())
	if err != nil {
		return fmt.Errorf("noting an unknown caller: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM caller WHERE hospital NOT IN (SELECT hospital FROM caller ORDER BY last_ms DESC, hospital LIMIT $1)`, maxCallers)
	if err != nil {
		return fmt.Errorf("bounding the unknown callers: %w", err)
	}
	return nil
}

// Callers lists the hospitals that called and are not partners, the newest first.
func Callers(ctx context.Context, tx ledger.Tx) ([]Caller, error) {
	rows, err := tx.QueryContext(ctx, `SELECT hospital, name, address, calls, first_ms, last_ms FROM caller ORDER BY last_ms DESC, hospital`)
	if err != nil {
		return nil, fmt.Errorf("listing unknown callers: %w", err)
	}
	defer rows.Close()
	var list []Caller
	for rows.Next() {
		var c Caller
		var hospital []byte
		var first, last int64
		if err := rows.Scan(&hospital, &c.Name, &c.Address, &c.Calls, &first, &last); err != nil {
			return nil, fmt.Errorf("listing unknown callers: %w", err)
		}
		copy(c.Hospital[:], hospital)
		c.First, c.Last = time.UnixMilli(first), time.UnixMilli(last)
		list = append(list, c)
	}
	return list, rows.Err()
}

// AddPartner enters a hospital, or changes the name, place and addresses of one that is entered. They become partners once the other side
// has entered this hospital too. A blocked one is let in again.
func (n *Network) AddPartner(ctx context.Context, p Partner) error {
	if p.Hospital.IsZero() || p.Hospital == n.self() {
		return fmt.Errorf("entering partner %s: a partner is another hospital: %w", p.Hospital, ErrNoPartner)
	}
	for _, a := range p.Addresses {
		if _, port, err := net.SplitHostPort(a); err != nil || port == "" || strings.ContainsAny(a, " \t\n") {
			return fmt.Errorf("entering partner %s: %q: %w", p.Hospital, a, ErrAddress)
		}
	}
	p.State, p.Since = Asked, n.o.Now()
	err := n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := enter(ctx, tx, p); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE partner SET state = $2 WHERE hospital = $1 AND state = $3`, p.Hospital[:], string(Asked), string(Blocked))
		return err
	})
	if err != nil {
		return err
	}
	n.tend(p.Hospital)
	n.o.Changed(p.Hospital)
	return nil
}

// Block ends the exchange with a partner, and keeps it entered as blocked.
func (n *Network) Block(ctx context.Context, id ledger.HospitalID) error {
	return n.drop(ctx, id, errors.New("the partner was blocked"),
		`UPDATE partner SET state = 'blocked', invite = NULL WHERE hospital = $1`)
}

// Remove ends the exchange with a partner and forgets it. Threads that are shared with it stay shared; if it is entered again the exchange goes on.
func (n *Network) Remove(ctx context.Context, id ledger.HospitalID) error {
	return n.drop(ctx, id, errors.New("the partner was removed"),
		`DELETE FROM holding WHERE hospital = $1`, `DELETE FROM refused_by WHERE hospital = $1`, `DELETE FROM partner WHERE hospital = $1`)
}

func (n *Network) drop(ctx context.Context, id ledger.HospitalID, why error, statements ...string) error {
	err := n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if _, err := PartnerOf(ctx, tx, id); err != nil {
			return err
		}
		for _, s := range statements {
			if _, err := tx.ExecContext(ctx, s, id[:]); err != nil {
				return fmt.Errorf("changing partner %s: %w", id, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	l := n.link(id)
	l.mu.Lock()
	s := l.session
	l.mu.Unlock()
	if s != nil {
		s.end(why)
		<-s.done
	}
	l.kick()
	n.o.Changed(id)
	return nil
}

// Partners lists all partners.
func (n *Network) Partners(ctx context.Context) (list []Partner, err error) {
	err = n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err = Partners(ctx, tx)
		return err
	})
	return list, err
}

// Callers lists the hospitals that called and are not partners.
func (n *Network) Callers(ctx context.Context) (list []Caller, err error) {
	err = n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, err = Callers(ctx, tx)
		return err
	})
	return list, err
}

func hasAddress(p Partner, address string) bool { return slices.Contains(p.Addresses, address) }
