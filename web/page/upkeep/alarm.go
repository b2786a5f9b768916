package upkeep

import (
	"context"
	"strings"
	"time"

	"consilium/ledger"
	"consilium/network"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// How long before a certificate ends its administrator is asked to renew it, how long somebody's guessing is news, how long a partner may be away, and how old the newest backup may be.
const (
	certificateSoon = 21 * 24 * time.Hour
	guessingNews    = 24 * time.Hour
	awayLong        = 24 * time.Hour
	backupOld       = 7 * 24 * time.Hour
)

// alarms are what the administrator has to do something about, each with where: it goes when the cause does.
func alarms(q *face.Request, h healthView) (list []ui.Notice, err error) {
	told := func(sort ui.Sort, key, url string, with map[string]any) {
		list = append(list, ui.Notice{Sort: sort, Title: q.P("settings.alarm."+key, with), Text: q.P("settings.alarm."+key+"do", with), URL: url, Do: q.P("today.look", nil)})
	}
	add := func(sort ui.Sort, key, url string) { told(sort, key, url, nil) }
	if q.Desk.Vitals != nil {
		v := q.Desk.Vitals()
		switch {
		case v.DiskTotal > 0 && v.DiskFree <= v.DiskReserve:
			add(ui.Bad, "full", "/settings/storage")
		case v.DiskTotal > 0 && v.DiskFree <= 2*v.DiskReserve:
			add(ui.Warn, "filling", "/settings/storage")
		}
		switch {
		case v.BucketFull:
			add(ui.Bad, "bucketfull", "/settings/storage")
		case v.BucketAway:
			add(ui.Bad, "bucket", "/settings/storage")
		}
		if v.ReadingsWait {
			add(ui.Bad, "readings", "/settings/log")
		}
		if !v.CertificateEnds.IsZero() && v.CertificateEnds.Sub(q.Now()) < certificateSoon {
			add(ui.Warn, "certificate", "/settings/storage")
		}
	}
	if h.failed > 0 {
		add(ui.Warn, "jobs", "/settings/storage")
	}
	if len(h.away) > 0 {
		told(ui.Warn, "away", "/network", map[string]any{"names": strings.Join(h.away, ", ")})
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if at, ever, err := security.Last(ctx, tx, security.Guessing); err != nil {
			return err
		} else if ever && q.Now().Sub(at) < guessingNews {
			add(ui.Warn, "guessing", "/settings/security")
		}
		days, old, err := backupAge(ctx, tx, q.Now())
		switch {
		case err != nil:
			return err
		case old && days > 0:
			told(ui.Warn, "backup", "/settings/storage", map[string]any{"days": days})
		case old:
			add(ui.Warn, "nobackup", "/settings/storage")
		}
		return nil
	})
	return list, err
}

// away tells whether a partner's line has not stood for long: since it was last up, or since it became one.
func away(q *face.Request, s network.State) bool {
	since := s.Partner.Seen
	if since.IsZero() {
		since = s.Partner.Since
	}
	return !s.Up && !since.IsZero() && q.Now().Sub(since) > awayLong
}

// backupAge tells how many days old the newest backup is, and whether that is too old; no days: there never was one, at a node that has run for long enough.
func backupAge(ctx context.Context, tx ledger.Tx, now time.Time) (days int, old bool, err error) {
	at, ever, err := security.Last(ctx, tx, security.BackedUp)
	if err != nil || ever {
		return int(now.Sub(at).Hours() / 24), now.Sub(at) > backupOld, err
	}
	began, some, err := security.Began(ctx, tx)
	return 0, some && now.Sub(began) > backupOld, err
}
