package command

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"consilium/lab/igtlink"
)

type labIGTLCmd struct {
	Serve   igtlServeCmd   `cmd:"" help:"Show a scene, or play a recording as a simulated tracker, to 3D Slicer and others."`
	Connect igtlConnectCmd `cmd:"" help:"Connect to a server and print what it says, a line of JSON for each message."`
	Record  igtlRecordCmd  `cmd:"" help:"Record a tracker's path and hold it against a plan."`
}

// notOnAPatient stands before every session.
const notOnAPatient = "Simulation and rehearsal. This link does not control a robot on a patient and is not a certified device."

type igtlServeCmd struct {
	Listen  string `default:"127.0.0.1:18944" help:"Address. The protocol has no secrecy: keep it inside the room."`
	Scene   string `placeholder:"SCENE.json" help:"Transforms, points, surfaces and texts to show."`
	Play    string `placeholder:"REC.jsonl" help:"A recording of 'record' to play at its own pace, again and again."`
	Version uint16 `default:"1" enum:"1,2" help:"Header version to send: 1 for protocols 1 and 2, 2 for protocol 3."`
}

func (c *igtlServeCmd) Run(ctx context.Context) error {
	scene := &igtlink.Scene{}
	if c.Scene != "" {
		f, err := os.Open(c.Scene)
		if err != nil {
			return err
		}
		defer f.Close()
		if scene, err = igtlink.ReadScene(f); err != nil {
			return fmt.Errorf("%s: %w", c.Scene, err)
		}
	}
	var poses []recordedPose
	if c.Play != "" {
		var err error
		if poses, err = readRecording(c.Play); err != nil {
			return fmt.Errorf("%s: %w", c.Play, err)
		}
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s\nlistening on %s\n", notOnAPatient, l.Addr())
	var playing sync.WaitGroup
	defer playing.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end()
	if len(poses) > 0 {
		playing.Go(func() { play(ctx, scene, poses) })
	}
	var out sync.Mutex
	s := igtlink.Server{Source: scene, Version: c.Version, Heard: func(peer string, m *igtlink.Message, b igtlink.Body, err error) {
		out.Lock()
		defer out.Unlock()
		printMessage(peer, m, b, err)
	}}
	return s.Serve(ctx, l)
}

// recordedPose is a line of a recording.
type recordedPose struct {
	igtlink.Sample
	Pose igtlink.Transform `json:"pose"`
}

func readRecording(file string) ([]recordedPose, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []recordedPose
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var p recordedPose
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(out)+1, err)
		}
		out = append(out, p)
	}
	return out, lines.Err()
}

// play shows the poses at the times they had, and begins anew a second after the last.
func play(ctx context.Context, scene *igtlink.Scene, poses []recordedPose) {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for i := 0; ; i = (i + 1) % len(poses) {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		scene.Put(poses[i].Device, poses[i].Pose)
		pause := time.Second
		if i+1 < len(poses) {
			pause = max(0, poses[i+1].Time.Sub(poses[i].Time))
		}
		wait.Reset(pause)
	}
}

// printMessage prints a line of JSON; of an image all but its voxels.
func printMessage(peer string, m *igtlink.Message, b igtlink.Body, err error) {
	line := map[string]any{"peer": peer}
	if m != nil {
		line["type"], line["device"] = m.Type, m.Device
		if !m.Time.IsZero() {
			line["time"] = m.Time
		}
		if len(m.Meta) > 0 {
			line["meta"] = m.Meta
		}
	}
	if image, ok := b.(igtlink.Image); ok {
		line["voxel_bytes"] = len(image.Voxels)
		image.Voxels = nil
		b = image
	}
	if b != nil {
		line["says"] = b
	}
	if err != nil {
		line["error"] = err.Error()
	}
	text, err := json.Marshal(line)
	if err != nil {
		text = []byte(`{"error": "a number in it is none"}`)
	}
	fmt.Println(string(text))
}

type igtlConnectCmd struct {
	Address string        `arg:"" name:"HOST:PORT"`
	Get     []string      `placeholder:"KIND[:DEVICE]" help:"Ask for the newest: TRANSFORM, POSITION, STATUS, IMAGE, POINT, POLYDATA, STRING."`
	Start   []string      `placeholder:"KIND[:DEVICE]" help:"Ask for a stream."`
	Every   time.Duration `default:"50ms" help:"Time between messages of a stream."`
	Count   int           `help:"Stop after so many messages."`
}

