package demo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"

	"github.com/alexedwards/argon2id"

	"consilium/ledger"
	"consilium/node"
	"consilium/people"
)

// hospital is one running node with its people.
type hospital struct {
	site
	id    ledger.HospitalID
	node  *node.Node
	staff map[string]*person
}

// person is a member of staff who speaks through the API.
type person struct {
	at       *hospital
	id       ledger.PersonID
	username string
	name     string
	roles    []people.Role
	token    string
}

// cheap is what a guess at the demonstration's password costs. It is printed on the screen, so it need not cost more.
var cheap = argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// openHospital makes a hospital's folder, or takes up the one of an earlier run, and starts its node.
func openHospital(ctx context.Context, o Options, clock *clock, i int) (*hospital, error) {
	h := &hospital{site: sites[i], staff: map[string]*person{}}
	dir := filepath.Join(o.Dir, h.key)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the demonstration: %w", err)
	}
	_, sheet, err := node.Init(ctx, dir, node.Hospital{Name: h.name, Lat: &h.lat, Lon: &h.lon, Demo: true}, clock.Now())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.name, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "recovery-sheet.txt"), []byte(sheet), 0o600); err != nil {
		return nil, fmt.Errorf("keeping the recovery sheet of an invented hospital: %w", err)
	}
	http, peer := address(o.Port, 2*i), address(o.Port, 2*i+1)
	h.node, err = node.Open(ctx, node.Options{Dir: dir, HTTP: http, Peer: peer, Now: clock.Now, Version: o.Version,
		SignIn: []people.Option{people.WithPasswordParams(cheap)}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.name, err)
	}
	h.id = h.node.Hospital().ID
	if err := h.node.Start(ctx); err != nil {
		h.node.Close()
		return nil, fmt.Errorf("%s: %w", h.name, err)
	}
	return h, nil
}

// address is a loopback address: a free port, or one counted on from a base.
func address(base, n int) string {
	if base > 0 {
		base += n
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(base))
}

// hire gives everybody an account: the administrator by the machine's own socket, as an installation begins, the others by the administrator.
func (h *hospital) hire(ctx context.Context) error {
	for _, r := range h.site.staff {
		roles := make([]string, 0, len(r.roles))
		for _, x := range r.roles {
			roles = append(roles, string(x))
		}
		in := map[string]any{"username": r.username, "name": r.name, "roles": roles, "sub_specialties": r.specialties, "department": r.department,
			"language": r.language, "password": Password}
		var made struct{ ID string }
		if err := h.local(ctx, "", "/people", in, &made); err != nil {
			return fmt.Errorf("%s, account of %s: %w", h.name, r.username, err)
		}
		p := &person{at: h, id: ledger.PersonID(made.ID), username: r.username, name: r.name, roles: r.roles}
		h.staff[r.username] = p
		if err := h.giveToken(ctx, p); err != nil {
			return err
		}
		for _, x := range r.privileges {
			in := map[string]any{"procedure": x.procedure, "level": x.level, "part": "operate"}
			if err := h.staff["admin"].post(ctx, "/people/"+r.username+"/privileges", in, nil); err != nil {
				return fmt.Errorf("%s, privilege of %s: %w", h.name, r.username, err)
			}
		}
	}
	return nil
}

// giveToken gives a person an API token; tokens end after a year, and the stories are longer.
func (h *hospital) giveToken(ctx context.Context, p *person) error {
	scopes := []string{"read", "write"}
	if p.username == "admin" || p.is(people.Coordinator) {
		scopes = append(scopes, "administer")
	}
	if p.is(people.HeadOfDepartment) {
		scopes = append(scopes, "waive")
	}
	var made struct{ Token string }
	err := h.local(ctx, p.username, "/tokens", map[string]any{"name": "demonstration", "scopes": scopes, "days": 366}, &made)
	if err != nil {
		return fmt.Errorf("%s, token of %s: %w", h.name, p.username, err)
	}
	p.token = made.Token
	return nil
}

func (p *person) is(r people.Role) bool {
	for _, x := range p.roles {
		if x == r {
			return true
		}
	}
	return false
}

// local asks the node as who owns its machine does, by what stands behind the node's own socket.
func (h *hospital) local(ctx context.Context, as, path string, in, out any) error {
	r, err := request(ctx, "POST", "http://node"+path, in)
	if err != nil {
		return err
	}
	r.Header.Set(node.AsHeader, as)
	w := httptest.NewRecorder()
	h.node.LocalHandler().ServeHTTP(w, r)
	return read(w.Result(), out)
}

// desk is the hospital's coordinator: who may see every case there.
func (h *hospital) desk() *person {
	for _, p := range h.staff {
		if p.is(people.Coordinator) {
			return p
		}
	}
	return nil
}

func request(ctx context.Context, method, url string, in any) (*http.Request, error) {
	body, err := bodyOf(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, withPrefix(url), body)
	if err == nil && in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, err
}
