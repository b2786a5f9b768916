package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
)

// PackType is the media type of a pathway pack. The pack that a case was opened with travels with the case: its hash is the one that entries name.
const PackType = access.PackType

// Opening is a case that is about to be opened: what is said at once, the first of it case.opened, and who the patient is.
type Opening struct {
	First   []ledger.Draft
	Patient casebook.Patient       // zero: it is not said
	Alike   casebook.AlikeDecision // about patients of this hospital who look like this one; zero: nobody has decided
	Draft   string                 // of the form that led to it; empty: there was none
}

// OpenCase opens a case. The pathway's pack is attached; who the patient is stays here in the clear
// and is attached sealed. The case and its patient are written in one transaction: there is no case without the patient that it was opened for, and the draft that led to it
// ends there too. A patient who looks like another of this hospital is a [*casebook.PatientsAlike] until somebody has decided; an age that the birth date contradicts
// is refused.
func (d *Desk) OpenCase(ctx context.Context, who access.Who, o Opening) (ledger.ThreadID, error) {
	first, patient := slices.Clone(o.First), o.Patient
	if err := d.attachPack(ctx, &first[0]); err != nil {
		return ledger.ThreadID{}, err
	}
	if patient != (casebook.Patient{}) {
		if err := patient.Check(); err != nil {
			return ledger.ThreadID{}, err
		}
		if err := d.takeAge(&first[0], patient); err != nil {
			return ledger.ThreadID{}, err
		}
		sealed, err := d.SealedIdentity(ctx, patient)
		if err != nil {
			return ledger.ThreadID{}, err
		}
		first = slices.Insert(first, 1, sealed)
	}
	var id ledger.ThreadID
	err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		alike, err := d.alikeTo(ctx, tx, who, o)
		if err != nil {
			return err
		}
		if id, err = d.Door.In(tx).Open(ctx, who, "case", first); err != nil {
			return err
		}
		if err := EndDraft(ctx, tx, d.Now(), who.Person, o.Draft, id.String(), "/cases/"+id.String()); err != nil || patient == (casebook.Patient{}) {
			return err
		}
		if err := casebook.DecideAlike(ctx, tx, d.Now(), who.Person, id, alike, o.Alike); err != nil {
			return err
		}
		return casebook.SetIdentity(ctx, tx, id, patient)
	})
	if err != nil {
		return ledger.ThreadID{}, err
	}
	return id, nil
}

// takeAge works the age out from the birth date where nobody said it, and stops one that the birth date contradicts today.
func (d *Desk) takeAge(opened *ledger.Draft, p casebook.Patient) error {
	says, err := ledger.Decode[casebook.Opened](opened.Raw())
	if err != nil {
		return nil // the door says what is wrong with it
	}
	if err := casebook.CheckAge(says, p.BirthDate, d.Now()); err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrNotSayable, err)
	}
	if says.Age == nil {
		says.AgeFrom(p.BirthDate, d.Now())
		opened.Says = says
	}
	return nil
}

// alikeTo finds the patients of this hospital who look like the one of a case that is opened, and wants a decision about them. Whose a case is that the opener may not
// see is not told.
func (d *Desk) alikeTo(ctx context.Context, tx ledger.Tx, who access.Who, o Opening) ([]casebook.Alike, error) {
	if o.Patient == (casebook.Patient{}) {
		return nil, nil
	}
	list, err := casebook.AlikeTo(ctx, tx, o.Patient, ledger.ThreadID{})
	if err != nil || len(list) == 0 || o.Alike.Settles(list) {
		return list, err
	}
	for i := range list {
		seen, err := d.MaySee(ctx, tx, Caller{Who: who}, list[i].Thread)
		if err != nil {
			return nil, err
		}
		list[i].Hidden = !seen
	}
	return nil, &casebook.PatientsAlike{List: list}
}

func (d *Desk) attachPack(ctx context.Context, opened *ledger.Draft) error {
	says, err := ledger.Decode[casebook.Opened](opened.Raw())
	if err != nil {
		return err
	}
	pack := d.Packs(says.Pathway, "")
	if pack == nil {
		return fmt.Errorf("there is no pathway %q here: %w", says.Pathway, ErrInput)
	}
	opened.Pack = casebook.PackRef(pack)
	file, _, err := d.PackFile(ctx, *opened.Pack)
	if err != nil {
		return err
	}
	opened.Blobs = append(slices.Clone(opened.Blobs), file)
	return nil
}

// PackFile keeps the file of a pack that is here among the blobs, so that entries can attach it.
func (d *Desk) PackFile(ctx context.Context, ref ledger.PackRef) (file ledger.BlobRef, found bool, err error) {
	pack := d.Packs(ref.ID, ref.Version)
	if pack == nil || ledger.Hash(pack.Hash()) != ref.Hash {
		return file, false, nil
	}
	source := pack.Source()
	file = ledger.BlobRef{Hash: ref.Hash, Size: int64(len(source)), Type: PackType, Label: pack.ID + "@" + pack.Version + ".yaml"}
	if !d.Blobs.Has(ref.Hash) {
		_, _, err = d.Blobs.Put(ctx, bytes.NewReader(source), file.Size)
	}
	return file, true, err
}

// KeepIdentity writes down who the patient is, here and nowhere else.
func (d *Desk) KeepIdentity(ctx context.Context, id ledger.ThreadID, patient casebook.Patient) error {
	if err := patient.Check(); err != nil {
		return err
	}
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := d.Book.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		c := casebook.Fold(l)
		if err := casebook.CheckAge(casebook.Opened{Age: c.Age}, patient.BirthDate, c.OpenedAt); err != nil && c.History == "" {
			return fmt.Errorf("%w: %w", ledger.ErrNotSayable, err)
		}
		return casebook.SetIdentity(ctx, tx, id, patient)
	})
}

// SealedIdentity is the entry that attaches who the patient is, closed under a key of its own.
func (d *Desk) SealedIdentity(ctx context.Context, p casebook.Patient) (ledger.Draft, error) {
	plain, err := json.Marshal(map[string]string{"name": p.Name, "latin": p.Latin, "local_number": p.LocalNumber, "birth_date": p.BirthDate})
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("writing down who the patient is: %w", err)
	}
	blob, err := d.Sealer.Seal(ctx, plain)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("sealing who the patient is: %w", err)
	}
	return ledger.Draft{Kind: casebook.KindIdentity, Blobs: []ledger.BlobRef{blob}, Says: casebook.Identity{}}, nil
}
