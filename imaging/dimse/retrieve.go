package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// query reads an identifier and does what the request asks for with it.
func (a *provided) query(ctx context.Context, c *command, agreed presentation) error {
	if !c.dataSet {
		return a.wire.send(agreed.id, withComment(c.answer(StatusWrongClass), "no identifier follows"), nil)
	}
	identifier, err := a.wire.dataSet(agreed.id).small()
	if err != nil {
		return err
	}
	q := Query{Class: c.class, Transfer: agreed.transfers[0], Identifier: identifier, From: a.caller}
	switch c.field {
	case cFind:
		return a.find(ctx, c, q, agreed.id)
	case cMove:
		return a.move(ctx, c, q, agreed.id)
	}
	return a.get(ctx, c, q, agreed.id)
}

var errCanceled = errors.New("the peer canceled the operation")

// find sends each match, and looks for a C-CANCEL meanwhile.
func (a *provided) find(ctx context.Context, c *command, q Query, id byte) error {
	watch := a.watch()
	var broken error
	err := a.server.Archive.Find(ctx, q, func(match []byte) error {
		if watch.heard() {
			return errCanceled
		}
		pending := c.answer(StatusPending)
		pending.dataSet = true
		if broken = a.wire.put(id, true, pending.encode()); broken == nil {
			broken = a.wire.putData(id, bytes.NewReader(match))
		}
		return broken
	})
	if ended := watch.end(); broken == nil {
		broken = ended
	}
	if broken != nil {
		return broken
	}
	return a.wire.send(id, a.final(c, err, StatusUnableToProcess), nil)
}

// final is the last answer of an operation.
func (a *provided) final(c *command, err error, otherwise Status) *command {
	if errors.Is(err, errCanceled) {
		return c.answer(StatusCanceled)
	}
	status, comment := statusOf(err, otherwise)
	if err != nil {
		a.server.Log.Warn("a request was not done", "from", a.caller.Title, "class", c.class, "error", err)
	}
	return withComment(c.answer(status), comment)
}

// watcher looks for a message that comes while an operation runs: only a C-CANCEL may.
type watcher struct {
	wire *wire
	done chan error
	err  error
	over bool
}

// watch begins to look. Until end is called nobody else may read.
func (a *provided) watch() *watcher {
	w := &watcher{wire: a.wire, done: make(chan error, 1)}
	_ = a.wire.conn.SetReadDeadline(time.Time{})
	go func() {
		_, err := a.wire.r.Peek(pduHeader)
		w.done <- err
	}()
	return w
}

// heard reports whether something has come, or the peer has gone.
func (w *watcher) heard() bool {
	if !w.over {
		select {
		case w.err = <-w.done:
			w.over = true
		default:
		}
	}
	return w.over
}

// end stops looking; what came stands to be read. It returns an error if the peer has gone.
func (w *watcher) end() error {
	if !w.heard() {
		_ = w.wire.conn.SetReadDeadline(time.Unix(1, 0))
		if w.err = <-w.done; errors.Is(slow(w.err), ErrSlow) {
			w.err = nil
		}
	}
	return w.err
}

// get sends what matches on the caller's own association.
func (a *provided) get(ctx context.Context, c *command, q Query, id byte) error {
	list, err := a.server.Archive.Select(ctx, q)
	if err != nil {
		return a.wire.send(id, a.final(c, err, StatusUnableToProcess), nil)
	}
	own := &Association{wire: a.wire, message: a.message}
	for _, agreed := range a.contexts {
		if a.receives[agreed.abstract] {
			own.contexts = append(own.contexts, agreed)
		}
	}
	slices.SortFunc(own.contexts, func(x, y presentation) int { return int(x.id) - int(y.id) })
	run := &transfer{provided: a, request: c, context: id, list: list, to: own}
	err = run.all(ctx, func() bool { return run.canceled })
	a.message = own.message
	return err
}

// move sends what matches to another peer, on an association of its own.
func (a *provided) move(ctx context.Context, c *command, q Query, id byte) error {
	remote := slices.IndexFunc(a.server.Remotes, func(r Remote) bool { return r.Title == c.to && r.Address != "" })
	if remote < 0 {
		return a.wire.send(id, withComment(c.answer(StatusUnknownTarget), "no address is known of "+c.to), nil)
	}
	list, err := a.server.Archive.Select(ctx, q)
	if err != nil {
		return a.wire.send(id, a.final(c, err, StatusUnableToProcess), nil)
	}
	run := &transfer{provided: a, request: c, context: id, list: list, originator: a.caller.Title}
	if len(list) == 0 {
		return run.finish(false)
	}
	peer := a.server.peer(a.server.Remotes[remote])
	if run.to, err = peer.Associate(ctx, proposalsFor(list)); err != nil {
		a.server.Log.Warn("the destination of a C-MOVE was not reached", "to", c.to, "error", err)
		answer := withComment(c.answer(StatusCannotSend), "the destination was not reached")
		answer.counts = &counts{failed: count(len(list))}
		return a.wire.send(id, answer, nil)
	}
	watch := a.watch()
	err = run.all(ctx, watch.heard)
	if ended := watch.end(); err == nil {
		err = ended
	}
	if released := run.to.Release(); released != nil {
		a.server.Log.Warn("the destination of a C-MOVE did not release", "to", c.to, "error", released)
	}
	return err
}

