package partners

import (
	"context"
	"fmt"
	"time"

	"consilium/access"
	"consilium/ledger"
	"consilium/network"
	"consilium/people/security"
	"consilium/web/api"
)

type peer struct {
	ID       ledger.HospitalID `json:"id"`
	Name     string            `json:"name"`
	Place    string            `json:"place,omitempty"`
	Address  string            `json:"address,omitempty"`
	State    string            `json:"state" doc:"asked, accepted, blocked"`
	Up       bool              `json:"up"`
	Since    string            `json:"since,omitempty"`
	Shared   int               `json:"shared" doc:"Threads that they may have"`
	Has      int               `json:"has" doc:"Of these: of which they have confirmed every entry that is here"`
	Behind   int               `json:"behind" doc:"Entries that they may have and have not confirmed"`
	Files    int               `json:"behind_files" doc:"Files of shared threads that are not here"`
	HeldBack []held            `json:"held_back_list"`
	Held     int               `json:"held_back"`
	Refused  int               `json:"refused" doc:"Entries that they refused"`
	Refusals []refusal         `json:"refusals"`
	Error    string            `json:"error,omitempty"`
}

type held struct {
	Thread ledger.ThreadID `json:"thread"`
	File   string          `json:"file,omitempty"`
	Reason string          `json:"reason"`
}

type refusal struct {
	Entry  ledger.Hash `json:"entry"`
	Thread string      `json:"thread"`
	By     string      `json:"by,omitempty"`
	Reason string      `json:"reason"`
	At     string      `json:"at"`
}

type newPeer struct {
	Body struct {
		ID      ledger.HospitalID `json:"id"`
		Name    string            `json:"name"`
		Address string            `json:"address,omitempty" doc:"host:port; left out: they call us"`
	}
}

type newInvitation struct {
	Body struct {
		Address string `json:"address,omitempty" doc:"Where this node listens for partners, as the other side reaches it"`
		Hours   int    `json:"hours,omitempty" default:"72" minimum:"1" maximum:"720"`
	}
}

type invitation struct {
	Code    string `json:"code"`
	Expires string `json:"expires"`
}

type acceptance struct {
	Body struct {
		Code string `json:"code"`
	}
}

type peerIn struct {
	ID ledger.HospitalID `path:"id"`
}

// managing lets an operation through for those who manage partners.
func managing[I, O any](a *api.API, do func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		if err := access.Need(api.CallerOf(ctx).Who, access.ManagePartners, access.Node); err != nil {
			return nil, err
		}
		return do(ctx, in)
	}
}

func (a operations) listPeers(ctx context.Context, _ *struct{}) (*api.Answer[api.Items[peer]], error) {
	states, err := a.Network.State(ctx)
	out := &api.Answer[api.Items[peer]]{Body: api.Items[peer]{Items: []peer{}}}
	l := api.LanguageOf(ctx)
	full := access.May(api.CallerOf(ctx).Who, access.ManagePartners, access.Node).Allowed
	for _, s := range states {
		p := peerOf(s.Partner)
		p.Up, p.Since, p.Behind, p.Files, p.Held, p.Refused = s.Up, api.Stamp(s.Since), s.BehindEntries, s.MissingBlobs, len(s.HeldBack), len(s.RefusedByThem)
		p.Error, p.Shared, p.Has = s.LastErr.In(l), s.Shared, s.Confirmed
		if full {
			p.HeldBack = api.Each(s.HeldBack, func(h network.Held) held { return heldOf(h) })
			p.Refusals = api.Each(s.RefusedByThem, func(r network.RefusedEntry) refusal {
				return refusal{Entry: r.Entry, Thread: r.Thread.String(), By: s.Partner.Name, Reason: r.Reason, At: api.Stamp(r.At)}
			})
		}
		out.Body.Items = append(out.Body.Items, p)
	}
	return out, err
}

func heldOf(h network.Held) held {
	v := held{Thread: h.Thread, Reason: h.Reason}
	if !h.Blob.IsZero() {
		v.File = h.Blob.String()
	}
	return v
}

func peerOf(p network.Partner) peer {
	v := peer{ID: p.Hospital, Name: p.Name, Place: p.Place, State: string(p.State), HeldBack: []held{}, Refusals: []refusal{}}
	if len(p.Addresses) > 0 {
		v.Address = p.Addresses[0]
	}
	return v
}

func (a operations) blockPeer(ctx context.Context, in *peerIn) (*api.Answer[peer], error) {
	if err := a.Network.Block(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := a.NoteNow(ctx, api.CallerOf(ctx), security.PartnerBlocked, "", in.ID.String()); err != nil {
		return nil, err
	}
	return a.peer(ctx, in.ID)
}

// unblockPeer enters the partner again, as it was.
func (a operations) unblockPeer(ctx context.Context, in *peerIn) (*api.Answer[peer], error) {
	var p network.Partner
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = network.PartnerOf(ctx, tx, in.ID)
		return err
	})
	if err == nil {
		err = a.Network.AddPartner(ctx, p)
	}
	if err == nil {
		err = a.NoteNow(ctx, api.CallerOf(ctx), security.PartnerAdded, "", in.ID.String())
	}
	if err != nil {
		return nil, err
	}
	return a.peer(ctx, in.ID)
}

