package people

import (
	"testing"
	"time"
)

// TestWhatAPrivilegeLacks: of the privileges for a procedure the one that lacks least counts, and who may only assist may not operate.
func TestWhatAPrivilegeLacks(t *testing.T) {
	from, at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	p := func(procedure string, level int, part Part, until time.Time) Privilege {
		return Privilege{Procedure: procedure, Level: level, Part: part, From: from, Until: until}
	}
	over := at.AddDate(0, -1, 0)
	for _, c := range []struct {
		held      Privileges
		procedure string
		level     int
		want      Lack
	}{
		{nil, "mvd", 4, LacksAll},
		{Privileges{p("pted", 4, Operate, time.Time{})}, "mvd", 4, LacksAll},
		{Privileges{p("mvd", 4, Assist, time.Time{})}, "mvd", 4, LacksAll},
		{Privileges{p("mvd", 4, Operate, over)}, "mvd", 4, LacksTime},
		{Privileges{p("mvd", 3, Operate, time.Time{})}, "mvd", 4, LacksRank},
		{Privileges{p("mvd", 3, Operate, time.Time{}), p("mvd", 4, Operate, over)}, "mvd", 4, LacksRank},
		{Privileges{p("mvd", 3, Operate, time.Time{}), p("mvd", 4, Operate, time.Time{})}, "mvd", 4, Nothing},
		{Privileges{p("mvd", 4, Operate, time.Time{})}, "", 0, Nothing},
	} {
		if got := c.held.Lacking(at, c.procedure, c.level, Operate); got != c.want {
			t.Errorf("%+v lacks %q for %s of level %d, want %q", c.held, got, c.procedure, c.level, c.want)
		}
	}
}
