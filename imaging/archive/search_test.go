package archive

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"consilium/imaging/dicom"
)

// found gives the UIDs of what a search finds, at its level.
func found(t *testing.T, a *Archive, q Search) (list []string) {
	t.Helper()
	err := a.Search(t.Context(), q, func(f *Found) error {
		list = append(list, map[Level]string{Patients: f.Study, Studies: f.Study, Series: f.Series, Instances: f.UID}[f.Level])
		_, err := f.Dataset()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// shelf stores ten studies of two series with two instances: study n was made on day n of May 2024, at n o'clock.
func shelf(t *testing.T, a *Archive) {
	t.Helper()
	names := []string{"Doe^Jane", "Doe^John", "王^小东", "Wang^XiaoDong=王^小东", "Müller^Jörg", "O'Neil^Pat%", "A_B^C", "DOE^ANNA", "", "Yamada^Tarou=山田^太郎=やまだ^たろう"}
	for n, name := range names {
		for s := range 2 {
			for i := range 2 {
				mustKeep(t, a, image(t, fmt.Sprintf("1.7.%d.%d.%d", n, s, i), func(d *dicom.Dataset) {
					d.SetString(dicom.StudyInstanceUID, fmt.Sprintf("1.7.%d", n))
					d.SetString(dicom.SeriesInstanceUID, fmt.Sprintf("1.7.%d.%d", n, s))
					d.SetString(dicom.PatientName, name)
					d.SetString(dicom.PatientID, fmt.Sprintf("ID%d", n/2))
					d.SetString(dicom.StudyDate, fmt.Sprintf("202405%02d", n+1))
					d.SetString(dicom.StudyTime, fmt.Sprintf("%02d3000", n))
					d.SetString(dicom.AccessionNumber, fmt.Sprintf("Acc-%d", n))
					d.SetString(dicom.Modality, []string{"CT", "MR"}[s])
					d.SetString(dicom.InstanceNumber, fmt.Sprint(2-i))
				}))
			}
		}
	}
}

func TestSearchKeys(t *testing.T) {
	each(t, func(t *testing.T, a *Archive) {
		shelf(t, a)
		for _, row := range []struct {
			level  Level
			tag    dicom.Tag
			values []string
			want   []string
		}{
			{Studies, dicom.PatientName, []string{"doe^jane"}, []string{"1.7.0"}},
			{Studies, dicom.PatientName, []string{"DOE*"}, []string{"1.7.7", "1.7.1", "1.7.0"}},
			{Studies, dicom.PatientName, []string{"D?E^J*"}, []string{"1.7.1", "1.7.0"}},
			{Studies, dicom.PatientName, []string{"doe"}, nil},
			{Studies, dicom.PatientName, []string{"王*"}, []string{"1.7.3", "1.7.2"}},
			{Studies, dicom.PatientName, []string{"山田^太郎"}, []string{"1.7.9"}},
			{Studies, dicom.PatientName, []string{"MÜLLER*"}, []string{"1.7.4"}},
			{Studies, dicom.PatientName, []string{"*%"}, []string{"1.7.5"}},
			{Studies, dicom.PatientName, []string{"a_b*"}, []string{"1.7.6"}},
			{Studies, dicom.PatientName, []string{"a_*"}, []string{"1.7.6"}}, // an underscore is no wildcard of DICOM
			{Studies, dicom.PatientID, []string{"ID0"}, []string{"1.7.1", "1.7.0"}},
			{Studies, dicom.PatientID, []string{"id0"}, nil}, // single values are compared as they are
			{Studies, dicom.PatientID, []string{"id?"}, []string{"1.7.9", "1.7.8", "1.7.7", "1.7.6", "1.7.5", "1.7.4", "1.7.3", "1.7.2", "1.7.1", "1.7.0"}},
			{Studies, dicom.AccessionNumber, []string{"Acc-3"}, []string{"1.7.3"}},
			{Studies, dicom.StudyDate, []string{"20240503"}, []string{"1.7.2"}},
			{Studies, dicom.StudyDate, []string{"20240503-20240504"}, []string{"1.7.3", "1.7.2"}},
			{Studies, dicom.StudyDate, []string{"-20240502"}, []string{"1.7.1", "1.7.0"}},
			{Studies, dicom.StudyDate, []string{"20240510-"}, []string{"1.7.9"}},
			{Studies, dicom.StudyTime, []string{"0230"}, []string{"1.7.2"}},
			{Studies, dicom.StudyTime, []string{"02-0330"}, []string{"1.7.3", "1.7.2"}},
			{Studies, dicom.StudyTime, []string{"0231-0329"}, nil},
			{Studies, dicom.StudyInstanceUID, []string{"1.7.1", "1.7.4"}, []string{"1.7.4", "1.7.1"}},
			{Studies, ModalitiesInStudy, []string{"XA", "MR"}, []string{"1.7.9", "1.7.8", "1.7.7", "1.7.6", "1.7.5", "1.7.4", "1.7.3", "1.7.2", "1.7.1", "1.7.0"}},
			{Studies, dicom.Modality, []string{"M"}, nil},
			{Studies, dicom.StudyDescription, []string{""}, []string{"1.7.9", "1.7.8", "1.7.7", "1.7.6", "1.7.5", "1.7.4", "1.7.3", "1.7.2", "1.7.1", "1.7.0"}},
			{Series, dicom.StudyInstanceUID, []string{"1.7.1"}, []string{"1.7.1.0", "1.7.1.1"}},
			{Series, dicom.SeriesInstanceUID, []string{"1.7.1.1"}, []string{"1.7.1.1"}},
			{Instances, dicom.SeriesInstanceUID, []string{"1.7.1.1"}, []string{"1.7.1.1.1", "1.7.1.1.0"}}, // by their number
			{Instances, dicom.SOPInstanceUID, []string{"1.7.1.1.0"}, []string{"1.7.1.1.0"}},
			{Instances, dicom.PatientName, []string{"doe^john"}, []string{"1.7.1.0.1", "1.7.1.0.0", "1.7.1.1.1", "1.7.1.1.0"}},
			{Patients, dicom.PatientID, []string{"ID2"}, []string{"1.7.4"}},
			{Patients, dicom.PatientName, []string{"doe^john"}, []string{"1.7.1"}}, // the name of the patient's second study
			{Patients, dicom.PatientName, []string{"doe^*"}, []string{"1.7.0", "1.7.7"}},
		} {
			got := found(t, a, Search{Level: row.level, Match: []Match{{row.tag, row.values}}})
			if !slices.Equal(got, row.want) {
				t.Errorf("level %d, %s %q: %v, want %v", row.level, row.tag.Keyword(), row.values, got, row.want)
			}
		}
		if n := len(found(t, a, Search{Level: Patients})); n != 5 {
			t.Errorf("%d patients of 5", n)
		}
		for _, wrong := range []Match{{dicom.StudyDate, []string{"yesterday"}}, {dicom.StudyTime, []string{"10h-"}}} {
			if err := a.Search(t.Context(), Search{Level: Studies, Match: []Match{wrong}}, func(*Found) error { return nil }); !errors.Is(err, ErrKey) {
				t.Errorf("%v: %v", wrong, err)
			}
		}
	})
}

func TestPagesFollowEachOther(t *testing.T) {
	each(t, func(t *testing.T, a *Archive) {
		shelf(t, a)
		for _, level := range []Level{Patients, Studies, Series, Instances} {
			all := found(t, a, Search{Level: level})
			var pages []string
			for offset := 0; offset <= len(all); offset += 3 {
				pages = append(pages, found(t, a, Search{Level: level, Limit: 3, Offset: offset})...)
			}
			if !slices.Equal(pages, all) {
				t.Errorf("level %d: pages %v, all %v", level, pages, all)
			}
			if rest := found(t, a, Search{Level: level, Offset: 2}); !slices.Equal(rest, all[2:]) {
				t.Errorf("level %d: after two %v", level, rest)
			}
		}
	})
}

// TestPatientsWithoutAnID are told apart by name and date of birth, and each has the studies of its own.
func TestPatientsWithoutAnID(t *testing.T) {
	each(t, func(t *testing.T, a *Archive) {
		for n, name := range []string{"Doe^Jane", "Doe^Jane", "Roe^Richard"} {
			mustKeep(t, a, image(t, fmt.Sprintf("1.8.%d.1", n), func(d *dicom.Dataset) {
				d.SetString(dicom.StudyInstanceUID, fmt.Sprintf("1.8.%d", n))
				d.SetString(dicom.SeriesInstanceUID, fmt.Sprintf("1.8.%d.0", n))
				d.SetString(dicom.PatientID, "")
				d.SetString(dicom.PatientName, name)
			}))
		}
		var counts []int
		err := a.Search(t.Context(), Search{Level: Patients}, func(f *Found) error {
			counts = append(counts, f.PatientStudies)
			return nil
		})
		if err != nil || !slices.Equal(counts, []int{2, 1}) {
			t.Errorf("patients with %v studies, %v", counts, err)
		}
	})
}
