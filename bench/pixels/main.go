//go:build unix

// Command pixels measures how fast compressed images are decoded, beside dcmtk on the same files, and how fast headers are read.
//
//	go run ./bench/pixels -files DIR
//
// DIR holds one series of CT or MR slices of one size. They are put into one multi-frame object, which dcmtk compresses in each way and both decode.
// dcmtk's time is that of its program on the whole file, writing the result to memory (/dev/shm) as Consilium does. Both are processor time, so that
// other work on the machine counts little.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// ways are the encoders of dcmtk and the decoders that undo them.
var ways = []struct{ name, encode, decode string }{
	{"RLE", "dcmcrle", "dcmdrle"},
	{"JPEG lossless, predictor 1", "dcmcjpeg +e1", "dcmdjpeg"},
	{"JPEG lossless, predictor 6", "dcmcjpeg +el +sv 6", "dcmdjpeg"},
	{"JPEG-LS lossless", "dcmcjpls +el", "dcmdjpls"},
	{"JPEG extended, 12 bits", "dcmcjpeg +ee", "dcmdjpeg"},
}

func main() {
	files := flag.String("files", "", "folder of one series")
	repeat := flag.Int("repeat", 5, "how often the series is repeated in the multi-frame object")
	runs := flag.Int("runs", 5, "runs of each; the table shows medians")
	flag.Parse()
	if err := measure(*files, *repeat, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "pixels:", err)
		os.Exit(1)
	}
}

func measure(folder string, repeat, runs int) error {
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no files in %q: %v", folder, err)
	}
	runtime.GOMAXPROCS(1)
	dir, err := os.MkdirTemp("/dev/shm", "pixels")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	raw := filepath.Join(dir, "raw.dcm")
	size, err := multiframe(names, repeat, raw)
	if err != nil {
		return err
	}
	fmt.Printf("%d frames, %.0f MB uncompressed; medians of %d runs, processor time\n\n| | size | Consilium | dcmtk |\n| --- | --- | --- | --- |\n", len(names)*repeat, float64(size)/1e6, runs)
	for _, w := range ways {
		if err := compare(dir, raw, w.name, w.encode, w.decode, size, runs); err != nil {
			return err
		}
	}
	return headers(names, runs)
}

// multiframe puts all slices into one secondary capture object, as often as told.
func multiframe(names []string, repeat int, to string) (int64, error) {
	var pixels []byte
	var first *dicom.File
	frames := 0
	for _, n := range names {
		f, closing, err := dicom.Open(n, dicom.Options{})
		if err != nil {
			return 0, fmt.Errorf("%s: %w", n, err)
		}
		b, _, err := codec.Frame(context.Background(), f, 0)
		closing()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", n, err)
		}
		if first == nil {
			first = f
		}
		pixels, frames = append(pixels, b...), frames+1
	}
	p, err := first.Dataset.PixelFormat()
	if err != nil {
		return 0, err
	}
	p.Frames = frames * repeat
	d := &dicom.Dataset{}
	d.SetString(dicom.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7.3")
	d.SetString(dicom.SOPInstanceUID, dicom.NewUID())
	d.SetString(dicom.Modality, "CT")
	d.SetPixelFormat(p)
	d.SetBytes(dicom.PixelData, dicom.OW, bytes.Repeat(pixels, repeat))
	h, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	defer h.Close()
	return int64(len(pixels) * repeat), dicom.NewFile(d, dicom.ExplicitVRLittleEndian).Write(h)
}

func compare(dir, raw, name, encode, decode string, size int64, runs int) error {
	packed, out := filepath.Join(dir, "packed.dcm"), filepath.Join(dir, "out.dcm")
	command := append(strings.Fields(encode), raw, packed)
	if said, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", encode, err, said)
	}
	info, err := os.Stat(packed)
	if err != nil {
		return err
	}
	ours, theirs := make([]time.Duration, runs), make([]time.Duration, runs)
	for i := range runs {
		if ours[i], err = timed(func() error { return expand(packed, out) }); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if theirs[i], err = timedCommand(decode, packed, out); err != nil {
			return err
		}
	}
	speed := func(d []time.Duration) float64 { return float64(size) / 1e6 / median(d).Seconds() }
	fmt.Printf("| %s | %.0f MB | %.0f MB/s | %.0f MB/s |\n", name, float64(info.Size())/1e6, speed(ours), speed(theirs))
	return nil
}

func expand(from, to string) error {
	f, closing, err := dicom.Open(from, dicom.Options{})
	if err != nil {
		return err
	}
	defer closing()
	x, err := codec.Expand(context.Background(), f, dicom.ExplicitVRLittleEndian)
	if err != nil {
		return err
	}
	h, err := os.Create(to)
	if err != nil {
		return err
	}
	defer h.Close()
	return x.Write(h)
}

// headers times the reading of all attributes before the pixels, and dcmdump on the same files.
func headers(names []string, runs int) error {
	const rounds = 20
	ours, theirs := make([]time.Duration, runs), make([]time.Duration, runs)
	many := slices.Repeat(names, rounds)
	var err error
	for i := range runs {
		if ours[i], err = timed(func() error { return readAll(many) }); err != nil {
			return err
		}
		if theirs[i], err = timedCommand("dcmdump", append([]string{"-q"}, many...)...); err != nil {
			return err
		}
	}
	each := func(d []time.Duration) time.Duration {
		return (median(d) / time.Duration(len(many))).Round(time.Microsecond)
	}
	fmt.Printf("\nheader of one file, opened and closed: %v (dcmdump, which prints it too: %v)\n", each(ours), each(theirs))
	return nil
}

func readAll(names []string) error {
	for _, n := range names {
		_, closing, err := dicom.Open(n, dicom.Options{StopBefore: dicom.PixelData})
		if err != nil {
			return err
		}
		closing()
	}
	return nil
}

// timed is the processor time that this process took for f.
func timed(f func() error) (time.Duration, error) {
	runtime.GC()
	began := processor()
	err := f()
	return processor() - began, err
}

func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func timedCommand(name string, arguments ...string) (time.Duration, error) {
	cmd := exec.Command(name, arguments...)
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}
