package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// sendAll sends studies with storescu over so many associations at once and says how long it took.
func (b *bench) sendAll(s *server, studies []study, associations int) (time.Duration, error) {
	began := time.Now()
	ended := make(chan error, associations)
	for worker := range associations {
		args := []string{"-q", "-aec", s.title, "+sd", "+r", "127.0.0.1", fmt.Sprint(s.dicom)}
		for i := worker; i < len(studies); i += associations {
			args = append(args, studies[i].dir)
		}
		go func() {
			out, err := program(b.ctx, "storescu", args...).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("storescu: %w: %s", err, out)
			}
			ended <- err
		}()
	}
	var errs []error
	for range associations {
		errs = append(errs, <-ended)
	}
	return time.Since(began), errors.Join(errs...)
}

// store measures C-STORE of slices with one and four associations, and on the archive that is then full, what it gives back.
func (b *bench) store(p peer) error {
	for _, associations := range []int{1, 4} {
		sink := freePort()
		s, done, err := b.fresh(p, sink)
		if err != nil {
			return err
		}
		defer done()
		before := s.usage()
		took, err := b.sendAll(s, b.slices, associations)
		if err != nil {
			return err
		}
		n := len(b.slices) * len(b.slices[0].instances)
		after := s.usage()
		row := fmt.Sprintf("C-STORE, %d slices, %d associations", n, associations)
		b.table.add(row, p.name, float64(n)/took.Seconds(), perSecond)
		b.table.add(row+": processor for each", p.name, (after.cpu-before.cpu).Seconds()*1000/float64(n), millis)
		if s.web == nil {
			continue
		}
		b.table.add(row+": peak memory", p.name, float64(after.peak), megabytes)
		if associations == 1 {
			continue
		}
		if err := b.give(s, sink); err != nil {
			return err
		}
		if err := b.again(s); err != nil {
			return err
		}
	}
	return nil
}

// give measures WADO-RS, C-MOVE and C-GET on an archive that has the slices.
func (b *bench) give(s *server, sink int) error {
	base := s.web(s.ports)
	const dicomPart, octets = `multipart/related; type="application/dicom"`, `multipart/related; type="application/octet-stream"`
	for _, row := range []struct {
		what, accept string
		n            int
		path         func(one study, i int) string
	}{
		{"WADO-RS instance", dicomPart, 800, func(one study, i int) string {
			return "/series/" + one.series + "/instances/" + one.instances[i*31%len(one.instances)]
		}},
		{"WADO-RS frame", octets, 800, func(one study, i int) string {
			return "/series/" + one.series + "/instances/" + one.instances[i*31%len(one.instances)] + "/frames/1"
		}},
		{"WADO-RS study of 100 slices", dicomPart, 20, func(study, int) string { return "" }},
		{"metadata of a study of 100 slices", "application/dicom+json", 20, func(study, int) string { return "/metadata" }},
	} {
		for _, clients := range []int{1, 4} {
			l, err := drive(clients, row.n, func(i int) (int, int64, error) {
				one := pick(b.slices, i)
				return fetch(b.ctx, base+"/studies/"+one.study+row.path(one, i), row.accept)
			})
			if err != nil {
				return fmt.Errorf("%s: %w", row.what, err)
			}
			name := fmt.Sprintf("%s, %d clients", row.what, clients)
			b.table.add(name, s.name, l.rate(), perSecond)
			b.table.add(name+": p50", s.name, l.at(0.5).Seconds()*1000, millis)
		}
	}
	if err := b.retrieve(s, sink); err != nil {
		return err
	}
	b.table.add("peak memory after all of this", s.name, float64(s.usage().peak), megabytes)
	return nil
}

