package desk

import "time"

// Vitals are what the node's administrator is warned of before it stops anybody.
type Vitals struct {
	DiskFree, DiskTotal uint64    // bytes of the data folder's disk; total 0: the system does not tell
	DiskReserve         uint64    // below which files are refused
	CertificateEnds     time.Time // of the pages; zero: they have none of their own
	BucketAway          bool      // the object store of files does not answer, or does not let us in
	BucketFull          bool      // it has no room
	ReadingsWait        bool      // readings could not be written into the access log and wait outside of it
}
