package node_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// TestRandomStories lets three hospitals, of which two know each other only through the third, do random things while lines break and nodes restart. In
// the end all lines are joined, and every case is the same at everybody who takes part.
func TestRandomStories(t *testing.T) {
	began := time.Now()
	w := nodetest.New(t, "north", "middle", "south")
	hospitals := []*nodetest.Hospital{w.Hospital("north"), w.Hospital("middle"), w.Hospital("south")}
	lines := []*nodetest.Link{w.Partners(hospitals[0], hospitals[1]), w.Partners(hospitals[1], hospitals[2])}
	stories := 0
	rapid.Check(t, func(rt *rapid.T) {
		if time.Since(began) > 6*time.Second {
			return // enough for one run; another run tells other stories
		}
		stories++
		s := &story{RT: rt, hospitals: hospitals, lines: lines, joined: []bool{true, true}}
		s.tell(rapid.IntRange(4, 14).Draw(rt, "steps"))
		s.end(w)
	})
	t.Logf("%d stories", stories)
}

type story struct {
	RT        *rapid.T
	hospitals []*nodetest.Hospital
	lines     []*nodetest.Link
	joined    []bool
	cases     []ledger.ThreadID
	said      int
}

func (s *story) tell(steps int) {
	s.open()
	for range steps {
		switch rapid.SampledFrom([]string{"say", "say", "say", "correct", "open", "line", "line", "restart"}).Draw(s.RT, "what") {
		case "say":
			s.say()
		case "correct":
			s.correct()
		case "open":
			s.open()
		case "line":
			s.switchLine()
		case "restart":
			s.restart()
		}
	}
}

// open opens a case at a hospital and invites everybody. Invitations carry what a member that is no partner needs.
func (s *story) open() {
	at := rapid.SampledFrom(s.hospitals).Draw(s.RT, "at")
	var others []*nodetest.Hospital
	for _, h := range s.hospitals {
		if h != at {
			others = append(others, h)
		}
	}
	s.cases = append(s.cases, at.Share("A random story", others...))
}

// say lets a hospital that has heard of a case say something in it; one that has not yet has nothing to say.
func (s *story) say() {
	at, id := rapid.SampledFrom(s.hospitals).Draw(s.RT, "at"), rapid.SampledFrom(s.cases).Draw(s.RT, "case")
	if at.Knows(id) {
		s.said++
		at.Note(id, fmt.Sprintf("Question %d", s.said))
	}
}

// correct amends or takes back an own entry, perhaps at the same time as somebody else corrects it.
func (s *story) correct() {
	at, id := rapid.SampledFrom(s.hospitals).Draw(s.RT, "at"), rapid.SampledFrom(s.cases).Draw(s.RT, "case")
	if !at.Knows(id) {
		return
	}
	for _, e := range at.Log(id).Said {
		if e.Kind != "case.question" || e.Hospital != at.ID || e.Retracted() {
			continue
		}
		if rapid.Bool().Draw(s.RT, "retract") {
			_, _ = at.TrySay(id, ledger.KindRetract, nodetest.Says{"why": "by mistake"}, e.Hash)
			return
		}
		s.said++
		_, _ = at.TrySay(id, ledger.KindAmend, nodetest.Says{"says": nodetest.Says{"text": fmt.Sprintf("Better %d", s.said)}, "why": "unclear"}, e.Hash)
		return
	}
}

func (s *story) switchLine() {
	i := rapid.IntRange(0, len(s.lines)-1).Draw(s.RT, "line")
	if s.joined[i] = !s.joined[i]; s.joined[i] {
		s.lines[i].Join()
	} else {
		s.lines[i].Cut()
	}
}

func (s *story) restart() {
	rapid.SampledFrom(s.hospitals).Draw(s.RT, "at").Restart()
	for i, l := range s.lines {
		if s.joined[i] {
			l.Call()
		}
	}
}

func (s *story) end(w *nodetest.World) {
	for i, l := range s.lines {
		if !s.joined[i] {
			l.Join()
		}
	}
	for _, id := range s.cases {
		if l := w.Same(id, s.hospitals...); len(l.Forks) != 0 {
			s.RT.Fatalf("somebody forked in %s", id)
		}
	}
}
