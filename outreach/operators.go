package outreach

import (
	"context"
	"time"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
	"consilium/terms"
)

// Theater is where operations are recorded: this hospital, with its books, packs and clock.
type Theater struct {
	Own   ledger.HospitalID
	Book  *ledger.Book
	Packs casebook.Packs
	Now   func() time.Time
}

// Operators asks about an operation whose operator holds no privilege for it where it is, on that day: somebody of this hospital by the privileges that it gave, a visitor,
// and each who assists from elsewhere, by those of the visit, unless there was an emergency. A trainee operates only under a supervisor, whose privilege counts.
// Where it was is where it had been scheduled, or else here.
func (t Theater) Operators(ctx context.Context, tx ledger.Tx, d ledger.Draft) ([]casebook.Doubt, error) {
	o, err := ledger.Decode[casebook.Operation](d.Raw())
	if err != nil || o.Elsewhere != "" || len(o.Date) < 10 {
		return nil, err // the form's own check says what is wrong with it
	}
	day, err := terms.ParseDay(o.Date[:10], t.Now().Location())
	if err != nil {
		return nil, err
	}
	l, err := t.Book.Log(ctx, tx, d.Thread)
	if err != nil {
		return nil, err
	}
	c := casebook.Fold(l)
	if !c.Opened || c.History != "" {
		return nil, nil // of an operation before the program came nobody asks who let whom operate
	}
	j := judging{Theater: t, tx: tx, o: o, at: day.Add(12 * time.Hour), host: t.Own, level: t.levelOf(c.Pathway, o.Procedure)}
	if s := c.Scheduled; s != nil && !s.Says.Hospital.IsZero() {
		j.host = s.Says.Hospital
	}
	return j.everybody(ctx)
}

// levelOf is the surgical level of a procedure as the case's pack has it; 0: not known.
func (t Theater) levelOf(pathway, procedure string) int {
	pack := t.Packs(pathway, "")
	if pack == nil || pack.Procedure(procedure) == nil {
		return 0
	}
	return pack.Procedure(procedure).Level
}

// judging judges those who stood at one operation.
type judging struct {
	Theater
	tx    ledger.Tx
	o     casebook.Operation
	at    time.Time
	host  ledger.HospitalID
	level int
}

func (j judging) everybody(ctx context.Context) (list []casebook.Doubt, err error) {
	answers, field := j.o.Operator, "operator"
	trained, err := j.inTraining(ctx, answers)
	if err != nil {
		return nil, err
	}
	if trained {
		answers, field = j.o.Supervisor, "supervisor"
		again, err := j.inTraining(ctx, answers)
		if err != nil {
			return nil, err
		}
		if again || answers.Person == "" || answers.Person == j.o.Operator.Person {
			m := record.Mark{Code: "supervisor", Field: "supervisor", Text: lang.Phrase("visits.stop.supervisor", map[string]any{"name": j.o.Operator.Name})}
			return nil, &record.Stopped{Marks: []record.Mark{m}}
		}
	}
	d, err := j.judge(ctx, answers, field, people.Operate)
	list = append(list, d...)
	for _, who := range j.o.Assistants {
		if who.Hospital == j.host || err != nil {
			continue // who assists at home needs no privilege of their own: the operator answers for them
		}
		var more []casebook.Doubt
		more, err = j.judge(ctx, who, "assistants", people.Assist)
		if len(list) == 0 {
			list = append(list, more...)
		}
	}
	return list, err
}

// inTraining tells whether somebody of this hospital operates only under a supervisor.
func (j judging) inTraining(ctx context.Context, who casebook.Owner) (bool, error) {
	if who.Hospital != j.Own || who.Person == "" {
		return false, nil
	}
	p, err := people.Get(ctx, j.tx, who.Person)
	if err != nil {
		return false, err
	}
	var roles []string
	for _, r := range p.Roles {
		roles = append(roles, string(r))
	}
	return casebook.InTraining(roles), nil
}

// judge asks about one person's privilege.
func (j judging) judge(ctx context.Context, who casebook.Owner, field string, part people.Part) ([]casebook.Doubt, error) {
	switch {
	case who.Person == "" || who.Hospital.IsZero():
		return nil, nil
	case who.Hospital != j.host:
		verdict, err := OperatorAllowed(ctx, j.tx, Operator{Host: j.host, Hospital: who.Hospital, Person: who.Person, Procedure: j.o.Procedure, Part: part, At: j.at, Emergency: j.o.Emergency})
		if err != nil || verdict.Allowed {
			return nil, err
		}
		return j.doubt(casebook.OddVisitorPrivilege, field, who), nil
	case j.host != j.Own:
		return nil, nil // what the other hospital lets its own people do only that hospital knows
	}
	held, err := people.PrivilegesOf(ctx, j.tx, who.Person)
	if err != nil {
		return nil, err
	}
	lack := held.Lacking(j.at, j.o.Procedure, j.level, part)
	if lack == people.Nothing {
		return nil, nil
	}
	return j.doubt("privilege-"+string(lack), field, who), nil
}

func (j judging) doubt(code, field string, who casebook.Owner) []casebook.Doubt {
	return []casebook.Doubt{{Code: code, Field: field, Text: lang.Phrase("visits.odd."+code, map[string]any{"name": who.Name})}}
}

// SchedulesInVisit stops whoever fixes an operation under a visit on a day on which the visit is not: the privileges that it gives hold on its days alone.
func SchedulesInVisit(book *ledger.Book) casebook.Doubter {
	return func(ctx context.Context, tx ledger.Tx, d ledger.Draft) ([]casebook.Doubt, error) {
		s, err := ledger.Decode[casebook.Scheduled](d.Raw())
		if err != nil || s.Visit.IsZero() {
			return nil, err
		}
		l, err := book.Log(ctx, tx, s.Visit)
		if err != nil {
			return nil, err
		}
		v := Fold(l)
		if v.Proposal == nil || len(s.Date) < 10 || v.Proposal.Says.From <= s.Date[:10] && s.Date[:10] <= v.Proposal.Says.Until {
			return nil, nil
		}
		m := record.Mark{Code: "schedule-outside", Field: "date"}
		m.Text = lang.Phrase("visits.stop.schedule-outside", map[string]any{"from": dated(v.Proposal.Says.From), "until": dated(v.Proposal.Says.Until)})
		return nil, &record.Stopped{Marks: []record.Mark{m}}
	}
}

func dated(stored string) lang.Text {
	return lang.Text{En: lang.PartialDate(lang.English, stored), Zh: lang.PartialDate(lang.Chinese, stored)}
}
