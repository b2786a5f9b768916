package desk

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/ledger"
)

// ImagePatient is who the header of an image, or a case at home, says that the patient is. What is not known is empty.
type ImagePatient struct {
	ID    string
	Names []string // in several scripts, parts between spaces or carets
	Birth string   // YYYY-MM-DD, perhaps only its beginning
	Sex   string   // "female", "male"
	Year  int      // of birth, by the age; 0: not known
}

// patientOf reads who the patient of an image is (PS3.3 section C.7.1.1). The age of 000 is what devices write where nobody typed one.
func patientOf(d *dicom.Dataset) ImagePatient {
	const age, otherNames dicom.Tag = 0x00101010, 0x00101001
	p := ImagePatient{ID: strings.TrimSpace(d.String(dicom.PatientID)), Birth: dayOf(d.String(dicom.PatientBirthDate)), Sex: map[string]string{"F": "female", "M": "male"}[strings.ToUpper(strings.TrimSpace(d.String(dicom.PatientSex)))]}
	for _, t := range []dicom.Tag{dicom.PatientName, otherNames} {
		for _, v := range d.Strings(t) {
			for group := range strings.SplitSeq(v, "=") {
				if letters(group) != "" {
					p.Names = append(p.Names, group)
				}
			}
		}
	}
	taken := cmp.Or(dayOf(d.String(dicom.StudyDate)), dayOf(d.String(dicom.SeriesDate)))
	if years, ok := strings.CutSuffix(strings.TrimSpace(d.String(age)), "Y"); ok && taken != "" {
		if n, err := strconv.Atoi(years); err == nil && n > 0 {
			p.Year, _ = strconv.Atoi(taken[:4])
			p.Year -= n
		}
	}
	return p
}

// casePatient is who the patient of a case is, as this hospital knows it.
func casePatient(c casebook.Case, at casebook.Patient) ImagePatient {
	p := ImagePatient{ID: at.LocalNumber, Birth: at.BirthDate}
	for _, name := range []string{at.Name, at.Latin} {
		if letters(name) != "" {
			p.Names = append(p.Names, name)
		}
	}
	if c.Sex == "female" || c.Sex == "male" {
		p.Sex = c.Sex
	}
	if c.Age != nil && !c.OpenedAt.IsZero() {
		p.Year = c.OpenedAt.Year() - int(*c.Age)
	}
	return p
}

// ageLeeway is by how many years two ages may differ that are of one person: they were counted in different years, and sometimes guessed.
const ageLeeway = 2

// against tells what two hold against each other, as codes: name, number, birth, sex, age. A number alone says nothing where name and date of birth agree, because
// another hospital has numbers of its own. What one of them does not say, or says in another script, is held against nobody.
func (p ImagePatient) against(q ImagePatient) (why []string) {
	name, named := sameName(p.Names, q.Names)
	if named && !name {
		why = append(why, "name")
	}
	birth, born := sameStart(p.Birth, q.Birth)
	if born && !birth {
		why = append(why, "birth")
	}
	if p.ID != "" && q.ID != "" && !sameNumber(p.ID, q.ID) && !(named && name && born && birth) {
		why = append(why, "number")
	}
	if p.Sex != "" && q.Sex != "" && p.Sex != q.Sex {
		why = append(why, "sex")
	}
	one, other := p.bornIn(), q.bornIn()
	if !born && one > 0 && other > 0 && max(one-other, other-one) > ageLeeway {
		why = append(why, "age")
	}
	return why
}

func (p ImagePatient) bornIn() int {
	if len(p.Birth) >= 4 {
		year, _ := strconv.Atoi(p.Birth[:4])
		return year
	}
	return p.Year
}

// sameStart compares dates as far as both are known.
func sameStart(a, b string) (same, known bool) {
	n := min(len(a), len(b))
	return n > 0 && a[:n] == b[:n], n > 0
}

func sameNumber(a, b string) bool {
	plain := func(s string) string { return strings.TrimLeft(letters(s), "0") }
	return plain(a) == plain(b)
}

