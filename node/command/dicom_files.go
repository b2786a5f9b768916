package command

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"consilium/imaging/deid"
	"consilium/imaging/dicom"
)

type dicomDumpCmd struct {
	Files []string `arg:"" help:"DICOM files." type:"path"`
}

// Run shows what can be read of each file, and what is wrong with it.
func (c *dicomDumpCmd) Run() error {
	var failed error
	for _, name := range c.Files {
		f, closing, err := dicom.Open(name, dicom.Options{})
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			failed = errors.New("not every file could be read to its end")
		}
		if f == nil {
			continue
		}
		if len(c.Files) > 1 {
			fmt.Printf("# %s\n", name)
		}
		err = f.Dump(os.Stdout)
		closing()
		if err != nil {
			return err
		}
	}
	return failed
}

type dicomDeidCmd struct {
	Paths           []string `arg:"" help:"DICOM files, and folders of them." type:"path"`
	Out             string   `required:"" help:"Folder for the de-identified files." type:"path"`
	Key             string   `required:"" help:"File with the secret of the case; made if it does not exist. With it, the same UIDs and dates come out again." type:"path"`
	Dates           string   `enum:"removed,moved,kept" default:"removed" help:"Dates and times: removed, moved by a number of days that only the key knows, or kept."`
	Descriptors     bool     `help:"Keep the words of imaging in descriptions, instead of removing these."`
	Characteristics bool     `help:"Keep sex, age, size, weight and the like."`
	Device          bool     `help:"Keep the device's identity."`
	Subject         string   `help:"Name and ID that the patient gets." placeholder:"TEXT"`
	Reviewed        bool     `help:"A person has looked at the images and found no text in them that identifies anybody."`
}

// Run de-identifies what it can, and says what it did, what it held back and why.
func (c *dicomDeidCmd) Run(ctx context.Context) error {
	key, err := caseKey(c.Key)
	if err != nil {
		return err
	}
	p := deid.Profile{Key: key, CleanDescriptors: c.Descriptors, PatientCharacteristics: c.Characteristics, DeviceIdentity: c.Device, Subject: c.Subject, Reviewed: c.Reviewed,
		Dates: map[string]deid.Dates{"removed": deid.DatesRemoved, "moved": deid.DatesMoved, "kept": deid.DatesKept}[c.Dates]}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return err
	}
	total, left := &deid.Report{}, 0
	for _, root := range c.Paths {
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			r, err := deidentify(p, name, c.Out)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
				left++
				return nil
			}
			total.Add(r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	fmt.Print(total)
	if left > 0 {
		return fmt.Errorf("%d files were not de-identified, and are not in %s", left, c.Out)
	}
	return nil
}

// deidentify writes one file under its new name, or nothing.
func deidentify(p deid.Profile, name, folder string) (*deid.Report, error) {
	f, closing, err := dicom.Open(name, dicom.Options{})
	if err != nil {
		if f != nil {
			closing()
		}
		return nil, err
	}
	defer closing()
	out, report, err := p.Apply(f)
	if err != nil {
		return nil, err
	}
	h, err := os.CreateTemp(folder, "writing-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(h.Name()) // after the rename there is nothing to remove
	if err := errors.Join(out.Write(h), h.Close()); err != nil {
		return nil, err
	}
	uid := out.Dataset.String(dicom.SOPInstanceUID)
	if !dicom.ValidUID(uid) {
		return nil, errors.New("it has no SOP instance UID")
	}
	return report, os.Rename(h.Name(), filepath.Join(folder, uid+".dcm"))
}

// caseKey reads the key of a case, or makes one.
func caseKey(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, 32)
		rand.Read(key) // never fails
		h, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		_, err = h.WriteString(hex.EncodeToString(key) + "\n")
		return key, errors.Join(err, h.Close())
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("%s is not a key: it should be 64 hexadecimal digits", name)
	}
	return key, nil
}
