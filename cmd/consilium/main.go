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

	"consilium/node"
	"consilium/node/command"
)

// version is set when the program is built.
var version = "dev"

// cli is every command: those of a data folder, and those of the rooms. Flags come first, then the config file, then environment variables (CONSILIUM_ and the flag's name).
type cli struct {
	Config string `help:"Config file (TOML): a flag's name is a key, and [serve] holds those of one command." placeholder:"FILE"`

	Init    initCmd    `cmd:"" help:"Make a hospital in a new data folder. Once; it shows the recovery sheet."`
	Serve   serveCmd   `cmd:"" help:"Run the hospital's node until it is stopped."`
	Worker  workerCmd  `cmd:"" help:"Do the hospital's long work on this machine, without pages: a node beside those that serve."`
	Node    nodeCmd    `cmd:"" help:"Several nodes of one hospital: add."`
	ID      idCmd      `cmd:"" name:"id" help:"Show the hospital's ID, the one that partners enter."`
	Rebuild rebuildCmd `cmd:"" help:"Drop every projection and fold all entries anew."`
	kong.Plugins
	Restore  restoreCmd  `cmd:"" help:"Put a backup into an empty folder. The node gets a new signing key."`
	Blobs    blobsCmd    `cmd:"" help:"Where the files of a hospital are: move."`
	Doctor   doctorCmd   `cmd:"" help:"Measure this machine: is a write that is acknowledged on disk, how fast, are keys and database whole. Also beside a running node."`
	Demo     demoCmd     `cmd:"" help:"Four invented hospitals on this machine, and four stories played between them."`
	Version  versionCmd  `cmd:"" help:"Show the version."`
	Settings settingsCmd `cmd:"" name:"config" help:"Print the settings of 'serve' as they are in force, in the config file's form, and from where each is. Passwords are masked."`
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
	parser, err := parserOf(ctx, &c, node.Rooms(), args)
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
	err = parsed.Run(&c)
	var said command.Said
	switch {
	case err == nil:
		return 0
	case errors.As(err, &said):
		return said.Status
	}
	fmt.Fprintln(os.Stderr, "consilium:", command.Explain(err))
	return 1
}

// parserOf reads the commands of the program and of some rooms.
func parserOf(ctx context.Context, c *cli, rooms []node.Room, args []string) (*kong.Kong, error) {
	c.Plugins = node.Commands(rooms)
	s := &settings{args: args}
	return kong.New(c, kong.Name("consilium"), kong.Description(description), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(node.Program(version), s), kong.Resolvers(s))
}
