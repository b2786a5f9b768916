package casebook

import (
	"fmt"
	"strconv"
	"strings"

	"consilium/ledger"
	"consilium/record"
)

// cursor is a case's place in the list of a query.
func cursor(r Row, q Query) string {
	switch {
	case q.Turn:
		return cursorOf(r.n, r.n)
	case q.Due:
		return cursorOf(byMilli(r.NextBy), r.n)
	}
	return cursorOf(r.Changed.UnixMilli(), r.n)
}

func cursorOf(ms, n int64) string {
	return strconv.FormatInt(ms, 36) + "-" + strconv.FormatInt(n, 36)
}

func parseCursor(s string) (ms, n int64, err error) {
	at, number, _ := strings.Cut(s, "-")
	ms, err = strconv.ParseInt(at, 36, 64)
	n, errNumber := strconv.ParseInt(number, 36, 64)
	if err != nil || errNumber != nil || n < 0 {
		return 0, 0, fmt.Errorf("%.60q: %w", s, ErrCursor)
	}
	return ms, n, nil
}

// Cursor is the task's place in the list of [Tasks], for [TaskAfter].
func (t OpenTask) Cursor() string {
	return cursorOf(byMilli(t.By), int64(t.Place)) + "-" + t.Thread.String()
}

// TaskAfter reads a place that [OpenTask.Cursor] gave.
func TaskAfter(cursor string) (*OpenTask, error) {
	place, thread, _ := strings.Cut(cursor, "-")
	number, thread, _ := strings.Cut(thread, "-")
	ms, n, err := parseCursor(place + "-" + number)
	if err != nil {
		return nil, err
	}
	t := OpenTask{Task: record.Task{By: fromBy(ms)}, Place: int(n)}
	if t.Thread, err = ledger.ParseThreadID(thread); err != nil {
		return nil, fmt.Errorf("%.60q: %w", cursor, ErrCursor)
	}
	return &t, nil
}
