package outreach

import (
	"strings"
	"time"
	"unicode/utf8"

	"consilium/lang"
	"consilium/record"
)

// Calendar writes a visit as iCalendar (RFC 5545) for a person's own calendar: the days of the visit, and each session. It names no patient
// and no case. Stamp is when it is written.
func (v *Visit) Calendar(l lang.Language, stamp time.Time) string {
	c := &calendar{stamp: stamp.UTC().Format(utcTime)}
	c.line("BEGIN", "VCALENDAR")
	c.line("VERSION", "2.0")
	c.line("PRODID", "-//Consilium//Visit//EN")
	if p := v.Proposal; p != nil {
		status := map[State]string{Agreed: "CONFIRMED", Done: "CONFIRMED", Cancelled: "CANCELLED", TurnedDown: "CANCELLED"}[v.State]
		if status == "" {
			status = "TENTATIVE"
		}
		summary := lang.P(l, "visits.feed.summary", map[string]any{"skill": p.Says.Skill})
		c.event(v.Thread.String(), day(p.Says.From), day(p.Says.Until).AddDate(0, 0, 1), true, summary, p.Says.Place, status)
		for _, s := range v.Sessions {
			c.session(l, s, status)
		}
	}
	c.line("END", "VCALENDAR")
	return c.text.String()
}

const utcTime = "20060102T150405Z"

type calendar struct {
	text  strings.Builder
	stamp string
}

func (c *calendar) session(l lang.Language, s record.Said[Session], status string) {
	from, whole := dayOf(s.Says.Date), instant(s.Says.Date).IsZero()
	until := dayOf(s.Says.Until)
	switch {
	case whole:
		until = from.AddDate(0, 0, 1)
	case !until.After(from):
		until = from.Add(time.Hour)
	}
	summary := WhatName(s.Says.What).In(l)
	if s.Says.Title != "" {
		summary += ": " + s.Says.Title
	}
	c.event(s.Hash.String(), from, until, whole, summary, s.Says.Place, status)
}

func (c *calendar) event(id string, from, until time.Time, wholeDays bool, summary, place, status string) {
	c.line("BEGIN", "VEVENT")
	c.line("UID", id+"@consilium")
	c.line("DTSTAMP", c.stamp)
	if wholeDays {
		c.line("DTSTART;VALUE=DATE", from.Format("20060102"))
		c.line("DTEND;VALUE=DATE", until.Format("20060102"))
	} else {
		c.line("DTSTART", from.UTC().Format(utcTime))
		c.line("DTEND", until.UTC().Format(utcTime))
	}
	c.line("SUMMARY", escaped(summary))
	if place != "" {
		c.line("LOCATION", escaped(place))
	}
	c.line("STATUS", status)
	c.line("END", "VEVENT")
}

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "")

func escaped(s string) string { return escapes.Replace(s) }

// line writes one content line, folded after 75 bytes between characters.
func (c *calendar) line(name, value string) {
	rest, room := name+":"+value, 75
	for len(rest) > room {
		cut := room
		for !utf8.RuneStart(rest[cut]) {
			cut--
		}
		c.text.WriteString(rest[:cut] + "\r\n ")
		rest, room = rest[cut:], 74
	}
	c.text.WriteString(rest + "\r\n")
}
