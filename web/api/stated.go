package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"consilium/desk"
	"consilium/ledger"
)

// Stated is an answer with its entity tag (RFC 9110, 8.8.3): the set of entries that a thread has, a point, and the representation of it in the caller's language.
type Stated[T any] struct {
	ETag string `header:"ETag" doc:"Send it back as If-None-Match to read again only what changed, or as If-Match to say something only if nobody has said anything since"`
	Body T
}

// ReadIn is a thread that is read, perhaps only if it changed.
type ReadIn struct {
	ID          ledger.ThreadID `path:"id"`
	IfNoneMatch string          `header:"If-None-Match" doc:"Entity tags as an earlier answer had them: where one still holds, the answer is 304 without a body"`
}

// State makes an answer about a thread with the entries of a digest.
func State[T any](entries ledger.Hash, body T) (*Stated[T], error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &Stated[T]{ETag: `"` + entries.String() + "." + hex.EncodeToString(sum[:12]) + `"`, Body: body}, nil
}

// tags are the entity tags of a header, without what makes them weak.
func tags(header string) (list []string) {
	for _, tag := range strings.Split(header, ",") {
		list = append(list, strings.TrimPrefix(strings.TrimSpace(tag), "W/"))
	}
	return list
}

// stillHolds refuses an entry where others were said since the caller read the thread: what it says may rest on what no longer holds. It is asked in the transaction
// that appends the entry, so nothing comes in between.
func (a *API) stillHolds(ifMatch string) func(context.Context, ledger.Tx, *ledger.Entry) error {
	return func(ctx context.Context, tx ledger.Tx, e *ledger.Entry) error {
		wanted := tags(ifMatch)
		if ifMatch == "" || slices.Contains(wanted, "*") {
			return nil
		}
		l, err := a.Book.Log(ctx, tx, e.Thread)
		if err != nil {
			return err
		}
		l.Said = slices.DeleteFunc(slices.Clone(l.Said), func(s ledger.Said) bool { return s.Hash == e.Hash })
		before := `"` + l.Digest().String()
		for _, tag := range wanted {
			if entries, _, _ := strings.Cut(strings.TrimSuffix(tag, `"`), "."); entries == before {
				return nil
			}
		}
		return fmt.Errorf("thread %s: %w", e.Thread, desk.ErrChanged)
	}
}

// unchanged answers a GET with 304 where the caller has what it would get.
type unchanged struct {
	http.ResponseWriter
	known []string
	drop  bool
}

// unlessKnown lets only through what the caller does not have yet.
func unlessKnown(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	if known := r.Header.Get("If-None-Match"); known != "" && r.Method == http.MethodGet {
		return &unchanged{ResponseWriter: w, known: tags(known)}
	}
	return w
}

func (u *unchanged) WriteHeader(status int) {
	tag := strings.TrimPrefix(u.Header().Get("ETag"), "W/")
	if status == http.StatusOK && tag != "" && (slices.Contains(u.known, tag) || slices.Contains(u.known, "*")) {
		u.drop, status = true, http.StatusNotModified
		u.Header().Del("Content-Type")
		u.Header().Del("Content-Length")
	}
	u.ResponseWriter.WriteHeader(status)
}

func (u *unchanged) Write(p []byte) (int, error) {
	if u.drop {
		return len(p), nil
	}
	return u.ResponseWriter.Write(p)
}

func (u *unchanged) Unwrap() http.ResponseWriter { return u.ResponseWriter }
