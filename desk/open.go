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

// OpenCase opens a case with what is said at once, the first of it case.opened. The pathway's pack is attached; who the patient is stays here in the clear
// and is attached sealed. The case and its patient are written in one transaction: there is no case without the patient that it was opened for. The draft that led to
// it ends there too; empty: there was none.
func (d *Desk) OpenCase(ctx context.Context, who access.Who, first []ledger.Draft, patient casebook.Patient, draft string) (ledger.ThreadID, error) {
	first = slices.Clone(first)
	if err := d.attachPack(ctx, &first[0]); err != nil {
		return ledger.ThreadID{}, err
	}
	if patient != (casebook.Patient{}) {
		if err := patient.Check(); err != nil {
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
		if id, err = d.Door.In(tx).Open(ctx, who, "case", first); err != nil {
			return err
		}
		if err := EndDraft(ctx, tx, d.Now(), who.Person, draft, id.String(), "/cases/"+id.String()); err != nil || patient == (casebook.Patient{}) {
			return err
		}
		return casebook.SetIdentity(ctx, tx, id, patient)
	})
	if err != nil {
		return ledger.ThreadID{}, err
	}
	return id, nil
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
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return casebook.SetIdentity(ctx, tx, id, patient) })
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
