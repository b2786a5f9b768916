package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Of several nodes of a hospital one keeps the links ([Network.Run]). It writes how they are for the pages of the others ([Network.Share]), and hears from them what an administrator changed there
// ([Network.Review]).

// linkState is what only the node knows that keeps a link.
type linkState struct {
	Up       bool      `json:"up"`
	Since    time.Time `json:"since"`
	LastErr  lang.Text `json:"last_err"`
	LastAt   time.Time `json:"last_at"`
	HeldBack []Held    `json:"held_back,omitempty"`
	Received int64     `json:"received"`
	Sent     int64     `json:"sent"`
}

// Share writes how all links are, where that is not what stands there already. It tells whether it wrote.
func (n *Network) Share(ctx context.Context) (wrote bool, err error) {
	states := map[ledger.HospitalID]string{}
	for _, l := range n.allLinks() {
		var s State
		s.Partner.Hospital = l.hospital
		n.live(&s)
		text, err := json.Marshal(linkState{s.Up, s.Since, s.LastErr, s.LastAt, s.HeldBack, s.Received, s.Sent})
		if err != nil {
			return false, err
		}
		if l.sharedAs(string(text)) {
			states[l.hospital] = string(text)
		}
	}
	if len(states) == 0 {
		return false, nil
	}
	err = n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for id, text := range states {
			if _, err := tx.ExecContext(ctx, `INSERT INTO partner_link (hospital, state) VALUES ($1, $2) ON CONFLICT (hospital) DO UPDATE SET state = excluded.state`, id[:], text); err != nil {
				return fmt.Errorf("sharing the state of a link: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		for _, l := range n.allLinks() {
			l.sharedAs("") // once more
		}
	}
	return err == nil, err
}

func (n *Network) allLinks() (list []*link) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.links {
		list = append(list, l)
	}
	return list
}

// sharedAs keeps what was written last, and tells whether this is something else.
func (l *link) sharedAs(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := l.shared != text
	l.shared = text
	return changed
}

// readShared is what the node that keeps the links wrote of one.
func (s *State) readShared(ctx context.Context, tx ledger.Tx) error {
	var text string
	err := tx.QueryRowContext(ctx, `SELECT state FROM partner_link WHERE hospital = $1`, s.Partner.Hospital[:]).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the state of a link: %w", err)
	}
	var l linkState
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return fmt.Errorf("reading the state of a link: %w", err)
	}
	s.Up, s.Since, s.LastErr, s.LastAt, s.HeldBack, s.Received, s.Sent = l.Up, l.Since, l.LastErr, l.LastAt, l.HeldBack, l.Received, l.Sent
	return nil
}

// Review looks at the partners anew, after another node of the hospital has changed something about them: new ones are called, and links to those that were blocked or removed end.
func (n *Network) Review(ctx context.Context) error {
	if !n.Runs() {
		return nil
	}
	partners, err := n.Partners(ctx)
	if err != nil {
		return err
	}
	talk := map[ledger.HospitalID]bool{}
	for _, p := range partners {
		if p.State != Blocked {
			talk[p.Hospital] = true
			l := n.link(p.Hospital)
			l.mu.Lock()
			known := l.tended
			l.mu.Unlock()
			if !known {
				n.tend(p.Hospital)
			}
		}
	}
	n.eachSession(func(s *session) {
		if !talk[s.peer] {
			s.end(errors.New("the partner was blocked or removed"))
		}
	})
	return nil
}
