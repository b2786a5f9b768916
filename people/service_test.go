package people

import (
	"errors"
	"testing"
	"time"
)

func TestAServiceAccountIsNoMoreThanItsSponsor(t *testing.T) {
	h := newHouse(t)
	h.add("admin", Administrator)
	ann := h.add("ann", Coordinator)
	account := ServiceAccount{Sponsor: ann.ID, Ends: start.AddDate(0, 1, 0)}
	_, err := CreateService(h.ctx, h.db, start, Person{Username: "robot", DisplayName: "Robot", Roles: []Role{HeadOfDepartment}}, account)
	wantField(t, err, "sponsor")
	_, err = CreateService(h.ctx, h.db, start, Person{Username: "robot", DisplayName: "Robot"}, ServiceAccount{Sponsor: ann.ID, Ends: start.AddDate(5, 0, 0)})
	wantField(t, err, "ends")
	make1 := func(name string) (Person, string) {
		p := must[Person](t)(CreateService(h.ctx, h.db, start, Person{Username: name, DisplayName: name, Roles: []Role{Coordinator}}, account))
		secret, _, err := CreateToken(h.ctx, h.db, start, p.ID, APIToken{Name: "x", Scopes: []Scope{"read"}, Expires: start.AddDate(0, 6, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := FindToken(h.ctx, h.db, start, secret); err != nil {
			t.Fatal(err)
		}
		return p, secret
	}
	_, token := make1("robot")
	if _, _, err := FindToken(h.ctx, h.db, start.AddDate(0, 2, 0), token); !errors.Is(err, ErrExpired) {
		t.Errorf("after its end: %v", err)
	}
	if _, _, err := h.signIn.WithPassword(h.ctx, h, start, "robot", "", "10.0.0.1"); !errors.Is(err, ErrWrongCredentials) {
		t.Errorf("a service account signs in: %v", err)
	}
	ann.Roles = []Role{Trainee}
	ann = must[Person](t)(Update(h.ctx, h.db, ann))
	if _, _, err := FindToken(h.ctx, h.db, start, token); !errors.Is(err, ErrExpired) {
		t.Errorf("after its sponsor lost the role: %v", err)
	}
	ann.Roles, ann.Active = []Role{Coordinator}, false
	must[Person](t)(Update(h.ctx, h.db, ann))
	if _, _, err := FindToken(h.ctx, h.db, start.Add(time.Minute), token); err == nil {
		t.Error("after its sponsor was dismissed it still opens")
	}
}

func TestALinkWorksOnceAndNotForEver(t *testing.T) {
	h := newHouse(t)
	h.add("admin", Administrator)
	ann := h.add("ann")
	first, err := MakePasswordLink(h.ctx, h.db, start, ann.ID, "boss")
	if err != nil {
		t.Fatal(err)
	}
	second, err := MakePasswordLink(h.ctx, h.db, start, ann.ID, "boss")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LinkedPerson(h.ctx, h.db, start, first); !errors.Is(err, ErrExpired) {
		t.Errorf("a link that another took the place of: %v", err)
	}
	if p, err := LinkedPerson(h.ctx, h.db, start, second); err != nil || p.ID != ann.ID {
		t.Errorf("%v %v", p, err)
	}
	if _, err := LinkedPerson(h.ctx, h.db, start.Add(LinkLasts), second); !errors.Is(err, ErrExpired) {
		t.Errorf("after its time: %v", err)
	}
	h.givePassword(ann, secret)
	if _, err := LinkedPerson(h.ctx, h.db, start, second); !errors.Is(err, ErrExpired) {
		t.Errorf("after a password was chosen: %v", err)
	}
}
