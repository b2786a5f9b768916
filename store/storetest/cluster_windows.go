package storetest

import (
	"errors"
	"net/url"
)

// cluster: a private PostgreSQL is started on Unix systems only.
func cluster() (*url.URL, error) {
	return nil, errors.New("these tests start PostgreSQL on Unix systems only: run them there")
}
