package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"consilium/ledger"
)

// ErrNoIdentity says that this hospital does not know who the patient is.
var ErrNoIdentity = errors.New("who the patient is is not known here")

// Patient is who one of this hospital's patients is. It stays at home; what travels is the sealed blob of case.identity.
type Patient struct {
	Name        string
	Latin       string // the name in Latin letters
	LocalNumber string // the hospital's own number: unique only here
	BirthDate   string // perhaps partial
}

// SetIdentity writes down who the patient of a case is, for this hospital's own pages and search.
func SetIdentity(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, p Patient) error {
	if strings.TrimSpace(p.Name+p.LocalNumber) == "" {
		return fmt.Errorf("who the patient of case %s is: a name or a local number is needed", id)
	}
	if err := checkDate(p.BirthDate); err != nil {
		return err
	}
	find := searchText(p.Name + " " + p.Latin + " " + p.LocalNumber)
	_, err := tx.ExecContext(ctx, `INSERT INTO case_identity (thread, name, latin, local_number, birth_date, find_text) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (thread) DO UPDATE SET name = excluded.name, latin = excluded.latin, local_number = excluded.local_number,
		birth_date = excluded.birth_date, find_text = excluded.find_text`, id[:], p.Name, p.Latin, p.LocalNumber, p.BirthDate, find)
	if err != nil {
		return fmt.Errorf("keeping who the patient of case %s is: %w", id, err)
	}
	return keepGrams(ctx, tx, "case_gram", id, find)
}

// IdentityOf gives who the patient of a case is, or ErrNoIdentity.
func IdentityOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (Patient, error) {
	var p Patient
	err := tx.QueryRowContext(ctx, `SELECT name, latin, local_number, birth_date FROM case_identity WHERE thread = $1`, id[:]).
		Scan(&p.Name, &p.Latin, &p.LocalNumber, &p.BirthDate)
	if errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("case %s: %w", id, ErrNoIdentity)
	}
	if err != nil {
		return p, fmt.Errorf("reading who the patient of case %s is: %w", id, err)
	}
	return p, nil
}

// ForgetIdentity removes who the patient of a case is.
func ForgetIdentity(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) error {
	for _, table := range []string{"case_identity", "case_gram"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE thread = $1`, id[:]); err != nil {
			return fmt.Errorf("forgetting who the patient of case %s is: %w", id, err)
		}
	}
	return nil
}

// ByLocalNumber lists the cases of the patient with this hospital's own number, oldest first.
func ByLocalNumber(ctx context.Context, tx ledger.Tx, number string) ([]ledger.ThreadID, error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread FROM case_identity WHERE local_number = $1 ORDER BY thread`, number)
	if err != nil {
		return nil, fmt.Errorf("finding a local number: %w", err)
	}
	defer rows.Close()
	var list []ledger.ThreadID
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("finding a local number: %w", err)
		}
		list = append(list, ledger.ThreadID(raw))
	}
	return list, rows.Err()
}

// searchText is text as it is searched: small letters, one width, one form, single spaces.
func searchText(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}

// grams are the pairs of letters of a text as searched, without those that hold a space, and each Chinese character: one of them is a word.
func grams(s string) []string {
	var list []string
	runes := []rune(s)
	for i, r := range runes {
		if unicode.Is(unicode.Han, r) {
			list = append(list, string(r))
		}
		if i+1 < len(runes) && r != ' ' && runes[i+1] != ' ' {
			list = append(list, string(runes[i:i+2]))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func keepGrams(ctx context.Context, tx ledger.Tx, name string, id ledger.ThreadID, text string) error {
	var list table
	for _, g := range grams(text) {
		list.add(g, id[:])
	}
	return list.replace(ctx, tx, id, name, "gram, thread", false)
}
