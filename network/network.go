package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"consilium/ledger"
)

// Network is one hospital's links to its partners. Its methods may be used by many goroutines.
type Network struct {
	o   Options
	tls *tls.Config

	ctx    context.Context // of everything that runs
	cancel context.CancelCauseFunc
	group  sync.WaitGroup
	door   *doorway // bounds callers that have not said who they are

	mu       sync.Mutex
	links    map[ledger.HospitalID]*link
	run      context.Context // of Run; nil: nobody is called
	closed   bool
	fetching map[ledger.Hash][]*session // files that some link is receiving, and which others wait for that

	// fence is held for reading while something leaves under the present key, and for writing while that key is replaced.
	fence  sync.RWMutex
	fenced ledger.Key // must not be used; zero: none
}

// New makes a network. Nothing runs before Run and Serve.
func New(o Options) (*Network, error) {
	o.fill()
	if o.Book == nil || o.DB == nil || o.Blobs == nil || o.Gate == nil || o.Fence == nil {
		return nil, errors.New("network: Book, DB, Blobs, Gate and Fence are needed")
	}
	ours := hello{Hospital: o.Self.Hospital(), Link: &o.Self.Statement, Seal: o.Self.Seal}
	public, err := publicLink(o.Self)
	if err == nil {
		err = ours.prove(public)
	}
	if err != nil {
		return nil, fmt.Errorf("this hospital's own link key: %w", err)
	}
	cert, err := certificate(o.Self.Link)
	if err != nil {
		return nil, err
	}
	n := &Network{o: o, tls: tlsConfig(cert), door: newDoorway(64), links: map[ledger.HospitalID]*link{}, fetching: map[ledger.Hash][]*session{}}
	n.ctx, n.cancel = context.WithCancelCause(context.Background())
	return n, nil
}

func (n *Network) self() ledger.HospitalID { return n.o.Self.Hospital() }

// link is what the node remembers of a partner while it runs, over all its connections.
type link struct {
	hospital ledger.HospitalID
	kicked   chan struct{} // call now

	mu       sync.Mutex
	tended   bool
	session  *session // nil: down
	since    time.Time
	lastErr  error
	lastAt   time.Time
	attempts []chan error // who waits for the outcome of the next call
	held     map[heldKey]Held
	bodies   bodyPlace // up to where it was asked for bodies
	shared   string    // what was last written of it for other nodes
	received int64     // by connections that have ended
	sent     int64
}

func (n *Network) link(id ledger.HospitalID) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.links[id]
	if l == nil {
		l = &link{hospital: id, kicked: make(chan struct{}, 1), held: map[heldKey]Held{}}
		n.links[id] = l
	}
	return l
}

func (l *link) kick() {
	select {
	case l.kicked <- struct{}{}:
	default:
	}
}

// outcome keeps the reason why the link is down, and tells who waits for the call's outcome.
func (l *link) outcome(err error, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.lastErr, l.lastAt = err, now
	}
	for _, c := range l.attempts {
		c <- err
	}
	l.attempts = nil
}

// spawn runs fn, and Close waits for it. After Close it does not.
func (n *Network) spawn(fn func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.group.Go(fn)
	return true
}

// Run calls partners and keeps links to them until ctx ends or the network is closed.
func (n *Network) Run(ctx context.Context) error {
	inside, stop := n.within(ctx)
	defer stop()
	n.mu.Lock()
	n.run = inside
	n.mu.Unlock()
	defer n.rest()
	partners, err := n.Partners(ctx)
	if err != nil {
		return err
	}
	for _, p := range partners {
		n.tend(p.Hospital)
	}
	<-inside.Done()
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.Cause(n.ctx)
}

// within is a context that also ends when the network is closed. Connections that end with it are closed at once.
func (n *Network) within(ctx context.Context) (context.Context, context.CancelFunc) {
	inside, cancel := context.WithCancelCause(n.ctx)
	stop := context.AfterFunc(ctx, func() { cancel(ErrClosed) })
	return inside, func() {
		stop()
		cancel(ErrClosed)
	}
}

