package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/registry"
	"consilium/study"
	"consilium/study/disclosure"
	"consilium/study/protocol"
)

// Study reads a study as somebody may see it.
func (d *Desk) Study(ctx context.Context, caller Caller, id ledger.ThreadID) (*study.Study, error) {
	log, err := d.Door.Read(ctx, caller.Who, id)
	if err != nil {
		return nil, err
	}
	if log.Kind != study.Talk().Thread {
		return nil, ErrNotHere
	}
	return study.Fold(log), nil
}

// BeginStudy gives what is said first in a study: its protocol, and an invitation to each hospital. A protocol with mistakes is refused with all of them.
func (d *Desk) BeginStudy(ctx context.Context, source string, hospitals []ledger.HospitalID) ([]ledger.Draft, error) {
	if err := d.CheckProtocol(source); err != nil {
		return nil, errors.Join(ErrInput, err)
	}
	first := []ledger.Draft{{Kind: study.KindProtocol, Says: study.Protocol{Version: 1, Source: source}}}
	for _, h := range hospitals {
		invitation, err := d.Invitation(ctx, h)
		if err != nil {
			return nil, err
		}
		first = append(first, invitation)
	}
	return first, nil
}

// Invitation invites a partner into a thread, with the statement by which other members know it.
func (d *Desk) Invitation(ctx context.Context, h ledger.HospitalID) (draft ledger.Draft, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := network.PartnerOf(ctx, tx, h)
		if err == nil && p.State == network.Blocked {
			err = network.ErrNoPartner
		}
		draft = ledger.Draft{Kind: ledger.KindInvited, Says: ledger.Invitation{Hospital: h, Statement: p.Link}}
		return err
	})
	return draft, err
}

// CheckProtocol says every mistake of a protocol that is to be run on this hospital's registry.
func (d *Desk) CheckProtocol(source string) error {
	p, err := protocol.Parse([]byte(source), "protocol")
	if err != nil {
		return err
	}
	if p.Pathway == "" || d.Packs(p.Pathway, "") == nil {
		return fmt.Errorf("protocol:1: pathway: there is no pathway %q here, whose registry the rows would be of", p.Pathway)
	}
	return nil
}

// ForgottenRun tells when a run took place in which something left this hospital that its node does not know since it was restored: it takes part in no run of the pathway unless an approval says that it may.
func (d *Desk) ForgottenRun(ctx context.Context, v *study.Version) (when time.Time, err error) {
	if v == nil || d.Studies == nil {
		return when, ErrNotHere
	}
	kept, _, err := d.Studies.Left(ctx, v.Parsed.Pathway, ledger.Hash{})
	if err != nil {
		return when, err
	}
	err = d.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		lost, err := study.Forgotten(ctx, tx, d.Book, d.ID, v.Parsed.Pathway, kept, ledger.Hash{})
		if lost != nil {
			when = lost.Moment
		}
		return err
	})
	return when, err
}

// OwnPart is what this hospital would contribute to the newest version of a protocol with the rows as they stand, and what stands against it. Nothing leaves and nothing is frozen.
//
// Whoever may see the study may ask of patients who agreed. Those who were never asked count only under a granted waiver that is in force and that a head names or has named in the approval here, and each
// such look is noted beside the exports: a protocol of many subgroups is as good as a look at rows.
func (d *Desk) OwnPart(ctx context.Context, caller Caller, s *study.Study, waived string) (*disclosure.Part, error) {
	v := s.Current()
	if v == nil || d.Studies == nil {
		return nil, ErrNotHere
	}
	q, err := d.groundOf(ctx, caller, v, waived)
	if err != nil {
		return nil, err
	}
	file, err := d.Studies.Now(ctx, v.Parsed, q)
	if err != nil {
		return nil, errors.Join(ErrInput, err)
	}
	if q.Waiver != "" {
		err := d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
			return registry.Note(ctx, tx, registry.Taken{At: d.Now(), Person: caller.Person, Pathway: v.Parsed.Pathway, Format: registry.NotedCounts, Dates: registry.Intervals, Waiver: q.Waiver, Waived: q.Waived, Reason: s.Thread.String(), Rows: file.Rows})
		})
		if err != nil {
			return nil, err
		}
	}
	past, err := d.Studies.Past(ctx, v.Parsed, file)
	if err != nil {
		return nil, err
	}
	part, err := study.Prepare(ctx, v, file, d.ID, past)
	if err != nil {
		return nil, errors.Join(ErrInput, err)
	}
	return part, nil
}

// groundOf is which rows count for somebody who names a waiver of consent: a head names any that is in force, others the one that the approval here rests on.
func (d *Desk) groundOf(ctx context.Context, caller Caller, v *study.Version, waived string) (registry.Query, error) {
	on := study.Ground{Waiver: waived, At: d.Now()}
	if waived != "" && !slices.Contains(caller.Roles, people.HeadOfDepartment) {
		approved := v.Ground(d.ID)
		if approved == nil || approved.Waiver != waived {
			return registry.Query{}, fmt.Errorf("%w: a waiver of consent is named by a head of department", access.ErrDenied)
		}
		on = *approved
	}
	q, err := d.Studies.Query(ctx, v.Parsed, on)
	if errors.Is(err, study.ErrWaived) {
		err = &access.Denial{Action: access.Export, Reason: lang.Phrase("waiver.none", nil)}
	}
	return q, err
}
