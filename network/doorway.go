package network

import (
	"net"
	"net/netip"
	"sync"
)

// How many callers may be at the door at once: those that have not said who they are. From one address few, for a hospital calls from one or two; the last places
// are for addresses from which a partner was let in before, so that a crowd of strangers keeps no partner out.
const (
	doorAddress = 16
	doorKept    = 16
	doorKnown   = 1024 // addresses that are remembered
)

// doorway counts callers that have not said who they are.
type doorway struct {
	mu     sync.Mutex
	most   int
	all    int
	inside map[netip.Addr]int
	known  map[netip.Addr]bool
}

func newDoorway(most int) *doorway {
	return &doorway{most: most, inside: map[netip.Addr]int{}, known: map[netip.Addr]bool{}}
}

// enter lets a caller to the door, if there is a place for one from there. False: it is sent away before a handshake costs anything.
func (d *doorway) enter(from netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	most := d.most
	if !d.known[from] {
		most -= min(doorKept, d.most/2)
	}
	if d.all >= most || d.inside[from] >= min(doorAddress, d.most) {
		return false
	}
	d.all++
	d.inside[from]++
	return true
}

func (d *doorway) leave(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if d.inside[from]--; d.inside[from] <= 0 {
		delete(d.inside, from)
	}
}

// knows remembers that a partner was let in from an address.
func (d *doorway) knows(from netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.known) >= doorKnown {
		clear(d.known)
	}
	d.known[from] = true
}

// addressOf is from where a connection comes, of IPv6 the network of 64 bits, for whoever has one address has them all; the zero address where it has none.
func addressOf(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	from := a.Addr().Unmap().WithZone("")
	if from.Is4() {
		return from
	}
	whole, err := from.Prefix(64)
	if err != nil {
		return netip.Addr{}
	}
	return whole.Addr()
}
