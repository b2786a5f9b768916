package command

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"consilium/imaging/archive"
	"consilium/store"
)

type dicomCmd struct {
	Echo   dicomEchoCmd   `cmd:"" help:"Ask a peer whether it is there and knows us."`
	Send   dicomSendCmd   `cmd:"" help:"Send files to a peer, such as the hospital's PACS."`
	Find   dicomFindCmd   `cmd:"" help:"Ask a peer what it has; a line of JSON for each answer."`
	Move   dicomMoveCmd   `cmd:"" help:"Have a peer send images to somebody, such as our own archive."`
	Get    dicomGetCmd    `cmd:"" help:"Fetch images from a peer into a folder."`
	Import dicomImportCmd `cmd:"" help:"Take a folder, a ZIP file or a medium with a DICOMDIR into an archive, and tell what was refused."`
	Export dicomExportCmd `cmd:"" help:"Write studies out of an archive as a medium with a DICOMDIR."`
	Check  dicomCheckCmd  `cmd:"" help:"Look for the file of every instance that an archive's index has."`
	Erase  dicomEraseCmd  `cmd:"" help:"Destroy studies of an archive: their files, then their rows."`
	Dump   dicomDumpCmd   `cmd:"" help:"Show what a DICOM file says, and what is wrong with it."`
	Deid   dicomDeidCmd   `cmd:"" help:"De-identify files by DICOM PS3.15, for one case."`
	Serve  dicomServeCmd  `cmd:"" help:"Keep a DICOM archive in a folder and serve it over DIMSE and DICOMweb, without a hospital around it."`
}

// openArchive opens the archive in a folder that is its own, and makes it if it is missing.
func openArchive(ctx context.Context, folder string, log *slog.Logger) (*archive.Archive, *store.Store, error) {
	s, err := store.Open(ctx, store.Options{Dir: folder, Create: true, Migrations: []fs.FS{archive.Migrations}, Log: log})
	if err != nil {
		return nil, nil, err
	}
	blobs := s.Blobs()
	a, err := archive.Open(archive.Options{Tables: s, Full: store.ErrDiskFull, Scratch: filepath.Join(folder, "receiving"), Landing: filepath.Join(folder, "landed"), Now: time.Now, Log: log,
		Blobs: archive.BlobsOf(blobs.Batch, blobs.Open, blobs.Has, blobs.Remove)})
	if err != nil {
		return nil, nil, fmt.Errorf("opening the archive: %w", err)
	}
	return a, s, nil
}
