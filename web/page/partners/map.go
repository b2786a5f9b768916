package partners

import (
	"math"
	"strconv"

	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/web/face"
	"consilium/web/ui"
)

// networkMap shows where the partners are and what is shared with each, as a map and as the table of the same. It needs two places: one dot says nothing.
func networkMap(q *face.Request, states []network.State, shared map[ledger.HospitalID]int) *ui.MapView {
	m := &ui.MapView{Label: q.P("network.map.label", map[string]any{"count": len(states)}), Source: q.P("network.map.source", nil), Folded: q.P("network.map.table", nil)}
	m.Table = ui.TableView{Caption: m.Label, Columns: []ui.Column{{Label: q.P("network.map.hospital", nil)}, {Label: q.P("network.map.place", nil)}, {Label: q.P("network.map.distance", nil), Numeric: true},
		{Label: q.P("network.map.link", nil)}, {Label: q.P("network.map.shared", nil), Numeric: true}}}
	home := q.Desk.Place
	if home != nil {
		look := ui.HospitalOf(q.Desk.ID.Raw(), q.Desk.Name).In(q.Lang)
		m.Places = append(m.Places, ui.MapPlace{Hospital: look, Lat: home[0], Lon: home[1]})
		m.Table.Rows = append(m.Table.Rows, mapRow(look, "", placeWords(q, home[0], home[1]), "–", q.P("network.map.here", nil), "–"))
	}
	for _, s := range states {
		lat, lon, ok := face.PlaceOf(s.Partner.Place)
		if !ok || s.Partner.State == network.Blocked {
			continue
		}
		look, url, state := q.PartnerLook(s.Partner), face.PartnerPath(s.Partner.Hospital), linkChip(q, s).Text
		m.Places = append(m.Places, ui.MapPlace{Hospital: look, Lat: lat, Lon: lon, URL: url, Note: q.PartnerName(s.Partner) + ": " + state})
		count, far := shared[s.Partner.Hospital], "–"
		if home != nil {
			far = q.P("network.map.km", map[string]any{"n": lang.Number(q.Lang, int64(math.Round(kilometers(home[0], home[1], lat, lon))))})
			if s.Partner.State == network.Accepted {
				m.Flows = append(m.Flows, ui.MapFlow{From: 0, To: len(m.Places) - 1, Count: count, Broken: !s.Up, Label: q.P("network.shared", map[string]any{"count": count})})
			}
		}
		m.Table.Rows = append(m.Table.Rows, mapRow(look, url, placeWords(q, lat, lon), far, state, lang.Number(q.Lang, int64(count))))
	}
	if len(m.Places) < 2 {
		return nil
	}
	return m
}

func mapRow(h ui.Hospital, url, place, far, link, count string) ui.TableRow {
	return ui.TableRow{URL: url, Cells: []ui.Cell{{Hospital: &h, Text: h.Name}, {Text: place}, {Text: far}, {Text: link}, {Text: count}}}
}

// placeWords writes a place in degrees: "36.07° N, 120.38° E".
func placeWords(q *face.Request, lat, lon float64) string {
	side := func(v float64, plus, minus string) map[string]any {
		key := plus
		if v < 0 {
			key = minus
		}
		return map[string]any{"degrees": strconv.FormatFloat(math.Abs(v), 'f', 2, 64), "side": q.P("network.map."+key, nil)}
	}
	return q.P("network.map.degrees", side(lat, "north", "south")) + ", " + q.P("network.map.degrees", side(lon, "east", "west"))
}

// earthRadius is the mean radius of the earth in kilometers (IUGG).
const earthRadius = 6371.0088

// kilometers is how far two places are from each other on a sphere (haversine formula).
func kilometers(lat1, lon1, lat2, lon2 float64) float64 {
	const rad = math.Pi / 180
	a, b := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	return 2 * earthRadius * math.Asin(math.Sqrt(a*a+math.Cos(lat1*rad)*math.Cos(lat2*rad)*b*b))
}