// rest is the end of Run: nobody is called any more, until Run is called again.
func (n *Network) rest() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.run = nil
	for _, l := range n.links {
		l.mu.Lock()
		l.tended = false
		l.mu.Unlock()
	}
}

// Runs tells whether this node keeps the links: of several nodes of a hospital one does.
func (n *Network) Runs() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.run != nil
}

// Serve answers partners that call, until ctx ends or the network is closed. It closes the listener.
func (n *Network) Serve(ctx context.Context, listener net.Listener) error {
	inside, end := n.within(ctx)
	defer end()
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	stopped := context.AfterFunc(n.ctx, func() { listener.Close() })
	defer stopped()
	for failures := 0; ; {
		raw, err := listener.Accept()
		if err != nil {
			if cause := errors.Join(context.Cause(ctx), context.Cause(n.ctx)); cause != nil || errors.Is(err, net.ErrClosed) {
				return errors.Join(cause, err)
			}
			failures++ // out of file descriptors, most often: it passes
			select {
			case <-n.o.After(n.backoff(failures)):
			case <-ctx.Done():
			}
			continue
		}
		failures = 0
		from := addressOf(raw)
		if !n.door.enter(from) {
			raw.Close() // too many strangers at once
			continue
		}
		if !n.spawn(func() { n.answer(inside, raw, from) }) {
			raw.Close()
			n.door.leave(from)
		}
	}
}

// answer serves one caller.
func (n *Network) answer(within context.Context, raw net.Conn, from netip.Addr) {
	inside := true
	leave := func() {
		if inside {
			inside = false
			n.door.leave(from)
		}
	}
	defer leave()
	ctx, cancel := context.WithTimeout(within, n.o.Handshake)
	defer cancel()
	guarded := n.guard(within, raw)
	conn := tls.Server(guarded, n.tls)
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	theirs, p, err := n.admit(ctx, conn)
	if err == nil && !stop() {
		err = context.DeadlineExceeded
	}
	if err != nil {
		stop()
		conn.Close()
		n.o.Log.Info("a caller was not let in", "hospital", theirs.Hospital, "from", raw.RemoteAddr().String(), "why", err)
		return
	}
	n.door.knows(from)
	s := n.newSession(within, conn, guarded, theirs, p, false)
	if !n.register(s) {
		n.refuse(conn, refusedBusy, nil)
		conn.Close()
		return
	}
	leave()
	if err := writeFrame(conn, encodeFrame(frameHello, n.greeting(p.taken))); err != nil {
		s.end(err)
	}
	s.run()
}

// tend keeps a link to a partner, from now on.
func (n *Network) tend(id ledger.HospitalID) {
	l := n.link(id)
	n.mu.Lock()
	run := n.run
	n.mu.Unlock()
	l.mu.Lock()
	begin := run != nil && !l.tended
	l.tended = l.tended || begin
	l.mu.Unlock()
	if begin && n.spawn(func() { n.keep(run, l) }) {
		return
	}
	l.kick()
}

// callNow calls a partner without waiting for its turn, and waits for the outcome. Without Run it makes the one call itself.
func (n *Network) callNow(ctx context.Context, id ledger.HospitalID) error {
	l := n.link(id)
	done := make(chan error, 1)
	l.mu.Lock()
	if l.session != nil {
		l.mu.Unlock()
		return nil
	}
	l.attempts = append(l.attempts, done)
	l.mu.Unlock()
	n.tend(id)
	if !n.Runs() {
		n.spawn(func() { _, _ = n.attempt(n.ctx, l) })
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-n.ctx.Done():
		return ErrClosed
	}
}

// keep calls a partner whenever there is no link to it, with longer and longer waits between.
func (n *Network) keep(ctx context.Context, l *link) {
	failures := 0
	for ctx.Err() == nil {
		up, again := n.attempt(ctx, l)
		if up {
			failures = 0
		}
		var timer <-chan time.Time
		if again {
			timer = n.o.After(n.backoff(failures))
			failures++
		}
		select {
		case <-timer:
		case <-l.kicked:
			failures = 0
		case <-ctx.Done():
		}
	}
}

