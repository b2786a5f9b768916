package ledger

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type note struct {
	Text string `json:"text"`
}

func TestHospitalIDReadsAsPeopleTypeIt(t *testing.T) {
	id := newSite(t, "north", 1).id()
	for _, typed := range []string{id.String(), strings.ToLower(id.String()), strings.ReplaceAll(id.String(), "-", " ")} {
		if got, err := ParseHospitalID(typed); err != nil || got != id {
			t.Errorf("%q reads as %v, %v", typed, got, err)
		}
	}
	wrong := []byte(id.String())
	wrong[0] = 'A' + (wrong[0]-'A'+1)%26
	if _, err := ParseHospitalID(string(wrong)); err == nil {
		t.Errorf("%s reads, though a letter was mistyped", wrong)
	}
}

func TestRefusesWhatItsOwnBytesProveWrong(t *testing.T) {
	north := newSite(t, "north", 1)
	north.open(t, "case")
	good := north.draft(t, "note", note{"seen"})
	resigned := func(change func(h *Header)) Wire {
		h := good.Header
		change(&h)
		raw := h.encode()
		return Wire{Header: raw, Signature: ed25519.Sign(north.signer.private, signable(raw)), Body: good.Wire.Body}
	}
	edited := func(old, new string) Wire {
		raw := []byte(strings.Replace(string(good.Wire.Header), old, new, 1))
		return Wire{Header: raw, Signature: ed25519.Sign(north.signer.private, signable(raw)), Body: good.Wire.Body}
	}
	tests := []struct {
		name string
		wire Wire
		want error
	}{
		{"as signed", good.Wire, nil},
		{"another signature", Wire{good.Wire.Header, make([]byte, 64), good.Wire.Body}, ErrSignature},
		{"another body", Wire{good.Wire.Header, good.Wire.Signature, append(bytes.Clone(good.Wire.Body), ' ')}, ErrBodyHash},
		{"a body of 1 GB is refused by its length", Wire{good.Wire.Header, good.Wire.Signature, make([]byte, MaxBody+1)}, ErrBody},
		{"unknown key", edited(`"seq":2`, `"seq":2,"extra":1`), ErrHeader},
		{"another case", edited(`"seq":`, `"Seq":`), ErrHeader},
		{"a key twice", edited(`"seq":2`, `"seq":2,"seq":2`), ErrHeader},
		{"white space", edited(`"seq":2`, `"seq": 2`), ErrHeader},
		{"a float", edited(`"seq":2`, `"seq":2.0`), ErrHeader},
		{"a leading zero", edited(`"seq":2`, `"seq":02`), ErrHeader},
		{"2^53", edited(`"seq":2`, `"seq":9007199254740992`), ErrHeader},
		{"trailing bytes", edited(`"}`, `"} `), ErrHeader},
		{"seq of nothing", resigned(func(h *Header) { h.Seq = 0 }), ErrHeader},
		{"first entry without statement", resigned(func(h *Header) { h.Seq = 1 }), ErrHeader},
		{"statement in a later entry", resigned(func(h *Header) { h.Speaks = &north.signer.Statement }), ErrHeader},
		{"a hash twice", resigned(func(h *Header) { h.After = append(h.After, h.After[0]) }), ErrHeader},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := ReadEntry(test.wire); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestRefusesBodiesThatDeceive(t *testing.T) {
	frame := func(says string) []byte {
		return []byte(`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","author":{"name":"Lin","role":"surgeon"},"says":` + says + `}`)
	}
	good := []string{`{}`, `{"a":[1,-2,{"b":null}]}`, `{"zh":"面肌痉挛"}`, `{"quote":"\"\\\n"}`}
	for _, says := range good {
		if _, err := ParseBody(frame(says)); err != nil {
			t.Errorf("%s: %v", says, err)
		}
	}
	bad := map[string]string{
		"a float": `{"a":1.5}`, "an exponent": `{"a":1e3}`, "minus zero": `{"a":-0}`, "too great": `{"a":9007199254740992}`,
		"a key twice": `{"a":1,"a":2}`, "bidirectional": "{\"a\":\"x\u202ey\"}", "not NFC": "{\"a\":\"e\u0301\"}", "an escaped letter": `{"a":"\u0041"}`,
		"not an object": `[]`, "not UTF-8": "{\"a\":\"\xff\"}", "trailing": `{}{}`, "too deep": strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
	}
	for name, says := range bad {
		if _, err := ParseBody(frame(says)); !errors.Is(err, ErrBody) {
			t.Errorf("%s: %s gives %v", name, says, err)
		}
	}
}

// TestWritersWriteNoControlCharacters: what nobody types is not written, with its place; what earlier releases wrote is read.
func TestWritersWriteNoControlCharacters(t *testing.T) {
	site := newSite(t, "north", 1)
	site.open(t, "case")
	for _, text := range []string{"面肌\t痉挛\r\n", `C:\bin\u0000`, "¡ÿ\u00a0"} {
		if _, err := (Body{Salt: newSalt(), Author: Author{"Lin", "surgeon"}, Says: note{text}.raw(t)}).encode(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, c := range []rune{0, 1, '\b', '\f', 0x1b, 0x7f, 0x85, 0x9f} {
		body := Body{Salt: newSalt(), Author: Author{"Lin", "surgeon"}, Says: note{"a\\" + string(c) + "b"}.raw(t)}
		_, err := body.encode()
		var control *ControlError
		if !errors.As(err, &control) || !errors.Is(err, ErrBody) || control.Code != c || control.Pointer != "/says/text" {
			t.Errorf("U+%04X: %v", c, err)
		}
		raw, err := Encode(body)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseBody(raw); err != nil && c < 0x20 {
			t.Errorf("U+%04X of an older release: %v", c, err)
		}
	}
}

func (n note) raw(t *testing.T) []byte {
	t.Helper()
	raw, err := Encode(n)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestIndexedKeepsLetters(t *testing.T) {
	for _, text := range []string{"", "surgeon", strings.Repeat("痉", 167), strings.Repeat("a", 499) + "𝒳"} {
		got := Indexed(text)
		if !utf8.ValidString(got) || len(got) > indexed || !strings.HasPrefix(text, got) || len(text)-len(got) > 4 && len(got) < indexed-3 {
			t.Errorf("%d bytes became %d", len(text), len(got))
		}
	}
}

func TestRefusesWhatItsAncestorsProveWrong(t *testing.T) {
	north, south, stranger := newSite(t, "north", 1), newSite(t, "south", 2), newSite(t, "stranger", 3)
	north.open(t, "case")
	invite(t, north, south)
	stranger.pull(t, north)

	if err := north.thread.Admit(stranger.draft(t, "note", note{"hello"})); !errors.Is(err, ErrRefused) {
		t.Errorf("an entry by a non-member: %v", err)
	}
	if err := north.thread.Admit(stranger.draft(t, KindJoined, None{})); !errors.Is(err, ErrRefused) {
		t.Errorf("joining without an invitation: %v", err)
	}

	high := south.draft(t, "note", note{"a"}).Header
	high.Height++
	if err := admitHeader(t, north, south, high); !errors.Is(err, ErrRefused) {
		t.Errorf("a wrong height: %v", err)
	}
	skipped := south.draft(t, "note", note{"a"}).Header
	skipped.Seq = 3
	if err := admitHeader(t, north, south, skipped); !errors.Is(err, ErrRefused) {
		t.Errorf("a count left out: %v", err)
	}
	ahead := south.draft(t, "note", note{"a"}).Header
	ahead.After = append(ahead.After, Hash{1})
	var missing *MissingError
	if err := admitHeader(t, north, south, ahead); !errors.As(err, &missing) || missing.Hashes[0] != (Hash{1}) {
		t.Errorf("a missing parent: %v", err)
	}

	gone := south.draft(t, "note", note{"I do not know yet"})
	north.say(t, KindRemoved, Leaving{Hospital: south.id(), Cut: []Cut{cutOf(south)}})
	if err := north.thread.Admit(gone); err != nil {
		t.Errorf("an entry that had not seen the removal: %v", err)
	}
	if got := north.thread.Log().Find(gone.Hash).Standing; got != Late {
		t.Errorf("it stands as %q, want late", got)
	}
	south.pull(t, north)
	if err := north.thread.Admit(south.draft(t, "note", note{"I know"})); !errors.Is(err, ErrRefused) {
		t.Errorf("an entry after the removal, knowing it: %v", err)
	}
	north.say(t, KindAdmitted, Admission{}, gone.Hash)
	if got := north.thread.Log().Find(gone.Hash).Standing; got != Counts {
		t.Errorf("admitted by the steward it stands as %q", got)
	}
}

func TestNobodyElseCanOpenAThreadsID(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	id := north.open(t, "case")
	body, _ := newBody(Draft{Author: south.author()}, Opened{Kind: "case"})
	e, err := south.signer.sign(Header{Thread: id, Seq: 1, Height: 1, Time: testClock, Person: "p", Kind: KindOpened, Version: 1}, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := north.thread.Admit(e); !errors.Is(err, ErrRefused) {
		t.Errorf("a second opening: %v", err)
	}
}

// admitHeader signs a header that no honest node writes.
func admitHeader(t *testing.T, at, by *site, h Header) error {
	t.Helper()
	body, _ := newBody(Draft{Author: by.author()}, note{"a"})
	e, err := by.signer.sign(h, body)
	if err != nil {
		t.Fatal(err)
	}
	return at.thread.Admit(e)
}

func cutOf(s *site) Cut {
	n := s.thread.newest(s.signer.Key())
	return Cut{Key: n.Key, Seq: n.Seq, Hash: n.Hash}
}

func TestCustodyMovesAtTheGiversConfirmation(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	invite(t, north, south)
	steward := func(want *site) {
		t.Helper()
		meet(t, north, south)
		if got := north.thread.Log().Roster.Steward; got != want.id() {
			t.Fatalf("the steward is %s, want %s", got, want.name)
		}
	}
	offer := north.say(t, KindStewardOffered, StewardOffer{Hospital: south.id()})
	steward(north)
	accepted := south.say(t, KindStewardAccepted, None{}, offer.Hash)
	steward(north)
	north.say(t, KindStewardConfirmed, None{}, accepted.Hash)
	steward(south)

	third := newSite(t, "third", 3)
	north.say(t, KindInvited, Invitation{Hospital: third.id()})
	if got := north.thread.Log().Roster.State(third.id()); got != Stranger {
		t.Errorf("the former steward invites, and the guest is %q", got)
	}
}

func TestForksStandBothAndDoNotWiden(t *testing.T) {
	north, south, third := newSite(t, "north", 1), newSite(t, "south", 2), newSite(t, "third", 3)
	north.open(t, "case")
	invite(t, north, south)
	a := north.draft(t, KindInvited, Invitation{Hospital: third.id()})
	b := north.draft(t, "note", note{"a second entry with the same count"})
	north.must(t, a)
	south.must(t, b)
	meet(t, north, south)
	meet(t, north, south)
	l := south.thread.Log()
	if len(l.Forks) != 1 || l.Find(a.Hash).Standing != Doubted || l.Find(b.Hash).Standing != Doubted {
		t.Fatalf("the fork is not seen:\n%s", show(l))
	}
	if l.Roster.State(third.id()) != Stranger {
		t.Error("a doubted invitation has effect")
	}
	north.newKey(t)
	north.say(t, KindInvited, Invitation{Hospital: third.id()})
	if north.thread.Log().Roster.State(third.id()) != Invited {
		t.Error("the invitation repeated with a new key has no effect")
	}
}

func TestCorrections(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	invite(t, north, south)
	first := north.say(t, "note", note{"left"})
	meet(t, north, south)
	second := newSite(t, "north", 1) // the same hospital's other node, with its own key
	second.keys += 50
	second.newKey(t)
	second.pull(t, north)

	amend := func(s *site, text string) *Entry {
		says, _ := Encode(note{text})
		return s.say(t, KindAmend, Amendment{Says: says, Why: "typing"}, first.Hash)
	}
	amend(north, "right")
	if got := string(north.thread.Log().Find(first.Hash).Says()); got != `{"text":"right"}` {
		t.Errorf("amended it says %s", got)
	}
	amend(second, "both")
	meet(t, north, second)
	if s := north.thread.Log().Find(first.Hash); !s.Conflict() || string(s.Says()) != `{"text":"left"}` {
		t.Errorf("two corrections that had not seen each other: conflict %v, says %s", s.Conflict(), s.Says())
	}
	amend(north, "right, checked")
	if s := north.thread.Log().Find(first.Hash); s.Conflict() || string(s.Says()) != `{"text":"right, checked"}` {
		t.Errorf("a correction after both: conflict %v, says %s", s.Conflict(), s.Says())
	}
	says, _ := Encode(note{"no"})
	meet(t, north, south)
	south.say(t, KindAmend, Amendment{Says: says}, first.Hash)
	if s := south.thread.Log().Find(first.Hash); string(s.Says()) != `{"text":"right, checked"}` {
		t.Errorf("another hospital corrected it to %s", s.Says())
	}
	north.say(t, KindErased, Erasure{Reason: "law"}, first.Hash)
	if s := north.thread.Log().Find(first.Hash); s.Content != nil || s.Says() != nil {
		t.Errorf("erased it says %s", s.Says())
	}
	north.say(t, KindRetract, Retraction{Why: "wrong patient"}, first.Hash)
}

func TestBundleVerifiesOffline(t *testing.T) {
	north, south := newSite(t, "north", 1), newSite(t, "south", 2)
	north.open(t, "case")
	invite(t, north, south)
	north.say(t, "note", note{"with a picture"})
	var file bytes.Buffer
	w, err := NewBundleWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	picture := []byte("a picture")
	for _, err := range []error{w.Thread(north.thread), w.File(SumBlob(picture), int64(len(picture)), bytes.NewReader(picture)), w.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := ReadBundle(bytes.NewReader(file.Bytes()), nil)
	if err != nil || b.Entries != north.thread.Len() || b.Digest != north.thread.digest() {
		t.Fatalf("got %+v, %v", b.Proof, err)
	}
	for i := range file.Len() {
		flipped := bytes.Clone(file.Bytes())
		flipped[i] ^= 1
		if _, err := ReadBundle(bytes.NewReader(flipped), nil); err == nil {
			t.Fatalf("with byte %d flipped it still verifies", i)
		}
	}
	for i := range file.Len() - 1 {
		if _, err := ReadBundle(bytes.NewReader(file.Bytes()[:i]), nil); err == nil {
			t.Fatalf("cut at byte %d it still verifies", i)
		}
	}
}

func TestThreadIDsTellWhenTheyWereOpened(t *testing.T) {
	north := newSite(t, "north", 1)
	id := north.open(t, "case")
	if got := id.Opened(); got.Sub(testClock) > time.Millisecond || testClock.Sub(got) > time.Millisecond {
		t.Errorf("opened %v, want %v", got, testClock)
	}
}
