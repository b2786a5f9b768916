package face

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"consilium/ledger"
	"consilium/network"
	"consilium/web/ui"
)

// Partners are the hospitals that this one works with.
func (q *Request) Partners() ([]network.Partner, error) {
	var list []network.Partner
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = network.Partners(ctx, tx)
		return err
	})
	return slices.DeleteFunc(list, func(p network.Partner) bool { return p.State == network.Blocked }), err
}

// PartnerName is what the reader calls a partner.
func (q *Request) PartnerName(p network.Partner) string { return q.PartnerLook(p).Name }

// PartnerLook is a partner under the name that the reader reads.
func (q *Request) PartnerLook(p network.Partner) ui.Hospital {
	name := p.Name
	if name == "" {
		name = p.Hospital.String()[:9] + "…"
	}
	return ui.HospitalOf(p.Hospital.Raw(), name).In(q.Lang)
}

// HospitalLook is a hospital under the name that the reader reads.
func (q *Request) HospitalLook(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) ui.Hospital {
	return ui.HospitalOf(id.Raw(), q.Desk.HospitalName(ctx, tx, id)).In(q.Lang)
}

// HospitalName is the name of a hospital as the reader reads it.
func (q *Request) HospitalName(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) string {
	return q.HospitalLook(ctx, tx, id).Name
}

// PartnerPath is the address of a partner's page.
func PartnerPath(id ledger.HospitalID) string { return "/network/" + id.String() }

// PlaceOf reads where a partner says that it is; ok is false where it does not say.
func PlaceOf(place string) (lat, lon float64, ok bool) {
	a, b, found := strings.Cut(place, ",")
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	return lat, lon, found && err1 == nil && err2 == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180
}

// GreatCircle is the distance on the ground between two places in degrees, in km.
func GreatCircle(lat1, lon1, lat2, lon2 float64) float64 {
	const earth, rad = 6371.0, math.Pi / 180
	a := math.Pow(math.Sin((lat2-lat1)*rad/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin((lon2-lon1)*rad/2), 2)
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(a)))
}

// Partner reads a partner of this hospital.
func (q *Request) Partner(id ledger.HospitalID) (p network.Partner, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = network.PartnerOf(ctx, tx, id)
		return err
	})
	return p, err
}