// letters are the letters and digits of a text, in small letters.
func letters(s string) string { return strings.Join(parts(s), "") }

func parts(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// sameName tells whether one name of a is one of b: all parts of the shorter are in the longer, or both are the same letters in either order of two parts. known
// is false where no two of them are in one script.
func sameName(a, b []string) (same, known bool) {
	for _, x := range a {
		for _, y := range b {
			if ideographic(x) != ideographic(y) {
				continue
			}
			known = true
			if sameParts(parts(x), parts(y)) {
				return true, true
			}
		}
	}
	return false, known
}

func sameParts(x, y []string) bool {
	if len(x) > len(y) {
		x, y = y, x
	}
	if !slices.ContainsFunc(x, func(p string) bool { return !slices.Contains(y, p) }) {
		return true
	}
	one, other := strings.Join(x, ""), strings.Join(y, "")
	turned := other
	if len(y) > 1 {
		turned = strings.Join(append(slices.Clone(y[1:]), y[0]), "")
	}
	return one == other || one == turned
}

func ideographic(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r > 0x2E80 })
}

// patients compares the images of one order with each other, with the case, and with the images that the case has.
type patients struct {
	home   ImagePatient
	prints map[string]map[string]bool // of the case's images: what they say, and its print
	key    []byte
	first  *ImagePatient
	fresh  map[string]map[string]bool // prints of this order
	Doubts []DoubtfulImage
}

// DoubtfulImage is an image whose header says another patient than the case, or than the other images.
type DoubtfulImage struct {
	At   int      `json:"at"`   // its place among the sources of the order
	File string   `json:"file"` // as the sender knows it
	Why  []string `json:"why"`  // what contradicts: name, number, birth, sex, age
	Of   string   `json:"of"`   // what it contradicts: "case", "order", "images"
}

// errPatients: images of two patients in one order, by their numbers.
var errPatients = errors.New("images of more than one patient")

// toldDoubts is how many doubtful images are told; a thousand slices of a wrong patient are one doubt.
const toldDoubts = 4

// meet compares one image. Its error is errPatients.
func (p *patients) meet(at int, file string, d *dicom.Dataset) error {
	who := patientOf(d)
	if p.first != nil && who.ID != "" && p.first.ID != "" && !sameNumber(who.ID, p.first.ID) {
		return errPatients
	}
	fresh := p.note(who)
	switch {
	case !fresh:
		return nil
	case p.first == nil:
		p.first = &who
	default:
		p.doubt(at, file, "order", who.against(*p.first))
	}
	p.doubt(at, file, "case", who.against(p.home))
	p.doubt(at, file, "images", p.unlike(who))
	if p.first.ID == "" {
		p.first.ID = who.ID
	}
	return nil
}

func (p *patients) doubt(at int, file, of string, why []string) {
	if len(why) > 0 && len(p.Doubts) < toldDoubts {
		p.Doubts = append(p.Doubts, DoubtfulImage{at, file, why, of})
	}
}

// said is what of a patient is compared by its print.
func (p ImagePatient) said() map[string]string {
	all := map[string]string{"birth": p.Birth, "sex": p.Sex, "number": strings.TrimLeft(letters(p.ID), "0")}
	if len(p.Names) > 0 {
		words := parts(p.Names[0])
		slices.Sort(words)
		all["name"] = strings.Join(words, " ")
	}
	return all
}

// note keeps the prints of an image's patient, and tells whether one of them is new in this order.
func (p *patients) note(who ImagePatient) (fresh bool) {
	for says, value := range who.said() {
		if value == "" {
			continue
		}
		if p.fresh == nil {
			p.fresh = map[string]map[string]bool{}
		}
		if p.fresh[says] == nil {
			p.fresh[says] = map[string]bool{}
		}
		print := p.print(says, value)
		fresh = fresh || !p.fresh[says][print]
		p.fresh[says][print] = true
	}
	return fresh || p.first == nil
}

