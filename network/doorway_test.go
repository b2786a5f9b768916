package network

import (
	"net/netip"
	"testing"
)

// TestACrowdKeepsNoPartnerOut: strangers from many addresses, and from one, take no place that is kept for partners.
func TestACrowdKeepsNoPartnerOut(t *testing.T) {
	d := newDoorway(64)
	partner := netip.MustParseAddr("10.0.0.1")
	d.knows(partner)
	one := netip.MustParseAddr("192.0.2.1")
	for i := range 100 {
		if d.enter(one) != (i < doorAddress) {
			t.Fatalf("call %d from one address", i+1)
		}
	}
	crowd := netip.MustParseAddr("198.51.100.0")
	for range 1000 {
		d.enter(crowd)
		crowd = crowd.Next()
	}
	if d.all != 64-doorKept {
		t.Errorf("strangers hold %d places", d.all)
	}
	if !d.enter(partner) {
		t.Error("a crowd of strangers keeps a partner out")
	}
	d.leave(partner)
	for range doorAddress {
		d.leave(one)
	}
	if len(d.inside) != 64-doorKept-doorAddress || d.inside[one] != 0 {
		t.Errorf("%d addresses are remembered", len(d.inside))
	}
}
