package reply

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Lasts is how long a link opens.
const Lasts = 14 * 24 * time.Hour

// mostTries is after how many wrong dates of birth a link opens no more.
const mostTries = 5

// Link is one question to one patient: how are you, at one appointment.
type Link struct {
	ID       string
	Thread   ledger.ThreadID
	Place    int
	Pathway  string
	Pack     string // version of the pathway's pack whose questions it asks; "": of a link made before versions were kept
	Schedule string
	Lang     lang.Language
	Born     bool // the date of birth is asked first
	Tries    int
	By       ledger.PersonID
	Made     time.Time
	Expires  time.Time
	Opened   time.Time // zero: not yet
	Answered time.Time // zero: not yet
	Revoked  time.Time // zero: not
	Answers  map[string]string
}

// Why a link does not open.
var (
	ErrUnknown  = errors.New("there is no such link")
	ErrExpired  = errors.New("the link has expired")
	ErrRevoked  = errors.New("the link was withdrawn")
	ErrAnswered = errors.New("the link was answered already")
	ErrTries    = errors.New("the date of birth was wrong too often")
)

// State is nil where the link takes answers, or why it does not.
func (l *Link) State(now time.Time) error {
	switch {
	case !l.Answered.IsZero():
		return ErrAnswered
	case !l.Revoked.IsZero():
		return ErrRevoked
	case l.Tries >= mostTries:
		return ErrTries
	case !now.Before(l.Expires):
		return ErrExpired
	}
	return nil
}

// letters are those of links: lower case, as somebody may have to type them.
var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

const idBytes, macBytes = 10, 16

// Token is what opens the link: its id, signed with the node's secret. It is not kept anywhere.
func (l *Link) Token(secret []byte) string { return strings.ToLower(l.ID + signature(secret, l.ID)) }

func signature(secret []byte, id string) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("reply\x00" + id))
	return letters.EncodeToString(m.Sum(nil)[:macBytes])
}

// idOf is the id of a token that was signed here.
func idOf(secret []byte, token string) (string, error) {
	n := letters.EncodedLen(idBytes)
	token = strings.ToUpper(token)
	if len(token) != n+letters.EncodedLen(macBytes) || !hmac.Equal([]byte(token[n:]), []byte(signature(secret, token[:n]))) {
		return "", ErrUnknown
	}
	return token[:n], nil
}

// Make makes a link. An earlier one for the same appointment that was not answered is withdrawn.
func Make(ctx context.Context, tx ledger.Tx, now time.Time, l Link) (Link, error) {
	raw := make([]byte, idBytes)
	rand.Read(raw)
	l.ID, l.Made, l.Expires = letters.EncodeToString(raw), now, now.Add(Lasts)
	_, err := tx.ExecContext(ctx, `UPDATE registry_reply SET revoked_ms = $3, answers = '{}' WHERE thread = $1 AND schedule = $2 AND answered_ms = 0 AND revoked_ms = 0`, l.Thread[:], l.Schedule, now.UnixMilli())
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO registry_reply (id, thread, place, pathway, schedule, lang, born, tries, by_person, made_ms, expires_ms, opened_ms, answered_ms, revoked_ms, answers, pack)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, 0, 0, 0, '{}', $11)`,
			l.ID, l.Thread[:], l.Place, ledger.Indexed(l.Pathway), l.Schedule, string(l.Lang), one(l.Born), string(l.By), l.Made.UnixMilli(), l.Expires.UnixMilli(), l.Pack)
	}
	if err != nil {
		return l, fmt.Errorf("making a link for a patient: %w", err)
	}
	return l, nil
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

const columns = `id, thread, place, pathway, schedule, lang, born, tries, by_person, made_ms, expires_ms, opened_ms, answered_ms, revoked_ms, answers, pack`

// Find finds the link of a token, or [ErrUnknown]. Whether it opens says its State.
func Find(ctx context.Context, tx ledger.Tx, secret []byte, token string) (Link, error) {
	id, err := idOf(secret, token)
	if err != nil {
		return Link{}, err
	}
	return Get(ctx, tx, id)
}

// Get gives a link by its id, for who made it.
func Get(ctx context.Context, tx ledger.Tx, id string) (Link, error) {
	l, err := scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM registry_reply WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return l, ErrUnknown
	}
	return l, err
}

// Last is the newest link for an appointment; [ErrUnknown] where there is none.
func Last(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, schedule string) (Link, error) {
	l, err := scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM registry_reply WHERE thread = $1 AND schedule = $2 ORDER BY made_ms DESC, id LIMIT 1`, thread[:], schedule).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return l, ErrUnknown
	}
	return l, err
}

