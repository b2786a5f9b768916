package casebook

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
)

// folding is a case while it is being read.
type folding struct {
	c         *Case
	log       ledger.Log
	referrals map[ledger.Hash]int
	plans     map[ledger.Hash]int
	advised   map[adviceKey]int
	changed   map[ledger.Hash]int // the place of the first correction of an entry
	undone    map[ledger.Hash]int // the place of the first retraction of an entry
	people    map[personKey]int
	custody   custody
}

// adviceKey names a recommendation: the opinion that gives it, and its id there.
type adviceKey struct {
	opinion ledger.Hash
	id      string
}

type personKey struct {
	hospital ledger.HospitalID
	person   ledger.PersonID
}

// Fold reads a case. The same entries give an equal case, in whatever order they came.
func Fold(l ledger.Log) Case {
	f := read(l)
	c := f.c
	for id, list := range c.Series {
		slices.SortStableFunc(list, func(a, b Point) int { return a.moment.Compare(b.moment) })
		c.Series[id] = list
	}
	c.Timeline = byMoment(c.Timeline)
	c.due()
	c.stages()
	c.tasks()
	f.involve()
	return *c
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

// read takes every step of the fold; what follows from the whole is left to [Fold].
func read(l ledger.Log) *folding {
	f := &folding{c: &Case{Thread: l.Thread, Steward: l.Roster.Steward, Offer: l.Roster.Offer, Members: l.Roster.Members,
		Latest: map[string]Answered{}, Series: map[string][]Point{}}, log: l,
		referrals: map[ledger.Hash]int{}, plans: map[ledger.Hash]int{}, advised: map[adviceKey]int{}, changed: map[ledger.Hash]int{}, undone: map[ledger.Hash]int{}, people: map[personKey]int{}}
	f.findCorrections()
	f.c.Timeline = make([]Item, 0, len(l.Said))
	for i := range l.Said {
		f.take(i)
	}
	f.c.Consent = access.FoldConsent(l)
	if slices.ContainsFunc(f.c.Consent.All(), func(s access.ScopeState) bool { return s.Answer == access.Granted }) {
		f.c.hold([]string{"consent"}) // of the referral's packet
	}
	return f
}

// findCorrections notes when each entry was first corrected, and when it was taken back if it was.
func (f *folding) findCorrections() {
	hospital := map[ledger.Hash]ledger.HospitalID{}
	for i, s := range f.log.Said {
		hospital[s.Hash] = s.Hospital
		if len(s.Refs) == 0 || s.Standing == ledger.Late || s.Kind != ledger.KindAmend && s.Kind != ledger.KindRetract || hospital[s.Refs[0]] != s.Hospital {
			continue
		}
		first(f.changed, s.Refs[0], i)
		if s.Kind == ledger.KindRetract {
			first(f.undone, s.Refs[0], i)
		}
	}
}

func first(m map[ledger.Hash]int, h ledger.Hash, i int) {
	if _, ok := m[h]; !ok {
		m[h] = i
	}
}

// take reads one entry.
func (f *folding) take(i int) {
	s := &f.log.Said[i]
	f.c.Newest = s.Time
	if s.Kind == ledger.KindAmend || s.Kind == ledger.KindRetract {
		return // shown with the entry that it corrects
	}
	e := f.entry(i, s)
	f.c.Timeline = append(f.c.Timeline, Item{Hash: s.Hash, Kind: s.Kind, Version: s.Version, By: e.by, When: e.when, Written: s.Time, Standing: s.Standing, Erased: s.Erased,
		Retracted: s.Retracted(), Conflict: s.Conflict(), Blobs: e.blobs, Refs: s.Refs, moment: e.moment})
	item := &f.c.Timeline[len(f.c.Timeline)-1]
	d := declared[s.Kind]
	switch {
	case d != nil && s.Version == d.kind.Version:
		says := s.Says()
		if says == nil && d.keepUndone && s.Content != nil {
			says, e.read = s.Content.Says, true
		}
		o := d.step(f, e, says)
		item.Title, item.Lines, item.Marks, item.Unread = o.words.title, o.words.lines, o.marks, o.unread
		item.When, item.moment = o.entry.when, o.entry.moment
	case foreign[s.Kind].En != "":
		item.Title = foreign[s.Kind]
		f.custody.follow(s)
	default:
		item.Unread = true
	}
	item.Belated = s.Time.Sub(item.moment) > 48*time.Hour
	f.correct(s, e, d, item)
	f.name(item)
	if len(item.Marks) > 0 || item.Conflict || item.Standing == ledger.Doubted {
		f.c.Marks++
	}
	f.person(e.by, RelationAuthor)
}

// entry reads what every entry has.
func (f *folding) entry(i int, s *ledger.Said) entry {
	e := entry{at: i, hash: s.Hash, refs: s.Refs, written: s.Time, standing: s.Standing, undone: never, by: Author{Hospital: s.Hospital, Person: s.Person}}
	if s.Retracted() {
		e.undone = f.undone[s.Hash]
	}
	if b := s.Content; b != nil {
		e.by.Name, e.by.Role, e.when, e.pack, e.blobs = b.Author.Name, b.Author.Role, b.At, b.Pack, b.Blobs
		e.read = true
	}
	at := e.when
	e.when, e.moment = s.Time.Format(minuteForm), s.Time.UTC()
	e = e.on(at)
	if s.Retracted() {
		e.read = false
	}
	return e
}

func moment(when string, written time.Time) time.Time {
	if t := instant(when); !t.IsZero() {
		return t
	}
	return written.UTC()
}

// correct adds the corrections that stand, each as its own reading.
func (f *folding) correct(s *ledger.Said, e entry, d *definition, item *Item) {
	for _, k := range s.Corrected {
		c := Corrected{Hash: k.By.Hash, Written: k.By.Time, Why: k.Why, Retracted: k.By.Kind == ledger.KindRetract, By: Author{Hospital: k.By.Hospital, Person: k.By.Person}}
		if k.Content != nil {
			c.By.Name, c.By.Role = k.Content.Author.Name, k.Content.Author.Role
		}
		if d != nil && k.Says != nil {
			w := d.tell(e, k.Says)
			c.Title, c.Lines = w.title, w.lines
		}
		item.Corrections = append(item.Corrections, c)
	}
	if d == nil || s.Content == nil || len(s.Corrected) == 0 {
		return
	}
	w := d.tell(e, s.Content.Says)
	item.Original = w.lines
	if item.Title.Empty() {
		item.Title = w.title
	}
}

// name gives a title to what has none: an erased or an unread entry.
func (f *folding) name(item *Item) {
	switch {
	case item.Unread:
		item.Title = lang.Text{En: "Unread: " + item.Kind, Zh: "无法识别的条目：" + item.Kind}
	case item.Erased && item.Title.Empty():
		item.Title = lang.Text{En: "Erased: " + item.Kind, Zh: "已删除：" + item.Kind}
	case item.Title.Empty():
		item.Title = lang.Text{En: "Not here yet: " + item.Kind, Zh: "内容尚未到达：" + item.Kind}
	}
}

// foreign are the kinds that other rooms declare and a case shows.
var foreign = map[string]lang.Text{
	access.KindConsent:          {En: "Consent recorded", Zh: "知情同意已记录"},
	access.KindConsentWithdrawn: {En: "Consent withdrawn", Zh: "知情同意已撤回"},
	ledger.KindOpened:           {En: "Thread begun", Zh: "线程建立"},
	ledger.KindInvited:          {En: "Hospital invited", Zh: "邀请医院"},
	ledger.KindJoined:           {En: "Hospital joined", Zh: "医院加入"},
	ledger.KindLeft:             {En: "Hospital left", Zh: "医院退出"},
	ledger.KindRemoved:          {En: "Hospital removed", Zh: "移除医院"},
	ledger.KindStewardOffered:   {En: "Custody offered", Zh: "提议移交管理权"},
	ledger.KindStewardAccepted:  {En: "Custody accepted", Zh: "接受管理权"},
	ledger.KindStewardConfirmed: {En: "Custody handed over", Zh: "管理权移交完成"},
	ledger.KindKeyCut:           {En: "Signing key replaced", Zh: "更换签名密钥"},
	ledger.KindAdmitted:         {En: "Late entries admitted", Zh: "准许迟到条目"},
	ledger.KindErased:           {En: "Entries erased", Zh: "删除条目"},
	ledger.KindErasureAnswered:  {En: "Erasure answered", Zh: "答复删除"},
	ledger.KindContinues:        {En: "Continues another thread", Zh: "接续另一线程"},
}

// general are the rules of every kind.
func (f *folding) general(e entry, first, afterClosing bool) []Mark {
	switch {
	case !f.c.Opened && !first:
		return when(true, "not-opened")
	case f.c.Closed != nil && !afterClosing:
		return when(true, "closed")
	}
	return nil
}

// custodian wants the hospital that has custody at this place of the thread.
func (f *folding) custodian(h ledger.HospitalID) []Mark {
	return when(h != f.custody.keeper, "not-custodian")
}

// custody follows who keeps the case, in folding order. How it ends is the roster's word; this tells who had it on the way.
type custody struct {
	keeper, to        ledger.HospitalID
	offered, accepted ledger.Hash
}

func (k *custody) follow(s *ledger.Said) {
	if s.Standing != ledger.Counts || s.Content == nil {
		return
	}
	switch s.Kind {
	case ledger.KindOpened:
		if s.Height == 1 {
			k.keeper = s.Hospital
		}
	case ledger.KindStewardOffered:
		if v, err := ledger.Decode[ledger.StewardOffer](s.Content.Says); err == nil && s.Hospital == k.keeper {
			*k = custody{keeper: k.keeper, to: v.Hospital, offered: s.Hash}
		}
	case ledger.KindStewardAccepted:
		if s.Hospital == k.to && slices.Contains(s.Refs, k.offered) {
			k.accepted = s.Hash
		}
	case ledger.KindStewardConfirmed:
		if s.Hospital == k.keeper && !k.accepted.IsZero() && slices.Contains(s.Refs, k.accepted) {
			*k = custody{keeper: k.to}
		}
	}
}

// member tells whether the hospital takes part in the case, or once did.
func (f *folding) member(h ledger.HospitalID) bool { return f.log.Roster.State(h) != ledger.Stranger }

// answers takes over the answers of a form, each at its date.
func (f *folding) answers(e entry, date string, values pathway.Values) {
	at := e.moment
	if date == "" || date == e.when {
		date = e.when
	} else {
		at = moment(date, e.written)
	}
	for id, v := range values {
		if v.IsZero() {
			continue
		}
		if old, ok := f.c.Latest[id]; !ok || !at.Before(old.moment) {
			f.c.Latest[id] = Answered{Value: v, When: date, Entry: e.hash, Pack: e.pack, moment: at}
		}
		if n, ok := number(v); ok {
			f.c.Series[id] = append(f.c.Series[id], Point{When: date, Value: n, Entry: e.hash, moment: at})
		}
	}
}

// number gives a value's decimal text where it is a number.
func number(v pathway.Value) (string, bool) {
	if i, ok := v.AsInt(); ok {
		return strconv.FormatInt(i, 10), true
	}
	s, ok := v.AsString()
	if !ok || s == "" || strings.Trim(s, "-.0123456789") != "" || len(s) > 20 {
		return "", false
	}
	_, err := strconv.ParseFloat(s, 64)
	return s, err == nil
}

// person notes what somebody is to the case.
func (f *folding) person(a Author, relation string) {
	if a.Person == "" || a.Hospital.IsZero() {
		return
	}
	k := personKey{a.Hospital, a.Person}
	i, ok := f.people[k]
	if !ok {
		i = len(f.c.People)
		f.people[k] = i
		f.c.People = append(f.c.People, Involved{Hospital: a.Hospital, Person: a.Person})
	}
	p := &f.c.People[i]
	p.Name, p.Role = cmp.Or(a.Name, p.Name), cmp.Or(a.Role, p.Role)
	if !slices.Contains(p.Relations, relation) {
		p.Relations = append(p.Relations, relation)
	}
}

func (f *folding) owner(o Owner, relation string) { f.person(Author(o), relation) }

// knew is the case as the writer of an entry knew it, as far as its operations go.
func (f *folding) knew(entry ledger.Hash) Case {
	var c Case
	for i := range f.c.Operations {
		if f.log.Follows(entry, f.c.Operations[i].Hash) {
			c.Operations = append(c.Operations, f.c.Operations[i])
		}
	}
	return c
}

// involve notes everybody who is named rather than speaking.
func (f *folding) involve() {
	for _, r := range f.c.Referrals {
		f.owner(Owner{Hospital: r.Says.To, Person: r.Says.Person, Name: r.Says.PersonName}, RelationAsked)
		f.owner(r.Answers, RelationAssigned)
	}
	for _, r := range f.c.Recommendations {
		f.owner(r.Owner, RelationAssigned)
	}
	for _, r := range f.c.Reminders {
		f.owner(r.Says.Owner, RelationAssigned)
	}
	for _, h := range f.c.HandOvers {
		f.owner(h.Says.To, RelationAssigned)
	}
	for i, p := range f.c.Plans {
		if slices.Contains(f.c.PlanHeads, i) {
			f.owner(p.Says.Operator, RelationOperator)
		}
		for _, s := range p.Signatures {
			f.person(s.By, RelationSigner)
		}
	}
	if f.c.Scheduled != nil {
		f.owner(f.c.Scheduled.Says.Operator, RelationOperator)
	}
	for _, o := range f.c.Operations {
		f.owner(o.Says.Operator, RelationOperator)
		for _, a := range o.Says.Assistants {
			f.owner(a, RelationOperator)
		}
	}
	for _, q := range f.c.Questions {
		f.owner(q.Says.To, RelationAsked)
	}
}
