package study

import (
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"consilium/access"
	"consilium/ledger"
	"consilium/record"
	"consilium/study/disclosure"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Turn is what this hospital's node is to say next by itself.
type Turn struct {
	Kind string // [KindJoined] or [KindRound]
	Run  *Run
}

// Turn is what a hospital's node is to say next; nil where it waits for others or for people. It joins only a run of the very protocol that its head approved, and never after
// the approval was taken back.
func (s *Study) Turn(me ledger.HospitalID) *Turn {
	r := s.Last()
	if r == nil || r.Over || r.Stuck() || s.Withdrawn != nil || !r.Member(me) {
		return nil
	}
	if r.JoinedBy(me) == nil {
		if s.Versions[r.Version].Approval(me) == nil {
			return nil
		}
		return &Turn{KindJoined, r}
	}
	if r.Fold == nil || r.Fold.Done() {
		return nil
	}
	if _, said := r.Contributions[me]; said {
		return nil
	}
	return &Turn{KindRound, r}
}

// Freezer gives the rows of this hospital that were frozen for a version of a protocol: the same ones whenever it is asked, with the salted hash under which they were frozen, so
// that no two runs of a protocol differ by somebody. Consent for research, or the waiver whose number is given, is its to enforce, row by row.
type Freezer interface {
	Freeze(ctx context.Context, p *protocol.Protocol, waiver string, version ledger.Hash) (*rows.File, ledger.Hash, error)
}

// Keys keeps the private halves of this hospital's keys, one a run, apart from the database and from every backup. What was destroyed is not there any more.
type Keys interface {
	Make(run ledger.Hash) (*ecdh.PrivateKey, error)
	Get(run ledger.Hash) (*ecdh.PrivateKey, error)
	Destroy(run ledger.Hash) error
}

// Worker says what this hospital's node has to say in studies.
type Worker struct {
	Me    ledger.HospitalID
	DB    ledger.DB
	Book  *ledger.Book
	Door  *access.Door
	Who   access.Who // the program itself
	Rows  Freezer
	Keys  Keys
	Log   *slog.Logger // of the hospital; nil: none
	mutex sync.Mutex   // one turn at a time
}

// ErrRowsGone says that the rows of a run are not there any more: it cannot go on here.
var ErrRowsGone = errors.New("the frozen rows of this run are gone, so this hospital cannot go on with it; a new run begins with a new freeze")

// Work says what is this hospital's turn in a study, if anything is, and tells whether it said something. What it computes happens outside of any transaction; that a
// contribution is said once is checked in the one that appends it.
func (w *Worker) Work(ctx context.Context, thread ledger.ThreadID) (bool, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	s, err := w.read(ctx, thread)
	if err != nil {
		return false, err
	}
	if r := s.Last(); r != nil && (r.Done() || r.Over || r.Stuck() || s.Withdrawn != nil) && r.JoinedBy(w.Me) != nil {
		return false, w.Keys.Destroy(r.Hash)
	}
	turn := s.Turn(w.Me)
	if turn == nil {
		return false, nil
	}
	kind := turn.Kind
	says, err := w.says(ctx, s, turn)
	if why := halted(err); why != "" {
		w.told(thread, err)
		kind, says, err = KindHalted, Halted{why}, nil
	}
	if err != nil {
		return false, fmt.Errorf("study %s: %w", thread, err)
	}
	_, err = w.Door.Say(ctx, w.Who, ledger.Draft{Thread: thread, Kind: kind, Refs: []ledger.Hash{turn.Run.Hash}, Says: says})
	var stopped *record.Stopped
	if errors.As(err, &stopped) {
		return false, nil // another node of this hospital was faster
	}
	return err == nil, err
}

// told tells this hospital's people why its node does not go on: the reason that all read is only a word.
func (w *Worker) told(thread ledger.ThreadID, why error) {
	if w.Log != nil {
		w.Log.Warn("this hospital does not go on with a run of a study", slog.String("study", thread.String()), slog.Any("why", why))
	}
}

func (w *Worker) read(ctx context.Context, thread ledger.ThreadID) (s *Study, err error) {
	err = w.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := w.Book.Log(ctx, tx, thread)
		if err == nil {
			s = Fold(l)
		}
		return err
	})
	return s, err
}

func (w *Worker) says(ctx context.Context, s *Study, turn *Turn) (any, error) {
	version := &s.Versions[turn.Run.Version]
	if turn.Run.OldMasks() {
		return nil, &Halt{HaltMasks, errors.New("a hospital of this run masks its figures in a way that a copied key opens: it needs this release, then a new run")}
	}
	file, freeze, err := w.Rows.Freeze(ctx, version.Parsed, approvedWaiver(version.Approval(w.Me)), version.Hash)
	if err != nil {
		return nil, err
	}
	part, err := Prepare(ctx, version, file, w.Me, nil)
	if err != nil {
		return nil, err
	}
	if turn.Kind == KindJoined {
		key, err := w.Keys.Make(turn.Run.Hash)
		if err != nil {
			return nil, err
		}
		return Joined{Key: key.PublicKey().Bytes(), Freeze: freeze, Takes: part.Takes, Masks: mask.Version}, nil
	}
	if freeze != turn.Run.JoinedBy(w.Me).Says.Freeze {
		return nil, ErrRowsGone
	}
	key, err := w.Keys.Get(turn.Run.Hash)
	if err != nil {
		return nil, err
	}
	return turn.Run.Contribute(w.Me, key, part)
}

// Prepare works out what a hospital would contribute to a protocol, under its own limits where its approval has stricter ones.
func Prepare(ctx context.Context, v *Version, f *rows.File, me ledger.HospitalID, past *disclosure.Past) (*disclosure.Part, error) {
	limits := disclosure.Of(v.Parsed)
	if a := v.Approval(me); a != nil {
		limits.MinPatients = max(limits.MinPatients, int(a.Says.Minimum))
	}
	patient := ""
	if f.Columns[PatientColumn] != nil {
		patient = PatientColumn
	}
	cohort, err := rows.NewTable(v.Parsed, f, patient, "")
	if err != nil {
		return nil, err
	}
	return disclosure.NewPart(ctx, v.Parsed, cohort, limits, past)
}

// PatientColumn is the registry's column of pseudonyms: rows of one patient count once.
const PatientColumn = "patient"
