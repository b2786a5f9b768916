package desk

import (
	"slices"
	"testing"

	"consilium/imaging/dicom"
)

// TestWhatTwoPatientsHoldAgainstEachOther: contradictions are told, and what is not known or cannot be compared is none.
func TestWhatTwoPatientsHoldAgainstEachOther(t *testing.T) {
	ann := ImagePatient{ID: "PH1", Names: []string{"Phantom^Ann"}, Birth: "1974-03-05", Sex: "female"}
	for name, row := range map[string]struct {
		other ImagePatient
		want  []string
	}{
		"herself":                            {ann, nil},
		"nobody":                             {ImagePatient{}, nil},
		"another":                            {ImagePatient{ID: "OTHER", Names: []string{"Other^Bob"}, Birth: "2019-01-01", Sex: "male"}, []string{"name", "birth", "number", "sex"}},
		"another without a number":           {ImagePatient{Names: []string{"Other^Bob"}}, []string{"name"}},
		"with a middle name":                 {ImagePatient{Names: []string{"PHANTOM^ANN^MARIA^^Dr"}}, nil},
		"the other way round":                {ImagePatient{Names: []string{"ANN PHANTOM"}}, nil},
		"one of two names":                   {ImagePatient{Names: []string{"王^芳", "Phantom^Ann"}}, nil},
		"only in Chinese":                    {ImagePatient{Names: []string{"王^芳"}}, nil},
		"the same number written otherwise":  {ImagePatient{ID: "ph-1 ", Names: []string{"Phantom^Ann"}}, nil},
		"a number of another hospital":       {ImagePatient{ID: "9999", Names: []string{"Phantom^Ann"}, Birth: "1974-03-05"}, nil},
		"such a number and no date of birth": {ImagePatient{ID: "9999", Names: []string{"Phantom^Ann"}}, []string{"number"}},
		"the year of birth alone":            {ImagePatient{Birth: "1974"}, nil},
		"another year":                       {ImagePatient{Birth: "1975"}, []string{"birth"}},
		"an age that fits":                   {ImagePatient{Year: 1976}, nil},
		"an age that does not":               {ImagePatient{Year: 2018}, []string{"age"}},
	} {
		if why := ann.against(row.other); !slices.Equal(why, row.want) {
			t.Errorf("%s: %q, want %q", name, why, row.want)
		}
		if why := row.other.against(ann); !slices.Equal(why, row.want) {
			t.Errorf("%s, asked the other way: %q, want %q", name, why, row.want)
		}
	}
	if same, known := sameName([]string{"张^三丰"}, []string{"张三丰"}); !same || !known {
		t.Error("a Chinese name with and without its parts")
	}
}

// TestTheHeaderSaysWhoThePatientIs reads a name in two scripts and an age; three zeros are what devices write where nobody typed one.
func TestTheHeaderSaysWhoThePatientIs(t *testing.T) {
	d := &dicom.Dataset{}
	d.SetString(dicom.SpecificCharacterSet, "ISO_IR 192")
	d.SetString(dicom.PatientName, "Zhang^Sanfeng=张^三丰=")
	d.SetString(dicom.PatientSex, "M")
	d.SetString(dicom.StudyDate, "20261119")
	for age, year := range map[string]int{"052Y": 1974, "000Y": 0, "011M": 0, "": 0} {
		d.SetString(0x00101010, age)
		p := patientOf(d)
		if p.Year != year || p.Sex != "male" || !slices.Equal(p.Names, []string{"Zhang^Sanfeng", "张^三丰"}) {
			t.Errorf("%q: %+v", age, p)
		}
	}
}

// TestImagesOfAnOrderAreComparedOnce: a thousand slices of one wrong patient are one doubt, two numbers are two patients, and the images before count.
func TestImagesOfAnOrderAreComparedOnce(t *testing.T) {
	image := func(id, name, sex string) *dicom.Dataset {
		d := &dicom.Dataset{}
		d.SetString(dicom.PatientID, id)
		d.SetString(dicom.PatientName, name)
		d.SetString(dicom.PatientSex, sex)
		return d
	}
	p := &patients{key: []byte("key"), home: ImagePatient{Sex: "female"}, prints: map[string]map[string]bool{}}
	for range 1000 {
		if err := p.meet(0, "a", image("", "Other^Bob", "M")); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.Doubts) != 1 || !slices.Equal(p.Doubts[0].Why, []string{"sex"}) {
		t.Errorf("%+v", p.Doubts)
	}
	if err := p.meet(1, "b", image("", "Phantom^Ann", "M")); err != nil || len(p.Doubts) < 2 || p.Doubts[1].Of != "order" {
		t.Errorf("%v %+v", err, p.Doubts)
	}
	q := &patients{key: []byte("key"), prints: p.fresh}
	if err := q.meet(0, "c", image("X1", "Third^Person", "")); err != nil || len(q.Doubts) != 1 || q.Doubts[0].Of != "images" || !slices.Equal(q.Doubts[0].Why, []string{"name"}) {
		t.Errorf("%v %+v", err, q.Doubts)
	}
	if err := q.meet(1, "d", image("X2", "Third^Person", "")); err == nil {
		t.Error("two numbers are one patient")
	}
}
