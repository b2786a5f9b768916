package compare

import (
	"net/http"
	"strings"

	"consilium/desk"
	"consilium/ledger"
	"consilium/record"
	"consilium/study"
	"consilium/study/report"
	"consilium/web/face"
)

// protocolFile gives the protocol as it was approved, byte for byte.
func protocolFile(q *face.Request) error {
	s, err := opened(q)
	if err != nil {
		return err
	}
	v := s.Current()
	if v == nil {
		return desk.ErrNotHere
	}
	q.W.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+v.Parsed.ID+`.yaml"`)
	_, err = q.W.Write([]byte(v.Says.Source))
	return err
}

// onPaper is the report of the last run as it is printed, with who reads it; an error where there is none yet.
func onPaper(q *face.Request) (*studyView, *report.Report, report.Words, error) {
	s, err := opened(q)
	if err != nil {
		return nil, nil, report.Words{}, err
	}
	v := &studyView{Study: s}
	if v.looks, err = looksOf(q, s); err != nil {
		return nil, nil, report.Words{}, err
	}
	r := s.Last()
	if r == nil || !r.Done() {
		return nil, nil, report.Words{}, desk.ErrNotHere
	}
	words := v.reader(q)
	words.Theme = paper
	return v, report.Of(s.Versions[r.Version].Parsed, r.Fold.Results(), len(r.Says.Hospitals), words), words, nil
}

// reportFile gives the whole report as a PDF.
func reportFile(q *face.Request) error {
	v, rep, words, err := onPaper(q)
	if err != nil {
		return err
	}
	r := v.Last()
	version := v.Versions[r.Version]
	c := report.Cover{Title: q.Text(version.Title()), Version: int(version.Says.Version), Hash: version.Parsed.Hash.Short(), Result: r.Fold.Step.Short(), Unsigned: len(r.Results) < len(r.Says.Hospitals),
		Deviations: rep.Deviations(v.Study.Deviations(), words)}
	for _, h := range v.Log.Roster.Readers() {
		c.Members = append(c.Members, v.member(q, &version, r, h))
	}
	return send(q, version.Parsed.ID+".pdf", "application/pdf", rep.Document(c, words).PDF())
}

// member is what a hospital said of the protocol and of the result.
func (v *studyView) member(q *face.Request, version *study.Version, r *study.Run, h ledger.HospitalID) report.Member {
	m := report.Member{Name: v.name(h), Said: q.P("study.page.unanswered", nil), Signed: q.P("study.page.unsigned", nil)}
	if yes := version.Approval(h); yes != nil {
		m.Said, m.SaidBy = q.P("study.page.approved", nil), face.JoinDots(q.Person(yes.By.Name), q.Moment(yes.Written))
	} else if no := version.Refusal(h); no != nil {
		m.Said, m.SaidBy = q.P("study.page.declined", nil), face.JoinDots(q.Person(no.By.Name), q.Moment(no.Written))
	}
	if signed := record.SaidBy(r.Results, h); signed != nil {
		m.Signed, m.SignBy = q.P("study.page.signed", nil), face.JoinDots(q.Person(signed.By.Name), q.Moment(signed.Written), signed.Says.Note)
	}
	return m
}

// figureFile gives a figure of the report as SVG or PDF, or its numbers as CSV.
func figureFile(q *face.Request) error {
	_, rep, _, err := onPaper(q)
	if err != nil {
		return err
	}
	name, kind, _ := strings.Cut(q.PathValue("file"), ".")
	for _, section := range rep.Sections {
		for _, f := range section.Figures {
			if f.Name == name {
				return sendFigure(q, f, kind)
			}
		}
		if section.ID == name && kind == "csv" {
			return send(q, name+".csv", "text/csv; charset=utf-8", section.Table.CSV())
		}
	}
	return desk.ErrNotHere
}

func sendFigure(q *face.Request, f report.Drawn, kind string) error {
	switch kind {
	case "svg":
		return send(q, f.Name+".svg", "image/svg+xml", f.SVG())
	case "pdf":
		return send(q, f.Name+".pdf", "application/pdf", f.PDF())
	case "csv":
		return send(q, f.Name+".csv", "text/csv; charset=utf-8", f.Table().CSV())
	}
	return desk.ErrNotHere
}

func send(q *face.Request, name, kind string, data []byte) error {
	q.W.Header().Set("Content-Type", kind)
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	q.W.WriteHeader(http.StatusOK)
	_, err := q.W.Write(data)
	return err
}
