package store

// WriteFile writes a small file whole or not at all, readable by its owner only: keys, configuration. When it returns nil the file and its
// name are on disk.
func WriteFile(path string, data []byte) error { return writeFile(path, data) }

// AppendFile adds lines to a file, on a line of their own whatever a stop has left there. When it returns nil they are on disk.
func AppendFile(path, lines string) error { return appendFile(path, lines) }

// DDL is a table definition in this database's dialect. Rooms write SQLite's.
func (s *Store) DDL(text string) string {
	if s.Postgres() {
		return translate(text)
	}
	return text
}
