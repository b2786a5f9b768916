package casebook

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// counting counts the rows that are written and removed.
type counting struct {
	ledger.Tx
	rows int64
}

func (c *counting) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	done, err := c.Tx.ExecContext(ctx, query, args...)
	if err == nil {
		n, _ := done.RowsAffected()
		c.rows += n
	}
	return done, err
}

// TestOneMoreTaskIsOneMoreRow: the fiftieth question of a case does not write the other forty-nine again.
func TestOneMoreTaskIsOneMoreRow(t *testing.T) {
	db := openDB(t)
	if _, err := db.Exec(projectionSchema); err != nil {
		t.Fatal(err)
	}
	c := &listed{}
	c.row.Thread[0] = 7
	ask := func(n int) record.Task {
		return record.Task{Verb: "consult", Roles: []string{string(people.Surgeon), string(people.HeadOfDepartment)}, Kind: KindAnswer, What: lang.Text{En: fmt.Sprint("question ", n), Zh: fmt.Sprint("问题 ", n)}}
	}
	write := func(first bool) int64 {
		t.Helper()
		tx := &counting{Tx: db}
		if err := keepTasks(t.Context(), tx, c, first); err != nil {
			t.Fatal(err)
		}
		var says []string
		rows, err := db.Query(`SELECT place, role, what_en FROM case_task WHERE thread = $1 ORDER BY place, role`, c.row.Thread[:])
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var place int
			var role, what string
			if err := rows.Scan(&place, &role, &what); err != nil {
				t.Fatal(err)
			}
			says = append(says, fmt.Sprint(place, what))
		}
		var want []string
		for i, task := range c.tasks {
			for range task.Roles {
				want = append(want, fmt.Sprint(i, task.What.En))
			}
		}
		if got, want := strings.Join(says, ";"), strings.Join(want, ";"); got != want {
			t.Fatalf("the table says\n%s\nnot\n%s", got, want)
		}
		return tx.rows
	}
	for n := range 49 {
		c.tasks = append(c.tasks, ask(n))
	}
	for _, step := range []struct {
		what   string
		change func()
		rows   int64
	}{
		{"forty-nine", func() {}, 98},
		{"one more", func() { c.tasks = append(c.tasks, ask(49)) }, 2},
		{"nothing new", func() {}, 0},
		{"another wording in the middle", func() { c.tasks[20].What.En = "changed" }, 4},
		{"the last two answered", func() { c.tasks = c.tasks[:48] }, 4},
		{"all answered but the last", func() { c.tasks = c.tasks[47:] }, 98},
		{"all answered", func() { c.tasks = nil }, 2},
	} {
		step.change()
		if got := write(step.what == "forty-nine"); got != step.rows {
			t.Errorf("%s: %d rows were written or removed, not %d", step.what, got, step.rows)
		}
	}
}
