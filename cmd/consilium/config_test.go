package main

import (
	"strings"
	"testing"
)

// TestNoPasswordIsPrinted gives addresses in every form that holds a password, also forms that no node takes: who asks why one is refused shows just these.
func TestNoPasswordIsPrinted(t *testing.T) {
	for _, text := range []string{
		"postgres://u:hunter2@db/x", "postgres://u@db/x?password=hunter2", "postgres://u@db/x?sslmode=disable;password=hunter2", "postgres://u@db/x#password=hunter2",
		"host=db user=u password=hunter2", "host=db user=u password = hunter2", "host=db\tpassword\t=\thunter2", "postgres:u:hunter2@db",
		"s3://b/p?endpoint=https://u:hunter2@host", "s3://b/p?credentials=hunter2", "s3://hunter2@b/p", "s3://b/p?keys=hunter2",
		"postgres://u@db/x?sslmode=disable password=hunter2", "postgres://u@db/x?host=a%20password%3Dhunter2", "postgres://u@db/password=hunter2", "postgres://u@db/x;password=hunter2",
		"postgres://db/x?user=u:hunter2", "postgres:u:hunter2", "s3://b/p?endpoint=https%3A%2F%2Fh%3Fsecret%3Dhunter2", "s3://b/p?endpoint=https://h%23hunter2", "s3://b/p?endpoint=https://h/hunter2",
	} {
		if shown := withoutPassword(text); strings.Contains(shown, "hunter2") {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
	for _, text := range []string{"", "127.0.0.1:8080", "postgres://u@db/x?sslmode=disable", "s3://b/p?endpoint=https%3A%2F%2Fhost&region=eu", "s3://b/p?endpoint=http%3A%2F%2F127.0.0.1%3A9000", "postgres://u@db:5432/x?host=%2Frun%2Fpostgresql&port=5433", "[::1]:8080", "https://consilium.example/", "/srv/cert.pem"} {
		if shown := withoutPassword(text); shown != text {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
}