// retrieve measures C-MOVE to a storescp and C-GET of one study.
func (b *bench) retrieve(s *server, sink int) error {
	dir, err := os.MkdirTemp(b.dir, "sink")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	receiver := program(b.ctx, "storescp", "-q", "--fork", "-aet", "SINK", "-od", dir, fmt.Sprint(sink))
	if err := receiver.Start(); err != nil {
		return err
	}
	defer func() {
		_ = receiver.Process.Kill()
		_ = receiver.Wait()
	}()
	if !until(func() bool { return listens(sink) }) {
		return fmt.Errorf("storescp does not listen on port %d", sink)
	}
	for _, row := range []struct {
		what, tool string
		args       []string
	}{{"C-MOVE of 100 slices to storescp", "movescu", []string{"-aem", "SINK"}}, {"C-GET of 100 slices", "getscu", []string{"-od", dir}}} {
		one := b.slices[3]
		args := append([]string{"-S", "-aec", s.title, "-k", "0008,0052=STUDY", "-k", "0020,000d=" + one.study}, row.args...)
		began := time.Now()
		out, err := program(b.ctx, row.tool, append(args, "127.0.0.1", fmt.Sprint(s.dicom))...).CombinedOutput()
		took := time.Since(began)
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(files) != len(one.instances) {
			return fmt.Errorf("%s brought %d of %d: %w: %s", row.tool, len(files), len(one.instances), err, out)
		}
		for _, f := range files {
			os.Remove(f)
		}
		b.table.add(row.what, s.name, float64(len(files))/took.Seconds(), perSecond)
	}
	return nil
}

// again stops the server and starts it on what it has.
func (b *bench) again(s *server) error {
	stopped := s.end()
	next, err := s.peer.begin(b.ctx, s.dir, s.sink)
	if err != nil {
		return err
	}
	defer next.kill()
	b.table.add("stop with 2,000 slices", s.name, stopped.Seconds()*1000, millis)
	b.table.add("start to first search", s.name, next.started.Seconds()*1000, millis)
	return nil
}

// stow measures STOW-RS of ten slices a request.
func (b *bench) stow(p peer) error {
	if p.web == nil {
		return nil
	}
	var requests [][]string
	for _, one := range b.slices[:10] {
		for i := range one.instances {
			if i%10 == 0 {
				requests = append(requests, nil)
			}
			requests[len(requests)-1] = append(requests[len(requests)-1], one.file(i))
		}
	}
	for _, clients := range []int{1, 4} {
		s, done, err := b.fresh(p, freePort())
		if err != nil {
			return err
		}
		defer done()
		l, err := drive(clients, len(requests), func(i int) (int, int64, error) { return stow(b.ctx, p.web(s.ports), requests[i]) })
		if err != nil {
			return err
		}
		row := fmt.Sprintf("STOW-RS, ten slices a request, %d clients", clients)
		b.table.add(row, p.name, 10*l.rate(), perSecond)
		b.table.add(row+": peak memory", p.name, float64(s.usage().peak), megabytes)
	}
	return nil
}

// find measures QIDO-RS over many studies.
func (b *bench) find(p peer) error {
	if p.web == nil {
		return nil
	}
	s, done, err := b.fresh(p, freePort())
	if err != nil {
		return err
	}
	defer done()
	took, err := b.sendAll(s, b.many, 1)
	if err != nil {
		return err
	}
	b.table.add(fmt.Sprintf("C-STORE, %d studies of one small slice", len(b.many)), p.name, float64(len(b.many))/took.Seconds(), perSecond)
	for _, q := range searches {
		for _, clients := range []int{1, 8} {
			l, err := drive(clients, q.n, func(i int) (int, int64, error) {
				return fetch(b.ctx, p.web(s.ports)+q.query(pick(b.many, i)), "application/dicom+json")
			})
			if err != nil {
				return fmt.Errorf("%s: %w", q.what, err)
			}
			row := fmt.Sprintf("QIDO-RS over %d studies, %s, %d clients", len(b.many), q.what, clients)
			b.table.add(row+": p50", p.name, l.at(0.5).Seconds()*1000, millis)
			b.table.add(row+": p99", p.name, l.at(0.99).Seconds()*1000, millis)
			b.table.add(row, p.name, l.rate(), perSecond)
		}
	}
	b.table.add(fmt.Sprintf("peak memory with %d studies", len(b.many)), p.name, float64(s.usage().peak), megabytes)
	return nil
}