// peer is how to reach a remote.
func (s *Server) peer(r Remote) Peer {
	p := Peer{Address: r.Address, Calling: s.Title, Called: r.Title, Timing: s.Timing}
	if r.TLS {
		p.TLS = s.TLS
	}
	return p
}

// proposalsFor asks for each class in each transfer syntax that its instances are kept in, and without compression.
func proposalsFor(list []Instance) []Proposal {
	seen := map[Instance]bool{}
	var proposals []Proposal
	add := func(class string, transfers ...string) {
		key := Instance{Class: class, Transfer: transfers[0]}
		if !seen[key] && len(proposals) < maxContexts {
			seen[key] = true
			proposals = append(proposals, Proposal{Class: class, Transfers: transfers})
		}
	}
	for _, i := range list {
		add(i.Class, i.Transfer)
	}
	for _, i := range list {
		add(i.Class, ExplicitLittle)
		add(i.Class, ImplicitLittle)
	}
	return proposals
}

func count(n int) uint16 { return uint16(min(n, 0xFFFF)) }

// transfer is the sub-operations of one C-MOVE or C-GET.
type transfer struct {
	*provided
	request    *command
	context    byte
	list       []Instance
	to         *Association
	originator string
	done       counts
	failed     []string
	canceled   bool
}

// all sends the instances one by one and tells the caller after each how far it is. An instance that cannot be sent, or
// is refused, is counted and the others go on; its error is that of the caller's own association.
func (t *transfer) all(ctx context.Context, stop func() bool) error {
	for n, i := range t.list {
		if stop() {
			t.done.remaining = count(len(t.list) - n)
			return t.finish(true)
		}
		status, err := t.one(ctx, i)
		switch {
		case err != nil && t.to.wire == t.wire && !survives(err):
			return err
		case err != nil:
			t.server.Log.Warn("an instance was not sent", "to", t.request.to, "instance", i.UID, "error", err)
			t.done.failed++
			t.failed = append(t.failed, i.UID)
		case status != StatusSuccess:
			t.done.warning++
		default:
			t.done.completed++
		}
		t.done.remaining = count(len(t.list) - n - 1)
		if t.done.remaining > 0 {
			if err := t.tell(); err != nil {
				return err
			}
		}
	}
	return t.finish(false)
}

// survives reports whether an association can go on after an error of one instance.
func survives(err error) bool {
	var refused *StatusError
	var unread notSent
	return errors.As(err, &refused) || errors.As(err, &unread) || errors.Is(err, ErrNotAccepted)
}

// notSent is an instance of which nothing was sent.
type notSent struct{ error }

func (t *transfer) one(ctx context.Context, i Instance) (Status, error) {
	transfers := t.to.Transfers(i.Class)
	if len(transfers) == 0 {
		return 0, fmt.Errorf("%s: %w", i.Class, ErrNotAccepted)
	}
	data, syntax, err := t.server.Archive.Open(ctx, i.UID, transfers)
	if err != nil {
		return 0, notSent{err}
	}
	defer data.Close()
	i.Transfer = syntax
	if t.to.wire != t.wire {
		return t.to.store(i, data, t.originator, t.request.id)
	}
	return t.storeBack(i, data)
}

// tell sends a pending answer with the counts so far.
func (t *transfer) tell() error {
	pending := t.request.answer(StatusPending)
	counted := t.done
	pending.counts = &counted
	return t.wire.send(t.context, pending, nil)
}

// finish sends the last answer.
func (t *transfer) finish(canceled bool) error {
	status := StatusSuccess
	switch {
	case canceled:
		status = StatusCanceled
	case t.done.failed > 0 && t.done.completed+t.done.warning == 0:
		status = StatusCannotSend
	case t.done.failed > 0:
		status = StatusSomeFailed
	}
	last := t.request.answer(status)
	counted := t.done
	last.counts = &counted
	if len(t.failed) == 0 {
		return t.wire.send(t.context, last, nil)
	}
	return t.wire.send(t.context, last, bytes.NewReader(failedList(t.failed, t.contexts[t.context].transfers[0])))
}
