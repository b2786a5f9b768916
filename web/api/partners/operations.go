// Package partners is what programs do with the network: partner hospitals, invitations, and who has how much of what.
package partners

import (
	"context"

	"consilium/desk"
	"consilium/people/security"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "GET", "/cases/{id}/who-has", desk.ScopeRead, "Which hospitals have the case, and how much of it", a.whoHas)
	api.Add(s, "GET", "/peers", desk.ScopeRead, "Partner hospitals and how it stands with them", a.listPeers)
	api.Add(s, "POST", "/peers", desk.ScopeAdminister, "Enter a partner's ID; partners are those who entered each other", managing(s, a.addPeer))
	api.Add(s, "POST", "/peers/invitations", desk.ScopeAdminister, "Make a code that makes another hospital a partner, once", managing(s, a.invitePeer))
	api.Add(s, "POST", "/peers/accept", desk.ScopeAdminister, "Use the code of a hospital that invited us", managing(s, a.acceptPeer))
	api.Add(s, "DELETE", "/peers/{id}", desk.ScopeAdminister, "End the exchange with a partner", managing(s, func(ctx context.Context, in *peerIn) (*struct{}, error) {
		if err := a.Network.Remove(ctx, in.ID); err != nil {
			return nil, err
		}
		return nil, a.NoteNow(ctx, api.CallerOf(ctx), security.PartnerRemoved, "", in.ID.String())
	}))
	api.Add(s, "POST", "/peers/{id}/block", desk.ScopeAdminister, "End the exchange with a partner and refuse it from now on", managing(s, a.blockPeer))
	api.Add(s, "POST", "/peers/{id}/unblock", desk.ScopeAdminister, "Let a blocked partner in again", managing(s, a.unblockPeer))
	api.Add(s, "POST", "/peers/{id}/limit", desk.ScopeAdminister, "Bound how large a file may be that is taken from a partner", managing(s, a.limitPeer))
	api.Add(s, "GET", "/sync", desk.ScopeRead, "What is on its way, held back, waiting or refused", a.syncState)
}
