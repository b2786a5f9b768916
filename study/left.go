package study

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"consilium/ledger"
	"consilium/registry"
	"consilium/study/disclosure"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Left is what left this hospital in one run, as its node remembers it: never a value, and patients as codes that nobody else can make. Later runs of whatever study are held against it.
type Left struct {
	Run     ledger.Hash         `json:"run"`
	Content ledger.Hash         `json:"content"` // of the frozen rows: figures of the same rows count whole
	Masked  int                 `json:"masked"`
	Open    int                 `json:"open"`
	Roster  []ledger.HospitalID `json:"roster,omitempty"` // who contributed, once that is known
	disclosure.Release
}

// Leaves tells of what left, and keeps what is about to.
type Leaves interface {
	// Left is what has left in studies of a pathway, and what the rows of a freeze are called whose figures count together.
	Left(ctx context.Context, pathway string, freeze ledger.Hash) (list []Left, content ledger.Hash, err error)
	// Keep keeps what is about to leave in a run, in the place of what it kept of that run before.
	Keep(ctx context.Context, pathway string, l Left) error
}

// Left implements [Leaves].
func (r *Registry) Left(ctx context.Context, pathway string, freeze ledger.Hash) (list []Left, content ledger.Hash, err error) {
	err = r.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list = nil
		bodies, err := registry.ReleasesOf(ctx, tx, pathway)
		if err != nil {
			return err
		}
		for _, body := range bodies {
			var l Left
			if err := json.Unmarshal(body, &l); err != nil {
				return fmt.Errorf("what has left in studies of %s cannot be read: %w", pathway, err)
			}
			list = append(list, l)
		}
		content, err = registry.FrozenContent(ctx, tx, freeze)
		return err
	})
	return list, content, err
}

// Keep implements [Leaves].
func (r *Registry) Keep(ctx context.Context, pathway string, l Left) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return r.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		return registry.NoteRelease(ctx, tx, l.Run, pathway, r.Freezes.Now(), body)
	})
}

// tagsOf are the codes of a file's rows: of the patient's pseudonym, which the hospital's secret makes, and which of the patient's rows it is.
func tagsOf(f *rows.File) []disclosure.Tag {
	column := f.Columns[PatientColumn]
	if column == nil {
		return nil
	}
	list, seen := make([]disclosure.Tag, f.Rows), map[string]int{}
	for i, patient := range column.Text {
		sum := sha256.Sum256([]byte("left\n" + patient))
		list[i] = disclosure.Tag{Patient: [12]byte(sum[:]), Place: seen[patient]}
		seen[patient]++
	}
	return list
}

// pastOf is what rows with these tags are held against: what has left in other runs, and how many figures their patients have given. Figures of the same rows count whole; those of others by the
// share of their patients who are here again, for otherwise a few new patients would let all the old ones give everything anew.
func pastOf(list []Left, run, content ledger.Hash, tags []disclosure.Tag) *disclosure.Past {
	past := &disclosure.Past{Tags: tags}
	here := disclosure.Patients(tags)
	for _, l := range list {
		if l.Run == run {
			continue
		}
		past.Releases = append(past.Releases, l.Release)
		share := 1.0
		if l.Content != content {
			share = shared(disclosure.Patients(l.Rows), here)
		}
		past.Masked += int(math.Ceil(share * float64(l.Masked)))
		past.Open += int(math.Ceil(share * float64(l.Open)))
	}
	return past
}

// shared is the share of the first patients who are among the second.
func shared(then, now map[[12]byte]bool) float64 {
	both := 0
	for p := range then {
		if now[p] {
			both++
		}
	}
	return float64(both) / max(1, float64(len(then)))
}

// Past is what rows as they stand would be held against, for who wants to see what would leave before it is approved.
func (r *Registry) Past(ctx context.Context, p *protocol.Protocol, f *rows.File) (*disclosure.Past, error) {
	list, _, err := r.Left(ctx, p.Pathway, ledger.Hash{})
	return pastOf(list, ledger.Hash{}, ledger.Hash{1}, tagsOf(f)), err
}

// leastBetween is by how many hospitals two rosters differ at least that give figures of the same rows, or by none: the difference of both results is that of those hospitals.
const leastBetween = 3

// others tells whether figures of the same rows have left in a run whose hospitals differ from these by a few. One whose approval of this study allows runs without it does not count.
func (r *Run) others(v *Version, list []Left, content ledger.Hash) error {
	roster := r.contributing()
	for _, l := range list {
		if l.Run == r.Hash || l.Content != content || len(l.Roster) == 0 {
			continue
		}
		n := 0
		for _, h := range slices.Concat(roster, l.Roster) {
			if slices.Contains(roster, h) && slices.Contains(l.Roster, h) {
				continue
			}
			if a := v.Approval(h); a == nil || !a.Says.Alone {
				n++
			}
		}
		if n > 0 && n < leastBetween {
			return &Halt{HaltAlone, errors.New("figures of the same rows have left in a run whose hospitals differ from these by one or two: the difference of both results would be theirs; begin with the same hospitals, or when more patients have come")}
		}
	}
	return nil
}

// contributing are the hospitals of a run that contribute to something.
func (r *Run) contributing() (list []ledger.HospitalID) {
	for _, j := range r.Joined {
		if slices.Contains(j.Says.Takes, true) {
			list = append(list, j.By.Hospital)
		}
	}
	slices.SortFunc(list, func(a, b ledger.HospitalID) int { return bytes.Compare(a[:], b[:]) })
	return list
}

// Forgotten finds a run of a pathway's studies in which a hospital took part and of which its node keeps nothing, other than the one now: the node was restored from a backup that is older. The entries
// came back from partners; what they were sums of did not, so nothing can be held against it.
func Forgotten(ctx context.Context, tx ledger.Tx, book *ledger.Book, me ledger.HospitalID, pathway string, kept []Left, now ledger.Hash) (*Run, error) {
	known := map[ledger.Hash]bool{now: true}
	for _, l := range kept {
		known[l.Run] = true
	}
	list, err := threads(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, id := range list {
		l, err := book.Log(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if r := Fold(l).without(me, pathway, known); r != nil {
			return r, nil
		}
	}
	return nil, nil
}

// without gives a run of a pathway that a hospital took part in and that is none of those known.
func (s *Study) without(me ledger.HospitalID, pathway string, known map[ledger.Hash]bool) *Run {
	for i := range s.Runs {
		r := &s.Runs[i]
		if !known[r.Hash] && r.JoinedBy(me) != nil && s.Versions[r.Version].Parsed.Pathway == pathway {
			return r
		}
	}
	return nil
}