func (c *igtlConnectCmd) Run(ctx context.Context) error {
	conn, err := igtlink.Dial(ctx, c.Address, igtlink.Limits{})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := ask(conn, c.Get, c.Start, c.Every); err != nil {
		return err
	}
	seen := 0
	err = conn.Each(ctx, func(m *igtlink.Message, b igtlink.Body, err error) error {
		printMessage(conn.Peer(), m, b, err)
		if seen++; c.Count > 0 && seen >= c.Count {
			return ErrSaid
		}
		return nil
	})
	if errors.Is(err, ErrSaid) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// ask sends the queries, each KIND or KIND:DEVICE.
func ask(conn *igtlink.Conn, get, start []string, every time.Duration) error {
	for prefix, list := range map[string][]string{"GET": get, "STT": start} {
		for _, what := range list {
			kind, device, _ := strings.Cut(what, ":")
			if err := conn.Ask(prefix, strings.ToUpper(kind), device, every); err != nil {
				return err
			}
		}
	}
	return nil
}

type igtlRecordCmd struct {
	Address string        `arg:"" name:"HOST:PORT"`
	Plan    string        `required:"" placeholder:"PLAN.json" help:"The path that the tool is to take (docs/lab.md)."`
	Out     string        `placeholder:"REC.jsonl" help:"Write every sample, a line of JSON each."`
	Start   []string      `placeholder:"KIND[:DEVICE]" help:"Ask for a stream first, for servers that do not send by themselves."`
	Every   time.Duration `default:"50ms" help:"Time between messages of a stream."`
	For     time.Duration `help:"Stop after this time; without it at the end of the connection or with Ctrl-C."`
	Stall   time.Duration `default:"10s" help:"Give up when nothing comes for so long."`
}

// Run records until the end and prints the deviations as JSON. What was recorded is kept when the tracker stalls or breaks off.
func (c *igtlRecordCmd) Run(ctx context.Context) error {
	f, err := os.Open(c.Plan)
	if err != nil {
		return err
	}
	defer f.Close()
	plan, err := igtlink.ReadPlan(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Plan, err)
	}
	out := bufio.NewWriter(io.Discard)
	if c.Out != "" {
		file, err := os.Create(c.Out)
		if err != nil {
			return err
		}
		defer file.Close()
		out = bufio.NewWriter(file)
	}
	fmt.Fprintln(os.Stderr, notOnAPatient)
	recorder := igtlink.Recorder{Plan: plan}
	broken := c.record(ctx, &recorder, out)
	if err := out.Flush(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(recorder.Summary(), "", " ")
	if err != nil {
		return err
	}
	fmt.Println(string(text))
	if broken != nil && !errors.Is(broken, context.Canceled) && !errors.Is(broken, context.DeadlineExceeded) {
		return fmt.Errorf("%w; the %d samples until then are above", broken, len(recorder.Samples))
	}
	if len(recorder.Samples) == 0 {
		return errors.New("no pose of the plan's device came")
	}
	return nil
}

func (c *igtlRecordCmd) record(ctx context.Context, recorder *igtlink.Recorder, out *bufio.Writer) error {
	if c.For > 0 {
		var end context.CancelFunc
		ctx, end = context.WithTimeout(ctx, c.For)
		defer end()
	}
	conn, err := igtlink.Dial(ctx, c.Address, igtlink.Limits{Silence: c.Stall, Stall: c.Stall})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := ask(conn, nil, c.Start, c.Every); err != nil {
		return err
	}
	return conn.Each(ctx, func(m *igtlink.Message, b igtlink.Body, err error) error {
		if err != nil {
			recorder.Damaged++
			return nil
		}
		s, counts := recorder.Add(m, b, time.Now())
		if !counts {
			return nil
		}
		pose, ok := b.(igtlink.Transform)
		if p, is := b.(igtlink.Position); is && !ok {
			pose = p.Transform()
		}
		line, err := json.Marshal(recordedPose{s, pose})
		if err != nil {
			return err
		}
		_, err = out.Write(append(line, '\n'))
		return err
	})
}
