package compare

import (
	"net/http"
	"strings"

	"consilium/desk"
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

// figureFile gives a figure of the report as SVG or PDF, or its numbers as CSV.
func figureFile(q *face.Request) error {
	s, err := opened(q)
	if err != nil {
		return err
	}
	v := &studyView{Study: s}
	if v.looks, err = looksOf(q, s); err != nil {
		return err
	}
	r := s.Last()
	if r == nil || !r.Done() {
		return desk.ErrNotHere
	}
	words := v.reader(q)
	words.Theme = paper
	rep := report.Of(s.Versions[r.Version].Parsed, r.Fold.Results(), len(r.Says.Hospitals), words)
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