func scan(scan func(...any) error) (l Link, err error) {
	var thread []byte
	var born int
	var made, expires, opened, answered, revoked int64
	var answers string
	if err := scan(&l.ID, &thread, &l.Place, &l.Pathway, &l.Schedule, &l.Lang, &born, &l.Tries, &l.By, &made, &expires, &opened, &answered, &revoked, &answers, &l.Pack); err != nil {
		return l, err
	}
	l.Thread, l.Born = ledger.ThreadID(thread), born == 1
	l.Made, l.Expires, l.Opened, l.Answered, l.Revoked = at(made), at(expires), at(opened), at(answered), at(revoked)
	return l, json.Unmarshal([]byte(answers), &l.Answers)
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// SeeOpened notes that a link was opened, the first time.
func (l *Link) SeeOpened(ctx context.Context, tx ledger.Tx, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE registry_reply SET opened_ms = $2 WHERE id = $1 AND opened_ms = 0`, l.ID, now.UnixMilli())
	return err
}

// Try counts a try at the date of birth before it is compared, so that many at once are no more than the link allows; then it is [ErrTries].
func (l *Link) Try(ctx context.Context, tx ledger.Tx) error {
	result, err := tx.ExecContext(ctx, `UPDATE registry_reply SET tries = tries + 1 WHERE id = $1 AND tries < $2`, l.ID, mostTries)
	if err != nil {
		return fmt.Errorf("counting tries at a patient's link: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrTries, err)
	}
	return nil
}

// Right takes a try back: the date of birth was right.
func (l *Link) Right(ctx context.Context, tx ledger.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE registry_reply SET tries = tries - 1 WHERE id = $1 AND tries > 0`, l.ID)
	return err
}

// Revoke withdraws a link, and forgets what was typed into it.
func Revoke(ctx context.Context, tx ledger.Tx, now time.Time, id string) error {
	_, err := tx.ExecContext(ctx, `UPDATE registry_reply SET revoked_ms = $2, answers = '{}' WHERE id = $1 AND answered_ms = 0 AND revoked_ms = 0`, id, now.UnixMilli())
	return err
}

// Forget forgets all links of a case, of which something is erased.
func Forget(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM registry_reply WHERE thread = $1`, thread[:])
	return err
}

// Save keeps answers as they are given, over those that were given before, on whatever device: of two to one question the later one stands. The link must take answers.
func (l *Link) Save(ctx context.Context, tx ledger.Tx, answers map[string]string) error {
	for name, answer := range answers {
		l.Answers[name] = answer
	}
	raw, err := json.Marshal(l.Answers)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE registry_reply SET answers = $2 WHERE id = $1 AND answered_ms = 0 AND revoked_ms = 0`, l.ID, string(raw))
	return err
}

// End notes that the answers were sent. It returns [ErrAnswered] where another device was faster.
func (l *Link) End(ctx context.Context, tx ledger.Tx, now time.Time) error {
	result, err := tx.ExecContext(ctx, `UPDATE registry_reply SET answered_ms = $2, answers = '{}' WHERE id = $1 AND answered_ms = 0 AND revoked_ms = 0`, l.ID, now.UnixMilli())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrAnswered, err)
	}
	return nil
}
