package node

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"sync"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/record"
	"consilium/store"
	"consilium/web/api"
	"consilium/web/face"
)

// Room is one capability of a node, with everything that it brings. A node is a list of them ([Rooms]): what is not in the list is not there, and
// nothing else has to change. Every part but the name may be left out.
type Room struct {
	Name  string
	Needs []string // the rooms without which this one cannot stand

	Threads     []func(casebook.Packs) *record.Talk // kinds of thread: what can be said in one, how it is governed
	Projections []ledger.Projection                 // what is folded of it into tables
	Folds       func(*Node) []ledger.Projection     // the same, where they depend on the hospital and its packs
	Migrations  []fs.FS                             // tables that hold something else than a fold
	Relations   []Relations                         // how people stand to the threads of other rooms
	Rules       []Rule                              // what stops a writer at this hospital only
	Doubts      []Doubt                             // what a writer at this hospital is asked about, and confirms
	Jobs        []Job                               // long work
	Pages       []face.Pages                        // addresses, navigation, tabs of Settings, panels beside a case, work on Today
	Operations  []func(*api.API)                    // the same for programs
	Web         []Web                               // standards of others that programs speak under addresses of their own
	Commands    []any                               // what a person types: pointers to structs of package command, as kong takes them
	Lay         []func(*Node) error                 // what is opened with the node, before anything of the room is asked
	Listen      []func(*Node) (func(context.Context) error, error)
	// Listen opens a listener, so that a node which cannot listen does not start; what it returns answers there and ends with its context. It may return nothing.
	Run []func(context.Context, *desk.Desk) error
	// Run goes on as long as the node leads, on one node of the hospital at a time: listeners, and work that comes again. It ends with its context; an error that ends it sooner is logged.
}

// Relations tell how people of a hospital stand to the threads of a kind that another room declares: who is there on a visit has to do with its cases.
type Relations struct {
	Thread string
	Of     func(ledger.HospitalID) record.Relate
}

// Web is a handler for all addresses under a prefix. It finds out by itself who is asking.
type Web struct {
	Prefix  string
	Handler func(*Node) http.Handler
}

// Rule stops a writer of a kind of entry for a reason that only the tables of this hospital know.
type Rule struct {
	Kind string
	By   func(*desk.Desk) access.Rule
}

// Doubt finds what is odd about entries of some kinds: their writer confirms it with a reason.
type Doubt struct {
	Kinds []string
	By    func(*desk.Desk) casebook.Doubter
}

// Job is long work that a room does when it is asked for.
type Job struct {
	jobs.Kind
	Do func(*desk.Desk) jobs.Worker
}

// base are the migrations of what every room stands on.
var base = []fs.FS{ledger.Migrations, people.Migrations, access.Migrations, network.Migrations, desk.Migrations}

// check finds rooms that lack one which they need. A room stands behind those that it needs.
func check(rooms []Room) error {
	var there []string
	for _, r := range rooms {
		for _, need := range r.Needs {
			if !slices.Contains(there, need) {
				return fmt.Errorf("the room %s needs %s, which is not before it in the list", r.Name, need)
			}
		}
		if slices.Contains(there, r.Name) {
			return fmt.Errorf("the room %s is in the list twice", r.Name)
		}
		there = append(there, r.Name)
	}
	return nil
}

// all gathers one part of every room.
func all[T any](rooms []Room, part func(Room) []T) (list []T) {
	for _, r := range rooms {
		list = append(list, part(r)...)
	}
	return list
}

func migrations(rooms []Room) []fs.FS {
	return append(slices.Clone(base), all(rooms, func(r Room) []fs.FS { return r.Migrations })...)
}

// threads are the kinds of thread that rooms declare.
func threads(rooms []Room, packs casebook.Packs) (list []*record.Talk) {
	for _, declare := range all(rooms, func(r Room) []func(casebook.Packs) *record.Talk { return r.Threads }) {
		list = append(list, declare(packs))
	}
	return list
}

// kinds are what can be said in them.
func kinds(talks []*record.Talk) *ledger.Kinds {
	var lists [][]ledger.Kind
	for _, t := range talks {
		lists = append(lists, t.Spoken())
	}
	return ledger.NewKinds(lists...)
}

// governance is how each of them is governed.
func governance(talks []*record.Talk) access.Threads {
	governs := access.Threads{}
	for _, t := range talks {
		governs[t.Thread] = t.Governs
	}
	return governs
}

// jobKinds are the rooms' long work, and the node's own: folding projections anew.
func jobKinds(rooms []Room) []jobs.Kind {
	list := []jobs.Kind{refoldJob}
	for _, j := range all(rooms, func(r Room) []Job { return r.Jobs }) {
		list = append(list, j.Kind)
	}
	return list
}

func (n *Node) jobWork() []store.JobWork {
	list := []store.JobWork{{Kind: refoldJob, Do: n.refold}}
	for _, j := range all(n.o.Rooms, func(r Room) []Job { return r.Jobs }) {
		list = append(list, store.JobWork{Kind: j.Kind, Do: j.Do(n.desk)})
	}
	return list
}

// relations ask every room that knows something about a kind of thread.
func (n *Node) relations() map[string]record.Relate {
	by := map[string][]record.Relate{}
	for _, t := range n.threads {
		for _, of := range t.Relations {
			by[t.Thread] = append(by[t.Thread], of(n.hospital.ID))
		}
	}
	for _, r := range all(n.o.Rooms, func(r Room) []Relations { return r.Relations }) {
		by[r.Thread] = append(by[r.Thread], r.Of(n.hospital.ID))
	}
	out := map[string]record.Relate{}
	for thread, list := range by {
		out[thread] = func(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, who record.Reader) (relations []string, err error) {
			for _, relate := range list {
				more, err := relate(ctx, tx, id, who)
				if err != nil {
					return nil, err
				}
				relations = append(relations, more...)
			}
			return relations, nil
		}
	}
	return out
}

// rules are asked one after the other, until one stops the writer.
func (n *Node) rules(d *desk.Desk) map[string]access.Rule {
	by := map[string][]access.Rule{}
	for _, r := range all(n.o.Rooms, func(r Room) []Rule { return r.Rules }) {
		by[r.Kind] = append(by[r.Kind], r.By(d))
	}
	doubters := map[string][]casebook.Doubter{}
	for _, r := range all(n.o.Rooms, func(r Room) []Doubt { return r.Doubts }) {
		for _, kind := range r.Kinds {
			doubters[kind] = append(doubters[kind], r.By(d))
		}
	}
	for kind, list := range doubters {
		by[kind] = append(by[kind], casebook.Doubted(list...))
	}
	out := map[string]access.Rule{}
	for kind, list := range by {
		out[kind] = func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) error {
			for _, rule := range list {
				if err := rule(ctx, tx, draft); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return out
}

// listenRooms opens the rooms' listeners and has them answered.
func (n *Node) listenRooms(ctx context.Context) error {
	for _, r := range n.o.Rooms {
		for _, listen := range r.Listen {
			run, err := listen(n)
			if err != nil {
				return err
			}
			if run != nil {
				n.running.Go(func() { n.watch(r.Name, run(ctx)) })
			}
		}
	}
	return nil
}

// runRooms starts what goes on as long as the node leads.
func (n *Node) runRooms(ctx context.Context, work *sync.WaitGroup) {
	for _, r := range n.o.Rooms {
		for _, run := range r.Run {
			work.Go(func() { n.watch(r.Name, run(ctx, n.desk)) })
		}
	}
}
