package network

import (
	"errors"
	"strings"
	"testing"
)

func TestAnIgnoredCallerIsAPartnerAtNoMoment(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "stranger", nil)
	if err := a.net.Ignore(t.Context(), b.id()); !errors.Is(err, ErrNoPartner) {
		t.Fatalf("one that never called: %v", err)
	}
	b.knows(a, a.addr)
	until(t, "the stranger has called", func() bool {
		callers, err := a.net.Callers(t.Context())
		return err == nil && len(callers) == 1
	})
	if err := a.net.Ignore(t.Context(), b.id()); err != nil {
		t.Fatal(err)
	}
	list, err := a.net.Partners(t.Context())
	if err != nil || len(list) != 1 || list[0].State != Blocked || list[0].Name != "stranger" || list[0].Link != nil {
		t.Fatalf("partners %+v, %v", list, err)
	}
	b.net.CallNow()
	until(t, "the stranger reads that it is blocked", func() bool { return strings.Contains(b.state(a).LastErr.En, "blocked us") })
	if callers, err := a.net.Callers(t.Context()); err != nil || len(callers) != 0 {
		t.Fatalf("told again: %+v, %v", callers, err)
	}
	a.knows(b) // another day it is let in
	b.net.CallNow()
	same(t, a.opens(b), 2, a, b)
}

func TestIgnoringDoesNotBlockOneThatWasEnteredMeanwhile(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	if err := a.net.Ignore(t.Context(), b.id()); !errors.Is(err, ErrNoPartner) {
		t.Fatal(err)
	}
	same(t, a.opens(b), 2, a, b)
}
