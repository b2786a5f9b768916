package node

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/store"
)

// scrapeWithin is how long one answer of /metrics may take.
const scrapeWithin = 5 * time.Second

// measures are what /metrics tells of a node in the form of Prometheus. They are numbers of the node and its partners: no person, no case, no address.
type measures struct {
	registry *prometheus.Registry
	appended prometheus.Counter
	received prometheus.Counter
	latency  *prometheus.HistogramVec
}

func newMeasures(n *Node) *measures {
	m := &measures{
		registry: prometheus.NewRegistry(),
		appended: prometheus.NewCounter(prometheus.CounterOpts{Name: "consilium_appends_total", Help: "Commits in which this hospital said something, since the start."}),
		received: prometheus.NewCounter(prometheus.CounterOpts{Name: "consilium_received_threads_total", Help: "Threads in which something came from partners, counted each time, since the start."}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "consilium_request_seconds", Help: "How long requests of people and programs took, by route.",
			Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 10, 60}}, []string{"route", "code"}),
	}
	m.registry.MustRegister(m.appended, m.received, m.latency, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &gauges{n})
	return m
}

// over measures requests. A page that listens lasts as long as it is open, so it is not among them.
func (m *measures) over(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		kept := &statusKept{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(kept, r)
		if r.Pattern == "" || r.URL.Path == "/live" {
			return
		}
		m.latency.WithLabelValues(r.Pattern, strconv.Itoa(kept.status)).Observe(time.Since(start).Seconds())
	})
}

// statusKept remembers with which status a request was answered.
type statusKept struct {
	http.ResponseWriter
	status int
}

func (s *statusKept) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusKept) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (m *measures) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 2})
}

// gauges are looked up when somebody asks.
type gauges struct{ n *Node }

var (
	partnerLabel = []string{"partner"}
	upDesc       = prometheus.NewDesc("consilium_partner_up", "1 while the link to a partner is up.", partnerLabel, nil)
	behindDesc   = prometheus.NewDesc("consilium_partner_behind_entries", "Entries that a partner may have and has not confirmed.", partnerLabel, nil)
	lagDesc      = prometheus.NewDesc("consilium_partner_lag_seconds", "How long a partner has been away; 0 while its link is up.", partnerLabel, nil)
	filesDesc    = prometheus.NewDesc("consilium_partner_missing_bytes", "Bytes of files of shared threads that are not here yet.", partnerLabel, nil)
	jobsDesc     = prometheus.NewDesc("consilium_jobs", "Jobs by state.", []string{"state"}, nil)
	freeDesc     = prometheus.NewDesc("consilium_disk_free_bytes", "Room on the disk of the data folder.", nil, nil)
	reserveDesc  = prometheus.NewDesc("consilium_disk_reserve_bytes", "Room below which files are refused.", nil, nil)
	daysDesc     = prometheus.NewDesc("consilium_certificate_days", "Days until the certificate of the pages ends.", nil, nil)
	failuresDesc = prometheus.NewDesc("consilium_sign_in_failures_total", "Wrong attempts to sign in, since the start.", nil, nil)
	bucketDesc   = prometheus.NewDesc("consilium_blobs_up", "1 while the object store of files answers; without one there is no such number.", nil, nil)
	waitsDesc    = prometheus.NewDesc("consilium_waiting_readings_bytes", "Readings that wait to be written into the access log.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{upDesc, behindDesc, lagDesc, filesDesc, jobsDesc, freeDesc, reserveDesc, daysDesc, failuresDesc, waitsDesc, bucketDesc} {
		out <- d
	}
}

// Collect implements [prometheus.Collector]. What cannot be looked up now is left out.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if err := g.partners(ctx, tell); err != nil {
		g.n.o.Log.Debug("metrics of partners", slog.Any("err", err))
	}
	if err := g.jobs(ctx, tell); err != nil {
		g.n.o.Log.Debug("metrics of jobs", slog.Any("err", err))
	}
	v := g.n.vitals()
	if v.DiskTotal > 0 {
		tell(freeDesc, float64(v.DiskFree))
		tell(reserveDesc, float64(v.DiskReserve))
	}
	if _, ok := g.n.store.Blobs().(*store.Bucket); ok {
		tell(bucketDesc, map[bool]float64{true: 1}[!v.BucketAway && !v.BucketFull])
	}
	if !v.CertificateEnds.IsZero() {
		tell(daysDesc, v.CertificateEnds.Sub(g.n.o.Now()).Hours()/24)
	}
	tell(waitsDesc, float64(g.n.late.waits()))
	out <- prometheus.MustNewConstMetric(failuresDesc, prometheus.CounterValue, float64(g.n.desk.SignInFailures.Load()))
}

func (g *gauges) partners(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
	states, err := g.n.network.State(ctx)
	for _, s := range states {
		if s.Partner.State != network.Accepted {
			continue
		}
		id, up, lag := s.Partner.Hospital.String(), 0.0, 0.0
		if s.Up {
			up = 1
		} else if !s.Partner.Seen.IsZero() {
			lag = g.n.o.Now().Sub(s.Partner.Seen).Seconds()
		}
		tell(upDesc, up, id)
		tell(lagDesc, lag, id)
		tell(behindDesc, float64(s.BehindEntries), id)
		tell(filesDesc, float64(s.MissingBytes), id)
	}
	return err
}

func (g *gauges) jobs(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
	return g.n.db.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT state, COUNT(*) FROM job_progress GROUP BY state`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var state string
			var count int
			if err := rows.Scan(&state, &count); err != nil {
				return err
			}
			tell(jobsDesc, float64(count), state)
		}
		return rows.Err()
	})
}

// vitals implements [desk.Desk.Vitals].
func (n *Node) vitals() (v desk.Vitals) {
	if free, total, known := diskRoom(n.o.Dir); known {
		v.DiskFree, v.DiskTotal, v.DiskReserve = free, total, n.reserve(total)
	}
	if b, ok := n.store.Blobs().(*store.Bucket); ok {
		_, why := b.Trouble()
		v.BucketFull = errors.Is(why, store.ErrDiskFull)
		v.BucketAway = why != nil && !v.BucketFull
	}
	v.CertificateEnds = n.certificateEnds
	v.ReadingsWait = n.late.waits() > 0
	return v
}
