package node

import (
	"context"
	"io"
	"net/http"

	"consilium/node/command"
)

// Commands are the rooms' commands, as kong takes them: pointers to structs whose fields are commands.
func Commands(rooms []Room) []any { return all(rooms, func(r Room) []any { return r.Commands }) }

// Program is what the commands of rooms are given of a program of a version.
func Program(version string) command.Program {
	return command.Program{Version: version, Socket: SocketPath, Adopt: AdoptPack, Ledger: Ledger,
		Open: func(ctx context.Context, dir string) (http.Handler, io.Closer, error) {
			n, err := Open(ctx, Options{Dir: dir})
			if err != nil {
				return nil, nil, err
			}
			return n.LocalHandler(), n, nil
		}}
}
