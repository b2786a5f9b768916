package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
)

// play is a story before it is told.
type play struct {
	key, en, zh string
	begins      int // days after the first story's beginning
	tell        func(*story)
}

// stories are the four, in the order of their dates.
var stories = []play{
	{"visit", "The visit", "外出会诊：面肌痉挛", 0, visitStory},
	{"takeover", "The take-over", "接手手术：盆腔肿物", 427, takeOverStory},
	{"specialist", "The sub-specialist", "亚专科：少年腰椎间盘突出", 539, specialistStory},
	{"series", "The series", "病例系列：微血管减压术240例", 560, seriesStory},
}

// story is one story while it is told. After the first fault nothing more happens, so that a story reads without a check after each line.
type story struct {
	*Demo
	ctx     context.Context
	err     error
	first   time.Time                       // day 0: a Monday
	newest  map[ledger.ThreadID]ledger.Hash // what was said last in each thread
	where   map[ledger.ThreadID]*hospital   // who said it
	headed  bool                            // the CT of a head is filed
	files   map[ledger.Hash]ledger.BlobRef  // attached images
	became  map[ledger.Hash]ledger.BlobRef  // what is attached in place of a file that was sent
	took    map[ledger.ThreadID][]*hospital // who takes part
	under   map[ledger.ThreadID]string      // where the API has it: "/cases" or "/visits"
	imports int                             // cases that came in by a table
}

func (d *Demo) tell(ctx context.Context, p play) error {
	began := time.Now()
	d.heading(p.en, p.zh)
	first := monday(d.began.Add(-ago)).AddDate(0, 0, p.begins)
	s := &story{Demo: d, ctx: ctx, first: first, newest: map[ledger.ThreadID]ledger.Hash{}, where: map[ledger.ThreadID]*hospital{},
		files: map[ledger.Hash]ledger.BlobRef{}, became: map[ledger.Hash]ledger.BlobRef{}, took: map[ledger.ThreadID][]*hospital{}, under: map[ledger.ThreadID]string{}}
	p.tell(s)
	if s.err == nil {
		s.err = s.delivered()
	}
	if s.err != nil {
		return fmt.Errorf("the story %q: %w", p.en, s.err)
	}
	d.told = append(d.told, StorySummary{Story: p.key, Threads: len(s.took) + s.imports, Files: len(s.files), Seconds: seconds(time.Since(began))})
	return nil
}

