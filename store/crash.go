package store

import "sync/atomic"

// beforeWrite is whom a crash test has asked before each write of this process.
var beforeWrite atomic.Pointer[func(what string) error]

// BeforeWrite has f asked before every write that a crash may part from the next one: a commit, bytes of a file, its sync, its name, its removal. An error of f fails that write; f may as well end the
// process there. Nil: nobody is asked. It is for tests that stop at every write in turn (CONTRIBUTING.md); a node never sets it.
func BeforeWrite(f func(what string) error) {
	if f == nil {
		beforeWrite.Store(nil)
		return
	}
	beforeWrite.Store(&f)
}

// about asks whoever wants to be asked before a write.
func about(what string) error {
	if f := beforeWrite.Load(); f != nil {
		return (*f)(what)
	}
	return nil
}
