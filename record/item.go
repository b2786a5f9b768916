package record

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Item is one line of the timeline: an entry with its corrections folded into it.
type Item struct {
	Hash        ledger.Hash
	Kind        string
	Version     uint64
	Title       lang.Text
	Lines       []lang.Text // what was written, in full
	By          Author
	When        string
	Written     time.Time
	Belated     bool // written more than two days after it happened
	Standing    ledger.Standing
	Erased      bool
	Retracted   bool
	Unread      bool // of a kind or form that this release does not know: kept, relayed, not folded
	Conflict    bool // corrections stand side by side that had not seen each other
	Corrections []Corrected
	Original    []lang.Text // the lines as first said, where a correction changed them
	Marks       []Mark
	Blobs       []ledger.BlobRef
	Refs        []ledger.Hash

	moment  time.Time
	counted bool // it took its step in the fold
}

// Corrected is a correction that stands.
type Corrected struct {
	Hash      ledger.Hash
	By        Author
	Written   time.Time
	Why       string
	Retracted bool
	Title     lang.Text
	Lines     []lang.Text
}

// correct adds the corrections that stand, each as its own reading.
func (t *Thread[S]) correct(k *Of[S], e Entry, s *ledger.Said, item *Item) {
	for _, c := range s.Corrected {
		one := Corrected{Hash: c.By.Hash, Written: c.By.Time, Why: c.Why, Retracted: c.By.Kind == ledger.KindRetract, By: Author{Hospital: c.By.Hospital, Person: c.By.Person}}
		if c.Content != nil {
			one.By.Name, one.By.Role = c.Content.Author.Name, c.Content.Author.Role
		}
		if k != nil && c.Says != nil {
			w := t.tell(k, e, c.Says)
			one.Title, one.Lines = w.Title, w.Lines
		}
		item.Corrections = append(item.Corrections, one)
	}
	if k == nil || s.Content == nil || len(s.Corrected) == 0 {
		return
	}
	w := t.tell(k, e, s.Content.Says)
	item.Original = w.Lines
	if item.Title.Empty() {
		item.Title = w.Title
	}
}

// tell puts one reading of an entry into words; none where it cannot be read.
func (t *Thread[S]) tell(k *Of[S], e Entry, says []byte) Words {
	v, err := k.decode(says, t.Decoding)
	if err != nil {
		return Words{}
	}
	return k.words(e, v)
}

// threadTitle is the phrase of a kind that says who takes part; empty for others.
func (t *Thread[S]) threadTitle(kind string) string {
	if slug, ok := strings.CutPrefix(kind, "thread."); ok && lang.Has(t.Phrases+".thread."+slug) {
		return t.Phrases + ".thread." + slug
	}
	return ""
}

// finish gives a title to what has none, an erased or an unread entry, and tells whether it was written late.
func (i *Item) finish() {
	args := map[string]any{"kind": i.Kind}
	switch {
	case i.Unread:
		i.Title = lang.Phrase("record.title.unread", args)
	case i.Erased && i.Title.Empty():
		i.Title = lang.Phrase("record.title.erased", args)
	case i.Title.Empty():
		i.Title = lang.Phrase("record.title.absent", args)
	}
	i.Belated = i.Written.Sub(i.moment) > 48*time.Hour
}

// byMoment sorts the timeline by the date of the event, and what has the same date as it was said. Items are large, so it moves each only once.
func byMoment(items []Item) []Item {
	type key struct {
		ms    int64
		place int
	}
	keys := make([]key, len(items))
	for i := range items {
		keys[i] = key{items[i].moment.UnixMilli(), i}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.place, b.place)) })
	sorted := make([]Item, len(items))
	for i, k := range keys {
		sorted[i] = items[k.place]
	}
	return sorted
}

// lastByMoment brings the last item of a sorted timeline to its place: where it stands, nearly always. Otherwise the timeline is copied, for whoever reads it as it
// was.
func lastByMoment(items []Item) []Item {
	last := len(items) - 1
	item := items[last]
	at := last
	for at > 0 && items[at-1].moment.UnixMilli() > item.moment.UnixMilli() {
		at--
	}
	if at == last {
		return items
	}
	return slices.Insert(slices.Clone(items[:last]), at, item)
}
