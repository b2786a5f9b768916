package demo

import (
	"fmt"
	"strings"
	"time"

	"consilium/people"
)

// columns is how wide the terminal is taken to be.
const columns = 80

// width is how many columns a text takes: Chinese takes two for each character.
func width(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0xffef && r != 0x2013 && r != 0x2014 && (r < 0x2010 || r > 0x2e7f) {
			n++
		}
	}
	return n
}

func cut(s string, most int) string {
	if width(s) <= most {
		return s
	}
	for width(s) > most-1 {
		runes := []rune(s)
		s = string(runes[:len(runes)-1])
	}
	return strings.TrimRight(s, " ,;:") + "…"
}

func pad(s string, to int) string {
	return s + strings.Repeat(" ", max(0, to-width(s)))
}

func (d *Demo) paint(code, s string) string {
	if !d.o.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (d *Demo) heading(en, zh string) {
	fmt.Fprintf(d.o.Out, "\n%s  %s\n", d.paint("1", en), d.paint("2", zh))
}

// line shows one step: when, where, what.
func (d *Demo) line(where, format string, a ...any) {
	day := d.clock.Now().Format(time.DateOnly)
	text := cut(fmt.Sprintf(format, a...), columns-1-10-2-14)
	fmt.Fprintf(d.o.Out, " %s  %s%s\n", d.paint("2", day), d.paint("36", pad(where, 14)), text)
}

// Show prints where the hospitals are, and who signs in how.
func (d *Demo) Show() {
	out := d.o.Out
	d.heading("Sign in", "登录")
	fmt.Fprintf(out, "  Password of everybody  所有人的密码:  %s\n", d.paint("1", Password))
	for _, h := range d.hospitals {
		fmt.Fprintf(out, "\n  %s\n  %s\n", d.paint("1", h.name), d.paint("36", h.node.URL()))
		for _, r := range h.site.staff {
			p := h.staff[r.username]
			fmt.Fprintf(out, "    %s%s%s\n", pad(p.username, 12), pad(p.name, 24), cut(rolesText(p.roles)+", "+r.department, columns-40))
		}
	}
	fmt.Fprintf(out, "\n  Everything here is invented: hospitals, people, patients.\n  %s\n\n", d.o.Dir)
}

func rolesText(roles []people.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, strings.ToLower(r.Name().En))
	}
	return strings.Join(names, ", ")
}
