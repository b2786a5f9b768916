package desk

import (
	"context"
	"errors"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/registry/reply"
)

// ReplySecret is the name of the secret that patients' links are signed with.
const ReplySecret = "replies"

// ReplyURL is the address of a patient's link.
func (d *Desk) ReplyURL(ctx context.Context, l *reply.Link) (string, error) {
	secret, err := d.Secrets.Secret(ctx, ReplySecret)
	return d.URL + "/reply/" + l.Token(secret), err
}

// PackOfLink is the pack whose questions a link asks: that of the day on which it was made, or the newest where that one is not here. nil: the pathway is not here any more.
func (d *Desk) PackOfLink(l reply.Link) *pathway.Pack {
	if pack := d.Packs(l.Pathway, l.Pack); pack != nil {
		return pack
	}
	return d.Packs(l.Pathway, "")
}

// TakeReply says what a patient answered as an entry of the case, by the author patient, once: the link takes no second answer. A worrying answer becomes a task of the
// coordinator for the next day.
func (d *Desk) TakeReply(ctx context.Context, id string, answers map[string]string) error {
	now := d.Now()
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		l, err := reply.Get(ctx, tx, id)
		if err == nil {
			err = l.State(now)
		}
		if err == nil {
			err = l.End(ctx, tx, now)
		}
		if err != nil {
			return err
		}
		for name, answer := range answers {
			l.Answers[name] = answer
		}
		pack := d.PackOfLink(l)
		if pack == nil {
			return errors.Join(reply.ErrExpired, errors.New("the pathway of the link is not here any more"))
		}
		today := now.Format(time.DateOnly)
		schedule, err := d.answered(ctx, tx, &l, pack, today)
		if err != nil {
			return err
		}
		values, form := reply.Values(pack, l.Schedule, today, l.Answers)
		if values["followup_point"] = pathway.String(schedule); pack.FollowUp(schedule) == nil {
			values["followup_point"] = pathway.Missing(pathway.NotApplicable)
		}
		note, _ := values["followup_note"].AsString()
		draft := ledger.Draft{Thread: l.Thread, Kind: casebook.KindFollowUp, Pack: casebook.PackRef(pack), Author: ledger.Author{Role: string(people.Patient)},
			Says: casebook.FollowUp{Schedule: schedule, Date: today, Form: form, Values: values, Note: note}}
		if _, err := d.Door.In(tx).Say(ctx, patient, draft); err != nil {
			return d.notTaken(ctx, tx, l.Thread, err)
		}
		if len(reply.Worrying(values)) == 0 {
			return nil
		}
		worry := lang.Phrase("registry.reply.worry", nil) // who reads it reads one of the two languages
		_, err = d.Door.In(tx).Say(ctx, access.Who{Person: "node", Name: "Consilium", System: true, Origin: "reply"}, ledger.Draft{Thread: l.Thread, Kind: casebook.KindReminder,
			Says: casebook.Reminder{Text: worry.En + " · " + worry.Zh, Owner: casebook.Owner{Hospital: d.ID, Role: string(people.Coordinator)}, Due: now.AddDate(0, 0, 1).Format(time.DateOnly)}})
		return err
	})
}

// notTaken is why a case did not take an answer: it was closed, so that the link is withdrawn, or somebody recorded the follow-up meanwhile.
func (d *Desk) notTaken(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, err error) error {
	if !errors.Is(err, ledger.ErrNotSayable) {
		return err
	}
	log, wrong := d.Book.Log(ctx, tx, thread)
	if wrong != nil {
		return errors.Join(err, wrong)
	}
	if casebook.Fold(log).Closed != nil {
		return errors.Join(reply.ErrRevoked, err)
	}
	return errors.Join(reply.ErrAnswered, err)
}

// answered is the appointment that an answer of today belongs to: the link's as long as its window is open, another one of the same questions whose window is open, or
// none of the schedule. How somebody is today says nothing of how they were at an appointment that is long over.
func (d *Desk) answered(ctx context.Context, tx ledger.Tx, l *reply.Link, pack *pathway.Pack, today string) (string, error) {
	log, err := d.Book.Log(ctx, tx, l.Thread)
	if err != nil {
		return "", err
	}
	c := casebook.Fold(log)
	_, asked := reply.Questions(pack, l.Schedule)
	if due, ok := c.On(c.Appointments(pack), l.Schedule, today); ok {
		if _, form := reply.Questions(pack, due.ID); form == asked {
			return due.ID, nil
		}
	}
	return casebook.Unscheduled(today), nil
}

// patient is who answers a link. Policy lets the program say it; the entry names the author patient, without a name.
var patient = access.Who{Person: "patient", Name: "Patient", Roles: []people.Role{people.Role(people.Patient)}, System: true, Origin: "reply"}