// monday is the beginning of the next Monday.
func monday(t time.Time) time.Time {
	t = t.In(beijing)
	t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, beijing)
	for t.Weekday() != time.Monday {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// day is a date of the story.
func (s *story) day(n int) string { return s.first.AddDate(0, 0, n).Format(time.DateOnly) }

// time is a date of the story with a time of day, "08:30".
func (s *story) time(n int, clock string) string { return s.day(n) + "T" + clock + "+08:00" }

// on sets the hospitals' clock.
func (s *story) on(day int, clock string) {
	if s.err != nil {
		return
	}
	at, err := terms.ParseMoment(s.time(day, clock))
	if err != nil {
		s.err = err
		return
	}
	if !s.clock.set(at) {
		s.err = fmt.Errorf("day %d, %s, lies before what was told already, or in the future", day, clock)
		return
	}
	s.err = s.renew(s.ctx)
}

// shows tells the audience what happens.
func (s *story) shows(h *hospital, format string, a ...any) {
	if s.err == nil {
		s.line(h.short, format, a...)
	}
}

// entry is what a request says beside kind and body.
type entry struct {
	Kind  string           `json:"kind"`
	Body  any              `json:"body"`
	At    string           `json:"at,omitempty"`
	Refs  []ledger.Hash    `json:"refs,omitempty"`
	Blobs []ledger.BlobRef `json:"blobs,omitempty"`
}

type option func(*entry)

// about names the entries that this one is about.
func about(refs ...ledger.Hash) option { return func(e *entry) { e.Refs = append(e.Refs, refs...) } }

// with attaches files.
func with(files ...ledger.BlobRef) option {
	return func(e *entry) { e.Blobs = append(e.Blobs, files...) }
}

// happened dates the event.
func happened(at string) option { return func(e *entry) { e.At = at } }

// begin opens a case or a visit.
func (s *story) begin(p *person, path string, body any) (thread ledger.ThreadID) {
	if s.err != nil {
		return thread
	}
	var made struct{ ID ledger.ThreadID }
	if err := p.post(s.ctx, path, body, &made); err != nil {
		s.err = fmt.Errorf("%s opens at %s: %w", p.name, path, err)
		return thread
	}
	s.took[made.ID], s.under[made.ID] = []*hospital{p.at}, path
	return made.ID
}

// say says one thing in a thread, when everything said before has arrived at the person's hospital.
func (s *story) say(p *person, thread ledger.ThreadID, kind string, body any, options ...option) ledger.Hash {
	if s.err != nil {
		return ledger.Hash{}
	}
	e := entry{Kind: kind, Body: body}
	for _, o := range options {
		o(&e)
	}
	if s.where[thread] != nil && s.where[thread] != p.at {
		if s.err = s.has(s.ctx, p.at, thread, s.newest[thread]); s.err != nil {
			return ledger.Hash{}
		}
	}
	var made struct{ Hash ledger.Hash }
	if err := p.post(s.ctx, s.under[thread]+"/"+thread.String()+"/entries", e, &made); err != nil {
		s.err = fmt.Errorf("%s of %s says %s: %w", p.name, p.at.name, kind, err)
		return ledger.Hash{}
	}
	s.newest[thread], s.where[thread] = made.Hash, p.at
	s.err = s.attached(p, thread, made.Hash, e.Blobs)
	return made.Hash
}

// attached notes what an entry attaches in place of the files that were sent for it: of images, de-identified copies.
func (s *story) attached(p *person, thread ledger.ThreadID, hash ledger.Hash, sent []ledger.BlobRef) error {
	if len(sent) == 0 {
		return nil
	}
	var entries struct {
		Items []struct {
			Hash  ledger.Hash
			Blobs []ledger.BlobRef
		}
	}
	if err := p.get(s.ctx, s.under[thread]+"/"+thread.String()+"/entries", &entries); err != nil {
		return fmt.Errorf("reading what an entry attaches: %w", err)
	}
	for _, e := range entries.Items {
		if e.Hash != hash {
			continue
		}
		for i, b := range e.Blobs {
			s.files[b.Hash], s.became[sent[i].Hash] = b, b
		}
	}
	return nil
}

// invites lets a hospital take part.
func (s *story) invites(p *person, thread ledger.ThreadID, guest *hospital) {
	s.say(p, thread, ledger.KindInvited, ledger.Invitation{Hospital: guest.id})
	if s.err == nil {
		s.took[thread] = append(s.took[thread], guest)
	}
}

// file sends a file.
func (s *story) file(p *person, content []byte, mediaType, label, scope string) (b ledger.BlobRef) {
	if s.err != nil {
		return b
	}
	b, s.err = p.attach(s.ctx, content, mediaType, label, scope)
	return b
}

// paper sends a short text. Who opens it reads that it is invented.
func (s *story) paper(p *person, label, text string) ledger.BlobRef {
	return s.file(p, []byte("INVENTED FOR A DEMONSTRATION / 演示用虚构文件\n\n"+text+"\n"), "text/plain", label, "")
}

// arrives waits until files can be read by somebody: what comes from elsewhere is kept only if its bytes have the hash under which it was attached.
func (s *story) arrives(p *person, files ...ledger.BlobRef) {
	for _, b := range files {
		if s.err == nil {
			s.err = s.hasFile(s.ctx, p, s.became[b.Hash])
		}
	}
}

// delivered waits until every hospital has all of what it takes part in.
func (s *story) delivered() error {
	for thread, list := range s.took {
		if s.where[thread] == nil {
			continue
		}
		for _, h := range list {
			if err := s.has(s.ctx, h, thread, s.newest[thread]); err != nil {
				return err
			}
		}
	}
	return nil
}

// answers are the answers of a form: text, whole numbers, yes or no, lists of codes.
func answers(a map[string]any) pathway.Values {
	v := pathway.Values{}
	for name, x := range a {
		switch x := x.(type) {
		case string:
			v[name] = pathway.String(x)
		case int:
			v[name] = pathway.Int(int64(x))
		case bool:
			v[name] = pathway.Bool(x)
		case []string:
			v[name] = pathway.Codes(x...)
		case pathway.Value:
			v[name] = x
		}
	}
	return v
}

// says is a body as an amendment holds it.
func says(body any) json.RawMessage {
	raw, err := ledger.Encode(body)
	if err != nil {
		return nil // the node then says what is wrong with it
	}
	return raw
}
