//go:build !unix

package node_test

import "errors"

func limitFiles(bytes string) error {
	if bytes == "" {
		return nil
	}
	return errors.New("this system cannot limit the size of files")
}
