package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"consilium/node"
)

// TestCommandsGoWithTheirRoom leaves each room out: its commands are not there, and all others are.
func TestCommandsGoWithTheirRoom(t *testing.T) {
	whole := commandsOf(t, node.Rooms())
	listed := 0
	for i, left := range node.Rooms() {
		var gone []string
		for _, group := range left.Commands {
			for f := range reflect.TypeOf(group).Elem().Fields() {
				gone = append(gone, strings.ToLower(f.Name))
			}
		}
		listed += len(gone)
		want := slices.DeleteFunc(slices.Clone(whole), func(name string) bool { return slices.Contains(gone, name) })
		if got := commandsOf(t, slices.Delete(node.Rooms(), i, i+1)); !slices.Equal(got, want) {
			t.Errorf("without %s there are %v, want %v", left.Name, got, want)
		}
	}
	if own := len(commandsOf(t, nil)); len(whole) != own+listed {
		t.Errorf("%d commands of rooms and %d of the program make %d", listed, own, len(whole))
	}
}

// commandsOf are the commands of a program with some rooms.
func commandsOf(t *testing.T, rooms []node.Room) (names []string) {
	t.Helper()
	parser, err := parserOf(t.Context(), &cli{}, rooms, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range parser.Model.Children {
		names = append(names, c.Name)
	}
	return names
}