type peerLimit struct {
	ID   ledger.HospitalID `path:"id"`
	Body struct {
		File  int64 `json:"file,omitempty" minimum:"0" doc:"The largest file in bytes that is fetched from this partner; 0: no bound of its own"`
		Total int64 `json:"total,omitempty" minimum:"0" doc:"How many bytes of its files are kept in all; 0: no bound"`
	}
}

func (a operations) limitPeer(ctx context.Context, in *peerLimit) (*api.Answer[peer], error) {
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if err := network.Limit(ctx, tx, in.ID, network.Limits{File: in.Body.File, Total: in.Body.Total}); err != nil {
			return err
		}
		return a.Note(ctx, tx, api.CallerOf(ctx), security.PartnerLimited, "", fmt.Sprintf("%s file %d total %d bytes", in.ID, in.Body.File, in.Body.Total))
	})
	if err != nil {
		return nil, err
	}
	return a.peer(ctx, in.ID)
}

func (a operations) addPeer(ctx context.Context, in *newPeer) (*api.Answer[peer], error) {
	p := network.Partner{Hospital: in.Body.ID, Name: in.Body.Name}
	if in.Body.Address != "" {
		p.Addresses = []string{in.Body.Address}
	}
	if err := a.Network.AddPartner(ctx, p); err != nil {
		return nil, err
	}
	if err := a.NoteNow(ctx, api.CallerOf(ctx), security.PartnerAdded, "", in.Body.ID.String()); err != nil {
		return nil, err
	}
	return a.peer(ctx, in.Body.ID)
}

func (a operations) peer(ctx context.Context, id ledger.HospitalID) (*api.Answer[peer], error) {
	var out peer
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := network.PartnerOf(ctx, tx, id)
		out = peerOf(p)
		return err
	})
	return &api.Answer[peer]{Body: out}, err
}

func (a operations) invitePeer(ctx context.Context, in *newInvitation) (*api.Answer[invitation], error) {
	valid := time.Duration(max(1, in.Body.Hours)) * time.Hour
	code, err := a.Network.Invite(ctx, in.Body.Address, valid)
	if err == nil {
		err = a.NoteNow(ctx, api.CallerOf(ctx), security.PartnerInvited, "", "")
	}
	return &api.Answer[invitation]{Body: invitation{code, api.Stamp(a.Now().Add(valid))}}, err
}

func (a operations) acceptPeer(ctx context.Context, in *acceptance) (*api.Answer[peer], error) {
	p, err := a.Network.Accept(ctx, in.Body.Code)
	if err == nil {
		err = a.NoteNow(ctx, api.CallerOf(ctx), security.PartnerAdded, "", p.Hospital.String())
	}
	return &api.Answer[peer]{Body: peerOf(p)}, err
}

type syncView struct {
	Peers   []peer    `json:"peers"`
	Waiting []waiter  `json:"waiting" doc:"Entries that follow others which are not here yet"`
	Refused []refusal `json:"refused" doc:"Entries that this node refused"`
}

type waiter struct {
	Entry   ledger.Hash     `json:"entry"`
	Thread  ledger.ThreadID `json:"thread"`
	From    string          `json:"from"`
	Missing []ledger.Hash   `json:"missing"`
	Since   string          `json:"since"`
}

func (a operations) syncState(ctx context.Context, _ *struct{}) (*api.Answer[syncView], error) {
	peers, err := a.listPeers(ctx, nil)
	if err != nil {
		return nil, err
	}
	v := syncView{Peers: peers.Body.Items, Waiting: []waiter{}, Refused: []refusal{}}
	if !access.May(api.CallerOf(ctx).Who, access.ManagePartners, access.Node).Allowed {
		return &api.Answer[syncView]{Body: v}, nil
	}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		waiting, err := ledger.Waiters(ctx, tx, 200)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			v.Waiting = append(v.Waiting, waiter{w.Hash, w.Thread, a.HospitalName(ctx, tx, w.Source), w.Missing, api.Stamp(w.Since)})
		}
		refused, err := ledger.Refusals(ctx, tx, 200)
		for _, r := range refused {
			v.Refused = append(v.Refused, refusal{r.Hash, r.Thread, a.HospitalName(ctx, tx, r.Source), r.Reason, api.Stamp(r.At)})
		}
		return err
	})
	return &api.Answer[syncView]{Body: v}, err
}

type holder struct {
	Hospital string `json:"hospital"`
	Entries  int    `json:"entries" doc:"That they have confirmed"`
	Same     bool   `json:"same" doc:"They have exactly the entries that are here"`
	At       string `json:"at"`
}

func (a operations) whoHas(ctx context.Context, in *api.ThreadIn) (*api.Answer[api.Items[holder]], error) {
	if _, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, in.ID); err != nil {
		return nil, err
	}
	list, err := a.Network.WhoHas(ctx, in.ID)
	out := &api.Answer[api.Items[holder]]{Body: api.Items[holder]{Items: []holder{}}}
	if err != nil {
		return nil, err
	}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, h := range list {
			out.Body.Items = append(out.Body.Items, holder{a.HospitalName(ctx, tx, h.Hospital), h.Entries, h.All, api.Stamp(h.At)})
		}
		return nil
	})
	return out, err
}
