package record

import (
	"reflect"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/ledger"
)

// View is what a kind of entry adds to the JSON of its thread, under a name.
type View struct {
	Name string
	Type reflect.Type // of what stands there
	of   func(State) any
}

// Viewed is what stands under the name in one thread.
type Viewed struct {
	Name  string
	Value any
}

// Shows declares a part of a thread's JSON that is more than a list of entries, such as referrals with what became of them.
func Shows[S State, V any](name string, of func(S) V) View {
	return View{Name: name, Type: reflect.TypeFor[V](), of: func(s State) any { return of(s.(S)) }}
}

// Shown is an entry as programs read it, with what it says now.
type Shown[B any] struct {
	Hash  ledger.Hash      `json:"hash"`
	By    Speaker          `json:"by"`
	At    string           `json:"at"`
	Refs  []ledger.Hash    `json:"refs,omitempty"`
	Blobs []ledger.BlobRef `json:"blobs,omitempty"`
	Says  B                `json:"says"`
}

// Speaker is an author as programs read it.
type Speaker struct {
	Hospital ledger.HospitalID `json:"hospital"`
	Person   ledger.PersonID   `json:"person"`
	Name     string            `json:"name"`
	Role     string            `json:"role"`
}

// Show is an entry as programs read it.
func Show[B any](s Said[B]) Shown[B] {
	return Shown[B]{s.Hash, Speaker(s.By), s.When, s.Refs, s.Blobs, s.Says}
}

// Elsewhere is the list of a kind whose entries stand in the parts of other kinds: an answer below its question.
const Elsewhere = "-"

// viewsOf are the parts that a declaration brings: the list of its entries, unless they stand elsewhere, and its own.
func (m Meaning[S, B]) viewsOf(k ledger.Kind) []View {
	name := m.List
	if name == "" {
		_, name, _ = strings.Cut(k.Name, ".")
		name = strings.ReplaceAll(name, "-", "_")
	}
	if name == Elsewhere {
		return m.Views
	}
	return append([]View{Shows(name, func(s S) []Shown[B] { return counted[B](s.reading(), k.Name) })}, m.Views...)
}

// counted are the entries of a kind that took their step and can be read, in folding order.
func counted[B any](r *Reading, kind string) []Shown[B] {
	at := map[ledger.Hash]*Item{}
	for i := range r.Timeline {
		if item := &r.Timeline[i]; item.Kind == kind && item.counted && !item.Retracted {
			at[item.Hash] = item
		}
	}
	list := make([]Shown[B], 0, len(at))
	for i := range r.Log.Said {
		said := &r.Log.Said[i]
		item := at[said.Hash]
		if item == nil || said.Says() == nil {
			continue
		}
		var body B
		if jsonv2.Unmarshal(said.Says(), &body) == nil {
			list = append(list, Shown[B]{item.Hash, Speaker(item.By), item.When, item.Refs, item.Blobs, body})
		}
	}
	return list
}

// Views are the parts of a thread's JSON that its kinds bring, in the order in which they are declared. They are never null where they are lists.
func (t *Talk) Views(l ledger.Log) (list []Viewed) {
	s := t.fold(l)
	for i := range t.Kinds {
		for _, p := range t.Kinds[i].Views {
			list = append(list, Viewed{p.Name, p.of(s)})
		}
	}
	return list
}