// unlike is what the case's images say and none of them says as this one does. Names and numbers were compared with the case, where it knows them.
func (p *patients) unlike(who ImagePatient) (why []string) {
	said := who.said()
	for _, says := range []string{"name", "birth", "number", "sex"} {
		if known := p.prints[says]; len(known) > 0 && said[says] != "" && !known[p.print(says, said[says])] {
			why = append(why, says)
		}
	}
	if slices.Equal(why, []string{"number"}) && p.prints["name"] != nil && p.prints["birth"] != nil && said["name"] != "" && said["birth"] != "" {
		return nil // another hospital's number for the same name and date of birth
	}
	return why
}

func (p *patients) print(says, value string) string {
	h := hmac.New(sha256.New, p.key)
	h.Write([]byte("patient " + says + "\x00" + value))
	return string(h.Sum(nil))
}

// patientsOf begins the comparison for a case.
func (d *Desk) patientsOf(ctx context.Context, thread ledger.ThreadID) (*patients, error) {
	p := &patients{key: d.imageKey(thread), prints: map[string]map[string]bool{}}
	err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		if p.home, err = d.homePatient(ctx, tx, thread); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT says, print FROM image_patient WHERE thread = $1`, thread[:])
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var says string
			var print []byte
			if err := rows.Scan(&says, &print); err != nil {
				return err
			}
			if p.prints[says] == nil {
				p.prints[says] = map[string]bool{}
			}
			p.prints[says][string(print)] = true
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("reading whose images a case has: %w", err)
	}
	return p, nil
}

// homePatient is who the patient of a case is at this hospital.
func (d *Desk) homePatient(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) (ImagePatient, error) {
	l, err := d.Book.Log(ctx, tx, thread)
	if errors.Is(err, ledger.ErrNoThread) { // a case that is being opened with an image says nothing yet
		return ImagePatient{}, nil
	}
	if err != nil {
		return ImagePatient{}, err
	}
	at, err := casebook.IdentityOf(ctx, tx, thread)
	if err != nil && !errors.Is(err, casebook.ErrNoIdentity) {
		return ImagePatient{}, err
	}
	return casePatient(casebook.Fold(l), at), nil
}

// keep notes whose images were filed, for the next ones.
func (p *patients) keep(ctx context.Context, d *Desk, thread ledger.ThreadID) error {
	return d.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for says, prints := range p.fresh {
			for print := range prints {
				if _, err := tx.ExecContext(ctx, `INSERT INTO image_patient (thread, says, print) VALUES ($1, $2, $3) ON CONFLICT (thread, says, print) DO NOTHING`, thread[:], says, []byte(print)); err != nil {
					return fmt.Errorf("noting whose images a case has: %w", err)
				}
			}
		}
		return nil
	})
}

// forgetPatients removes what was noted of whose images a case has.
func forgetPatients(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM image_patient WHERE thread = $1`, thread[:]); err != nil {
		return fmt.Errorf("forgetting whose images a case has: %w", err)
	}
	return nil
}

// Compared is a case's patient beside those of doubtful images, as their headers say it now: for a person who may read the case at this hospital.
func (d *Desk) Compared(ctx context.Context, r FilingReport) (at ImagePatient, images []ImagePatient, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		at, err = d.homePatient(ctx, tx, r.Order.Thread)
		return err
	})
	if err != nil || len(r.Doubts) == 0 {
		return at, nil, err
	}
	list, done, err := d.sources(ctx, r.Order, r.studies())
	if err != nil {
		return at, nil, err
	}
	defer done()
	for _, doubt := range r.Doubts {
		if doubt.At < 0 || doubt.At >= len(list) {
			return at, nil, ErrNotHere
		}
		f, close, err := list[doubt.At].open(ctx)
		if err != nil {
			return at, nil, errors.Join(ErrNotHere, err)
		}
		images = append(images, patientOf(f.Dataset))
		if err := close(); err != nil {
			return at, nil, err
		}
	}
	return at, images, nil
}
