// Command consilium is one hospital's node, and everything that its administrator does with it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"consilium/study/protocol"
)

// version is set when the program is built.
var version = "dev"

// cli is every command. Flags come first, then the config file, then environment variables (CONSILIUM_ and the flag's name).
type cli struct {
	Config string `help:"Config file (TOML): a flag's name is a key, and [serve] holds those of one command." placeholder:"FILE"`

	Init     initCmd     `cmd:"" help:"Make a hospital in a new data folder. Once; it shows the recovery sheet."`
	Serve    serveCmd    `cmd:"" help:"Run the hospital's node until it is stopped."`
	ID       idCmd       `cmd:"" name:"id" help:"Show the hospital's ID, the one that partners enter."`
	Peer     peerCmd     `cmd:"" help:"Partner hospitals: add, invite, accept, list."`
	User     userCmd     `cmd:"" help:"People of this hospital: add, list."`
	Token    tokenCmd    `cmd:"" help:"API tokens: create."`
	Case     caseCmd     `cmd:"" help:"Cases: open, append, show, list."`
	Import   importCmd   `cmd:"" help:"Take the hospital's history over: a table and a mapping."`
	Job      jobCmd      `cmd:"" help:"Long work: show, cancel."`
	Pathway  pathwayCmd  `cmd:"" help:"Pathway packs: check, list."`
	Stats    statsCmd    `cmd:"" help:"Statistics: run an analysis, check all against reference results."`
	Lab      labCmd      `cmd:"" help:"The surgery lab: strength, registration, navigation link; check all against reference results."`
	Registry registryCmd `cmd:"" help:"The registry: how complete it is, exports for statistics."`
	Study    studyCmd    `cmd:"" help:"Studies: check a protocol, rehearse it on a file of rows."`
	Dicom    dicomCmd    `cmd:"" help:"DICOM images: an archive in a folder, and the network of scanners and PACS."`
	Verify   verifyCmd   `cmd:"" help:"Prove every thread of the node, or one, from its bytes."`
	Rebuild  rebuildCmd  `cmd:"" help:"Drop every projection and fold all entries anew."`
	Bundle   bundleCmd   `cmd:"" help:"A case in a file that anybody can verify: export, verify."`
	Backup   backupCmd   `cmd:"" help:"Copy the data folder while the node runs."`
	Restore  restoreCmd  `cmd:"" help:"Put a backup into an empty folder. The node gets a new signing key."`
	Doctor   doctorCmd   `cmd:"" help:"Measure this machine: is a write that is acknowledged on disk, how fast, is anything missing."`
	Demo     demoCmd     `cmd:"" help:"Four invented hospitals on this machine, and four stories played between them."`
	Version  versionCmd  `cmd:"" help:"Show the version."`
	Settings settingsCmd `cmd:"" name:"config" help:"Print the settings of 'serve' as they are in force, in the config file's form."`
}

const description = `Consilium brings specialist surgery to the patient's own hospital. Each hospital runs one node.

  consilium init  --data /srv/consilium --name "Harbor City Hospital" --place 31.23,121.47
  consilium user add --data /srv/consilium --username admin --name "Ann Li" --role administrator
  consilium serve --data /srv/consilium --http :8443 --peer :8444

Commands that ask a node (peer, user, token, case) talk to the running one through a socket in its data folder, or open the
folder themselves when none runs. With --server and --token they talk to a node elsewhere.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run is main without the process: testscript calls it too.
func run(ctx context.Context, args []string) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("consilium"), kong.Description(description), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Resolvers(&settings{args: args}))
	if err != nil {
		fmt.Fprintln(os.Stderr, "consilium:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		var wrong *kong.ParseError
		if errors.As(err, &wrong) {
			wrong.Context.PrintUsage(true)
		}
		fmt.Fprintln(os.Stderr, "\nconsilium:", err)
		return 2
	}
	if err := parsed.Run(&c); err != nil {
		var mistakes *protocol.Mistakes
		if errors.As(err, &mistakes) {
			fmt.Fprintln(os.Stderr, mistakes)
			return 2
		}
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, "consilium:", explain(err))
		}
		return 1
	}
	return 0
}

// errSaid says that a command has already told what is wrong, as its result.
var errSaid = errors.New("said already")
