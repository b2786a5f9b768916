package record

import (
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/lang"
	"consilium/ledger"
)

// The acts that saying an entry may amount to, for who decides who may ([ledger.Kind]). Correcting and governing are the ledger's own kinds.
const (
	Say  = "say"  // the rule: something is told
	Sign = "sign" // a name is put under something
)

// Words are an entry as a person reads it: one line, and what was written in full.
type Words struct {
	Title lang.Text
	Lines []lang.Text
}

// Telling is an entry as a page tells it to a reader who knows more than the entry says.
type Telling struct {
	Title lang.Text   // empty: that of [Words]
	Lines []lang.Text // nil: those of [Words]
	Under []lang.Text // what stands in small letters below, side by side
}

// Titled is a title from the phrase files, and lines.
func Titled(phrase string, args map[string]any, lines ...lang.Text) Words {
	return Words{lang.Phrase(phrase, args), lines}
}

// Written are texts that a person wrote, as they are in both languages; empty ones are left out.
func Written(texts ...string) []lang.Text {
	var list []lang.Text
	for _, t := range texts {
		if t != "" {
			list = append(list, lang.Same(t))
		}
	}
	return list
}

// Labeled is a text that a person wrote, in the phrase that says what it is (as "said"); none where nothing was written.
func Labeled(phrase, said string) []lang.Text {
	if said == "" {
		return nil
	}
	return []lang.Text{lang.Phrase(phrase, map[string]any{"said": said})}
}

// Meaning is all that a declaration says of a kind beside its name. S is the state that its thread's fold builds, B the body that it says. Where *B has a
// Check method (see [Checks]), it says what is wrong with a body by itself.
type Meaning[S State, B any] struct {
	Act   string   // [Say] where empty, or [Sign]
	Roles []string // who may say it

	First        bool // may stand before the matter of the thread was opened
	AfterClosing bool // and after it was closed
	Answers      bool // an act: in breach of a rule, or said with a doubted key, it changes nothing. Others tell what happened and count whatever their marks
	Narrows      bool // makes less of what was given, so it counts also when it is late or doubted
	ByHeader     bool // has its effect without its body
	KeepUndone   bool // takes its step also when it was taken back
	FirstSaid    bool // its step takes what was said first, also when that was taken back; what corrections may do is for the step to say

	Rule  func(S, Said[B]) []Mark           // what stops a writer and marks at a reader; nil: nothing
	Fold  func(S, Said[B])                  // its step; nil: none
	Words func(Said[B]) Words               // how the timeline tells it
	Told  func(S, Said[B], *Asking) Telling // how a page tells it that knows more than the entry: the pack, what became of it, names; nil: as Words has it
	Panel string                            // the part of a page that shows it below its words; empty: none
	List  string                            // the name under which the thread's JSON lists its entries; empty: the kind's, [Elsewhere]: other parts have them
	Views []View                            // what else it adds to that JSON
	Date  func(B) string                    // when it happened, where the entry itself does not say; nil: when it was written

	Verb      string                                 // the part of the course that offers it; empty: a component does
	Component string                                 // the page or dialog of its own with which it is said; empty: the form that is derived from what follows
	Form      Form[S]                                // how it is asked for
	Start     func(S, *Asking) B                     // what the form begins with; nil: nothing
	Offer     func(S, *Asking) ([]ledger.Hash, bool) // whether it can be said now, and about which entries; nil: always, about none
	Doc       string                                 // what it means, for KINDS.md and the API
	Example   string                                 // a body that is in form, as JSON
}

// Of is one kind of entry as its thread reads it, with the type of its body put aside.
type Of[S State] struct {
	ledger.Kind
	said Kind

	first, afterClosing, answers, narrows, byHeader, keepUndone, firstSaid bool

	empty  any // a body that says nothing
	decode func(says []byte, how jsonv2.Options) (any, error)
	unfit  func(says any) bool
	date   func(says any) string
	words  func(Entry, any) Words
	told   func(S, Entry, any, *Asking) Telling
	rule   func(S, Entry, any) []Mark
	fold   func(S, Entry, any)
}

// Declare declares a kind of entry. It makes a value and registers nothing: the room lists it in its [Thread].
func Declare[S State, B any](name string, m Meaning[S, B]) Of[S] {
	act := Say
	if m.Act != "" {
		act = m.Act
	}
	var empty B
	kind := ledger.Declare[B](ledger.Kind{Name: name, Version: 1, Roles: m.Roles, Act: act})
	return Of[S]{Kind: kind, said: m.kind(kind), first: m.First, afterClosing: m.AfterClosing, answers: m.Answers, narrows: m.Narrows, byHeader: m.ByHeader,
		keepUndone: m.KeepUndone || m.FirstSaid, firstSaid: m.FirstSaid,
		empty: empty, decode: decode[B], unfit: unfit[B], date: m.dateOf, words: m.wordsOf, told: m.toldOf, rule: m.ruleOf, fold: m.foldOf}
}

func decode[B any](says []byte, how jsonv2.Options) (any, error) {
	var v B
	if err := jsonv2.Unmarshal(says, &v, how); err != nil {
		return nil, fmt.Errorf("%w: %w", ledger.ErrBody, err)
	}
	return v, nil
}

func unfit[B any](says any) bool {
	v := says.(B)
	c, ok := any(&v).(ledger.Checked)
	return ok && c.Check() != nil
}

func (m Meaning[S, B]) dateOf(says any) string {
	if m.Date == nil {
		return ""
	}
	return m.Date(says.(B))
}

func (m Meaning[S, B]) wordsOf(e Entry, says any) Words { return m.Words(Said[B]{e, says.(B)}) }

func (m Meaning[S, B]) toldOf(s S, e Entry, says any, a *Asking) (t Telling) {
	if m.Told == nil {
		return t
	}
	return m.Told(s, Said[B]{e, says.(B)}, a)
}

func (m Meaning[S, B]) ruleOf(s S, e Entry, says any) []Mark {
	if m.Rule == nil {
		return nil
	}
	return m.Rule(s, Said[B]{e, says.(B)})
}

func (m Meaning[S, B]) foldOf(s S, e Entry, says any) {
	if m.Fold != nil {
		m.Fold(s, Said[B]{e, says.(B)})
	}
}
