package people

import (
	"context"
	"fmt"
	"time"

	"consilium/ledger"
)

// LinkLasts is how long somebody may take to choose a password with a link.
const LinkLasts = 72 * time.Hour

// MakePasswordLink gives the secret of a link with which a person chooses a password, once. It is shown once and stored nowhere. Links made before it open
// nothing any more; the password that the person has stays until another is chosen.
func MakePasswordLink(ctx context.Context, tx ledger.Tx, now time.Time, person, by ledger.PersonID) (secret string, err error) {
	secret, hash := newSecret("")
	if err := dropLinks(ctx, tx, person); err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO password_link (hash, person, made_by, expires_ms) VALUES ($1, $2, $3, $4)`, hash, string(person), string(by), now.Add(LinkLasts).UnixMilli())
	if err != nil {
		return "", fmt.Errorf("make a link for a password: %w", err)
	}
	return secret, nil
}

// LinkedPerson is the person of a link: ErrExpired where it is over or was used, or where the person has left.
func LinkedPerson(ctx context.Context, tx ledger.Tx, now time.Time, secret string) (Person, error) {
	var id string
	var expires int64
	row := tx.QueryRowContext(ctx, `SELECT person, expires_ms FROM password_link WHERE hash = $1`, hashSecret(secret))
	switch err := noRows(row.Scan(&id, &expires)); {
	case err == ErrNotFound || err == nil && now.UnixMilli() >= expires:
		return Person{}, fmt.Errorf("open a link for a password: %w", ErrExpired)
	case err != nil:
		return Person{}, fmt.Errorf("open a link for a password: %w", err)
	}
	p, err := Get(ctx, tx, ledger.PersonID(id))
	if err == nil && !p.Active {
		err = fmt.Errorf("open a link for a password: %w", ErrExpired)
	}
	return p, err
}

func dropLinks(ctx context.Context, tx ledger.Tx, person ledger.PersonID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM password_link WHERE person = $1`, string(person)); err != nil {
		return fmt.Errorf("drop links for a password: %w", err)
	}
	return nil
}
