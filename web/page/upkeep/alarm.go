package upkeep

import (
	"context"
	"time"

	"consilium/ledger"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// How long before a certificate ends its administrator is asked to renew it, and how long somebody's guessing is news.
const (
	certificateSoon = 21 * 24 * time.Hour
	guessingNews    = 24 * time.Hour
	guessingLooked  = 500 // rows of the security log that are looked through for it
)

// alarms are what the administrator has to do something about, each with where: it goes when the cause does.
func alarms(q *face.Request, failedJobs int) (list []ui.Notice, err error) {
	add := func(sort ui.Sort, key, url string) {
		list = append(list, ui.Notice{Sort: sort, Title: q.P("settings.alarm."+key, nil), Text: q.P("settings.alarm."+key+"do", nil), URL: url, Do: q.P("today.look", nil)})
	}
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
	if failedJobs > 0 {
		add(ui.Warn, "jobs", "/settings/storage")
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := security.Before(ctx, tx, 0, guessingLooked)
		for _, r := range rows {
			if r.Event == security.Guessing && q.Now().Sub(r.At) < guessingNews {
				add(ui.Warn, "guessing", "/settings/security")
				break
			}
		}
		return err
	})
	return list, err
}
