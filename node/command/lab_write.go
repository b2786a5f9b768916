package command

import (
	"errors"
	"io"
	"os"
)

// writeOut writes a file; one that could not be written whole is removed.
func writeOut(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}
