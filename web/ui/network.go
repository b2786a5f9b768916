package ui

import (
	"math"
	"strconv"

	"consilium/web/ui/atlas"
)

// MapView shows hospitals where they are and what flows between them. The table below it says the
// same in words: a map is never the only way to read.
type MapView struct {
	Label  string // what the map shows, in one sentence
	Source string // whose outline of land it is
	Table  TableView
	Folded string // what the table is behind
	Places []MapPlace
	Flows  []MapFlow
}

// MapPlace is a hospital on the map, in degrees.
type MapPlace struct {
	Hospital  Hospital
	Lat, Lon  float64
	URL, Note string
}

// MapFlow goes between two of Places; its width grows with the count.
type MapFlow struct {
	From, To int
	Count    int
	Broken   bool // the two could not reach each other lately
	Label    string
}

func (m MapView) drawn() atlas.Map {
	var places []atlas.Place
	for _, p := range m.Places {
		places = append(places, atlas.Place{Lat: p.Lat, Lon: p.Lon, Name: p.Hospital.Name})
	}
	var lines []atlas.Line
	for _, f := range m.Flows {
		lines = append(lines, atlas.Line{From: f.From, To: f.To})
	}
	return atlas.Draw(places, lines)
}

func (f MapFlow) width() string { return px(1.5 + min(math.Sqrt(float64(max(f.Count, 0)))*.8, 8)) }

func px(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