// attempt calls a partner once and serves the link until it ends. It reports whether a link came up, and whether calling again makes sense
// before somebody kicks.
func (n *Network) attempt(ctx context.Context, l *link) (up, again bool) {
	var p Partner
	err := n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = PartnerOf(ctx, tx, l.hospital)
		return err
	})
	if err != nil || p.State == Blocked {
		l.outcome(errors.Join(err, blockedErr(p)), n.o.Now())
		return false, err != nil && !errors.Is(err, ErrNoPartner)
	}
	l.mu.Lock()
	s := l.session
	l.mu.Unlock()
	if s != nil { // they called us
		l.outcome(nil, n.o.Now())
		select {
		case <-s.done:
		case <-ctx.Done():
		}
		return true, true
	}
	err = errNoAddress
	for _, address := range p.Addresses {
		if up, err = n.callAt(ctx, l, p, address); up || ctx.Err() != nil {
			return up, true
		}
	}
	l.outcome(err, n.o.Now())
	n.o.Changed(l.hospital)
	return false, len(p.Addresses) > 0
}

var errNoAddress = errors.New("the partner has no address here, so it has to call us")

func blockedErr(p Partner) error {
	if p.State == Blocked {
		return fmt.Errorf("hospital %s is blocked: %w", p.Hospital, ErrNoPartner)
	}
	return nil
}

func (n *Network) callAt(within context.Context, l *link, p Partner, address string) (up bool, err error) {
	ctx, cancel := context.WithTimeout(within, n.o.Handshake)
	defer cancel()
	raw, err := n.o.Dial(ctx, address)
	if err != nil {
		return false, err
	}
	guarded := n.guard(within, raw)
	conn, theirs, err := n.call(ctx, p, guarded)
	if err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) && refused.Code == refusedBusy {
			return false, nil // the link exists, the other way round
		}
		return false, err
	}
	s := n.newSession(within, conn, guarded, theirs, p, true)
	if !n.register(s) {
		conn.Close()
		return false, nil
	}
	s.run()
	return true, nil
}

// register makes the session the partner's link. Of two calls that cross, both sides keep that of the hospital with the smaller ID; a second call by
// the same side means that the first one is dead there.
func (n *Network) register(s *session) bool {
	l := s.link
	l.mu.Lock()
	old := l.session
	if old != nil && old.dialed != s.dialed && old.caller().Raw() < s.caller().Raw() {
		l.mu.Unlock()
		return false
	}
	l.session, l.since, l.lastErr = s, n.o.Now(), nil
	l.mu.Unlock()
	if old != nil {
		old.end(errReplaced)
	}
	return true
}

// backoff is how long to wait after some failures: from one second, doubling, to five minutes, half of it by chance.
func (n *Network) backoff(failures int) time.Duration {
	d := min(time.Second<<min(failures, 9), 5*time.Minute)
	return d/2 + rand.N(d/2+1)
}

// Wake says that entries were added here. Every link that is up looks for what its partner lacks.
func (n *Network) Wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.links {
		l.mu.Lock()
		if l.session != nil {
			l.session.wakeUp()
		}
		l.mu.Unlock()
	}
}

// CompareNow compares everything with all partners whose links are up.
func (n *Network) CompareNow() {
	n.eachSession(func(s *session) { s.compareSoon() })
}

// CallNow calls every partner whose link is down, without waiting for its turn.
func (n *Network) CallNow() {
	if !n.Runs() {
		n.o.Elsewhere()
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.links {
		l.kick()
	}
}

func (n *Network) eachSession(fn func(*session)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.links {
		l.mu.Lock()
		if l.session != nil {
			fn(l.session)
		}
		l.mu.Unlock()
	}
}

// Close ends all links and waits for them.
func (n *Network) Close() error {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.cancel(ErrClosed)
	n.group.Wait()
	return nil
}
