package dimse

import (
	"context"
	"slices"
	"time"
)

// report is the result of a request for storage commitment that its asker is still to be told.
type report struct {
	event    uint16
	transfer string
	data     []byte
	from     Caller
}

const requestCommitment = 1 // Action Type ID (PS3.4 section J.3.2)

// commit looks for the instances at once, answers, and reports. The report goes to the address that is known of the
// asker, on an association of its own, or on this one if none is known (PS3.4 section J.3.3 allows both).
func (a *provided) commit(ctx context.Context, c *command, agreed presentation) error {
	if !c.dataSet || c.kind != requestCommitment {
		return a.decline(c, agreed.id, StatusUnrecognized)
	}
	action, err := a.wire.dataSet(agreed.id).small()
	if err != nil {
		return err
	}
	event, data, err := a.server.Archive.Commit(ctx, agreed.transfers[0], action)
	if err := a.wire.send(agreed.id, a.final(c, err, StatusProcessing), nil); err != nil {
		return err
	}
	if err != nil {
		return nil
	}
	r := report{event, agreed.transfers[0], data, a.caller}
	if a.server.reachable(a.caller.Title) != nil {
		a.server.wg.Go(func() { a.server.report(context.WithoutCancel(ctx), r) })
		return nil
	}
	a.message++
	return reportOn(a.wire, agreed.id, a.message, event, data)
}

// reachable is the remote of that title whose address is known, or nil.
func (s *Server) reachable(title string) *Remote {
	i := slices.IndexFunc(s.Remotes, func(r Remote) bool { return r.Title == title && r.Address != "" })
	if i < 0 {
		return nil
	}
	return &s.Remotes[i]
}

// report tells the asker on an association of its own.
func (s *Server) report(ctx context.Context, r report) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	a, err := s.peer(*s.reachable(r.from.Title)).Associate(ctx, []Proposal{{Class: StorageCommitment, Transfers: []string{r.transfer}, Provide: true}})
	if err == nil {
		err = a.report(r.event, r.data)
		if released := a.Release(); err == nil {
			err = released
		}
	}
	if err != nil {
		s.Log.Warn("a storage commitment was not reported", "to", r.from.Title, "error", err)
	}
}
