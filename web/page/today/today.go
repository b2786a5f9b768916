package today

import (
	"consilium/lang"
	"consilium/web/face"
	"consilium/web/ui"
)

func todayPage(q *face.Request) error {
	w, err := q.Work()
	if err != nil {
		return err
	}
	d := q.Data(q.P("today.title", nil), "today")
	d.Notices = q.Done()
	return q.Show(d, todayContent(q, w))
}

func todayHead(q *face.Request, w face.TodayWork) ui.HeadView {
	h := ui.HeadView{Title: greeting(q), Sub: todaySub(q), Actions: w.Start}
	if w.Overdue > 0 {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.P("today.overduecount", map[string]any{"count": w.Overdue}), Sort: ui.Bad, Icon: "clock"})
	}
	return h
}

func greeting(q *face.Request) string {
	switch h := q.Now().Hour(); {
	case h < 11:
		return q.P("today.morning", map[string]any{"name": q.Person(q.Caller.Name)})
	case h < 18:
		return q.P("today.afternoon", map[string]any{"name": q.Person(q.Caller.Name)})
	}
	return q.P("today.evening", map[string]any{"name": q.Person(q.Caller.Name)})
}

func todaySub(q *face.Request) string {
	now := q.Now()
	return lang.Weekday(q.Lang, now) + " · " + lang.Date(q.Lang, now)
}
