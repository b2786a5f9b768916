package dicomweb

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
)

// BenchmarkSearch answers a search for one of 500 studies, and for all of them.
func BenchmarkSearch(b *testing.B) {
	s := serve(b)
	g, err := s.archive.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	for i := range 500 {
		f := parse(b, sample(b, "CT_small.dcm"))
		f.Dataset.SetString(dicom.SOPInstanceUID, fmt.Sprint("1.2.3.", i))
		f.Dataset.SetString(dicom.SeriesInstanceUID, fmt.Sprint("1.2.4.", i))
		f.Dataset.SetString(dicom.StudyInstanceUID, fmt.Sprint("1.2.5.", i))
		f.Dataset.SetString(dicom.PatientID, fmt.Sprint("P", i))
		f.Dataset.Delete(dicom.PixelData)
		var file bytes.Buffer
		if err := f.Write(&file); err != nil {
			b.Fatal(err)
		}
		if err := g.Add(b.Context(), archive.Arrival{}, &file); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := g.Commit(context.Background()); err != nil {
		b.Fatal(err)
	}
	handler := (&Server{Archive: s.archive, Prefix: "/dicomweb", Allow: everybody}).Handler()
	for _, query := range []string{"?PatientID=P7", "?ModalitiesInStudy=CT"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, httptest.NewRequest("GET", "http://x/dicomweb/studies"+query, nil))
				if w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
