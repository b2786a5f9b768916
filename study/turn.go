package study

import (
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"consilium/access"
	"consilium/ledger"
	"consilium/record"
	"consilium/study/disclosure"
	"consilium/study/mask"
	"consilium/study/protocol"
	"consilium/study/rows"
	"consilium/study/run"
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

// patience is how long a part of a run may take to work out: a protocol that asks for more holds up other studies.
const patience = 10 * time.Minute

// Freezer gives the rows of this hospital that were frozen for a version of a protocol: the same ones whenever it is asked, with the salted hash under which they were frozen, so
// that no two runs of a protocol differ by somebody. Consent for research, or the waiver of consent that the approval rests on, is its to enforce, row by row; nil: the approval was taken back since, and only
// rows that were frozen before are given.
type Freezer interface {
	Freeze(ctx context.Context, p *protocol.Protocol, on *Ground, version ledger.Hash, least int) (*rows.File, ledger.Hash, error)
	Leaves
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
		w.told(thread, "this hospital does not go on with a run of a study", err)
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

// told tells this hospital's people what its node does not do and why: the reason that all read is only a word.
func (w *Worker) told(thread ledger.ThreadID, what string, why error) {
	if w.Log != nil {
		w.Log.Warn(what, slog.String("study", thread.String()), slog.Any("why", why))
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
	ctx, done := context.WithTimeout(ctx, patience)
	defer done()
	version := &s.Versions[turn.Run.Version]
	if turn.Run.OldMasks() {
		return nil, &Halt{HaltMasks, errors.New("a hospital of this run masks its figures in a way that a copied key opens: it needs this release, then a new run")}
	}
	approval := version.Approval(w.Me)
	if turn.Kind == KindJoined && len(turn.Run.Says.Hospitals) < approval.Says.AtLeast() {
		return nil, &Halt{HaltAlone, fmt.Errorf("the run has %d hospitals, and the approval here asks for %d", len(turn.Run.Says.Hospitals), approval.Says.AtLeast())}
	}
	file, freeze, err := w.Rows.Freeze(ctx, version.Parsed, ground(approval), version.Hash, limitsOf(version, w.Me).MinPatients)
	if err != nil {
		return nil, err
	}
	left, content, err := w.Rows.Left(ctx, version.Parsed.Pathway, freeze)
	if err != nil {
		return nil, err
	}
	if turn.Kind == KindJoined && !approval.Says.Forgotten {
		if err := w.remembers(ctx, version.Parsed.Pathway, left, turn.Run.Hash); err != nil {
			return nil, err
		}
	}
	tags := tagsOf(file)
	part, err := Prepare(ctx, version, file, w.Me, pastOf(left, turn.Run.Hash, content, tags))
	if err != nil {
		return nil, err
	}
	leaves := Left{Run: turn.Run.Hash, Content: content, Release: part.Release(tags)}
	leaves.Masked, leaves.Open = part.Figures()
	if turn.Kind == KindJoined {
		return w.joins(ctx, version, turn, freeze, part, leaves)
	}
	if freeze != turn.Run.JoinedBy(w.Me).Says.Freeze {
		return nil, ErrRowsGone
	}
	if turn.Run.Fold.Round == 1 {
		if err := turn.Run.others(version, left, content); err != nil {
			return nil, err
		}
		leaves.Roster = turn.Run.contributing()
		if err := w.Rows.Keep(ctx, version.Parsed.Pathway, leaves); err != nil {
			return nil, err
		}
	}
	key, err := w.Keys.Get(turn.Run.Hash)
	if err != nil {
		return nil, err
	}
	says, held, err := turn.Run.Contribute(w.Me, key, part)
	for _, why := range held {
		w.told(s.Thread, "this hospital gives no figures of an analysis any more", why)
	}
	return says, err
}

// remembers stops a node that does not know all that left its hospital: what leaves now could differ from it by a few patients.
func (w *Worker) remembers(ctx context.Context, pathway string, kept []Left, now ledger.Hash) error {
	return w.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		lost, err := Forgotten(ctx, tx, w.Book, w.Me, pathway, kept, now)
		if lost != nil {
			err = &Halt{HaltForgotten, fmt.Errorf("what left this hospital in the run of %s is not known here since its node was restored: approve with the word that figures may leave all the same, or take part in no study of this pathway",
				lost.Moment.Format(time.DateOnly))}
		}
		return err
	})
}

// joins makes the key of a run, and keeps what is about to leave before anybody is told: a node that stops in between has said nothing.
func (w *Worker) joins(ctx context.Context, v *Version, turn *Turn, freeze ledger.Hash, part *disclosure.Part, leaves Left) (any, error) {
	key, err := w.Keys.Make(turn.Run.Hash)
	if err != nil {
		return nil, err
	}
	if err := w.Rows.Keep(ctx, v.Parsed.Pathway, leaves); err != nil {
		return nil, err
	}
	return Joined{Key: key.PublicKey().Bytes(), Freeze: freeze, Takes: part.Takes, Masks: mask.Version, Least: int64(v.Approval(w.Me).Says.AtLeast()), Rules: run.Rules}, nil
}

// limitsOf are the limits in force at a hospital: those of the protocol, and its approval's where that is stricter.
func limitsOf(v *Version, me ledger.HospitalID) disclosure.Limits {
	limits := disclosure.Of(v.Parsed)
	if a := v.Approval(me); a != nil {
		limits.MinPatients = max(limits.MinPatients, int(a.Says.Minimum))
	}
	return limits
}

// Prepare works out what a hospital would contribute to a protocol, under its own limits where its approval has stricter ones.
func Prepare(ctx context.Context, v *Version, f *rows.File, me ledger.HospitalID, past *disclosure.Past) (*disclosure.Part, error) {
	patient := ""
	if f.Columns[PatientColumn] != nil {
		patient = PatientColumn
	}
	cohort, err := rows.NewTable(v.Parsed, f, patient, "")
	if err != nil {
		return nil, err
	}
	return disclosure.NewPart(ctx, v.Parsed, cohort, limitsOf(v, me), past)
}

// PatientColumn is the registry's column of pseudonyms: rows of one patient count once.
const PatientColumn = "patient"
