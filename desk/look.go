package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"consilium/ledger"
	"consilium/network"
)

// Look is where one person looks just now in the images of a case. It is told to those who look at the same study, here and at the other hospitals of the case,
// and is gone after that: nobody stores it, logs it, or sends it a second time (decision 35).
type Look struct {
	Page string `json:"page"` // the open page it comes from, by chance
	Name string `json:"name"` // of the person, as their hospital vouches for it
	// Instance is the SOP Instance UID of the image, and Frame the number of its frame from 0. Instance "": the person has stopped showing.
	Instance string `json:"instance,omitempty"`
	Frame    int    `json:"frame"`
	// Window is center and width, in the values of the images; none is their own.
	Window []float64 `json:"window,omitempty"`
	// Middle and Height are what of the image is on the screen: the point in its middle, in columns and rows from the upper left corner of the first pixel, and how many rows of the image are as tall as the screen.
	Middle []float64 `json:"middle,omitempty"`
	Height float64   `json:"height,omitempty"`
	// Pointer is where the hand points, in columns and rows; none is beside the image.
	Pointer []float64 `json:"pointer,omitempty"`

	Hospital ledger.HospitalID `json:"-"` // that said it; known by the line it came over
	Study    ledger.Hash       `json:"-"` // its manifest
}

const (
	pageIDMost = 32  // letters
	nameMost   = 200 // bytes
	looksWait  = 16  // of a page that reads slowly; those beyond are lost
	// looksPerSecond is how often one person is heard.
	looksPerSecond = 10
	manyLookers    = 10_000
)

// Check says what is wrong with a look, whoever sent it.
func (l Look) Check() error {
	if l.Page == "" || len(l.Page) > pageIDMost || l.Name == "" || len(l.Name) > nameMost || len(l.Instance) > 64 || l.Frame < 0 {
		return errors.New("no page, name or image of a look")
	}
	for _, pair := range [][]float64{l.Window, l.Middle, l.Pointer} {
		if len(pair) != 0 && len(pair) != 2 {
			return errors.New("a place or window of a look needs two numbers")
		}
		for _, v := range pair {
			if math.Abs(v) > 1e7 {
				return errors.New("a number of a look is out of bounds")
			}
		}
	}
	if l.Height < 0 || l.Height > 1e7 || len(l.Window) == 2 && l.Window[1] < 1 {
		return errors.New("a number of a look is out of bounds")
	}
	return nil
}

// Looking passes looks on to the pages of this hospital that are open at the same study.
type Looking struct {
	mu    sync.Mutex
	pages map[ledger.ThreadID]map[chan Look]bool
	pace  map[ledger.PersonID]*rate.Limiter
}

// Watch gives what others show of a case's images from now on, until stop is called. What of it the page may see is the caller's to ask, look by look.
func (k *Looking) Watch(thread ledger.ThreadID) (looks <-chan Look, stop func()) {
	c := make(chan Look, looksWait)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pages == nil {
		k.pages = map[ledger.ThreadID]map[chan Look]bool{}
	}
	if k.pages[thread] == nil {
		k.pages[thread] = map[chan Look]bool{}
	}
	k.pages[thread][c] = true
	return c, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if delete(k.pages[thread], c); len(k.pages[thread]) == 0 {
			delete(k.pages, thread)
		}
	}
}

// show tells the pages here. It waits for none of them.
func (k *Looking) show(thread ledger.ThreadID, l Look) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for c := range k.pages[thread] {
		select {
		case c <- l:
		default:
		}
	}
}

// due tells whether a person may be heard once more now.
func (k *Looking) due(person ledger.PersonID, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pace == nil || len(k.pace) >= manyLookers {
		k.pace = map[ledger.PersonID]*rate.Limiter{}
	}
	if k.pace[person] == nil {
		k.pace[person] = rate.NewLimiter(looksPerSecond, 2*looksPerSecond)
	}
	return k.pace[person].AllowN(now, 1)
}

// ShowLook tells everybody who may see the study where the caller looks. That the caller may see it was asked. A look beyond ten a second is lost.
func (d *Desk) ShowLook(ctx context.Context, caller Caller, thread ledger.ThreadID, study ledger.Hash, l Look) error {
	l.Name, l.Hospital, l.Study = caller.Who.Name, d.ID, study
	if err := l.Check(); err != nil {
		return errors.Join(ErrInput, err)
	}
	if !d.Looking.due(caller.Who.Person, d.Now()) {
		return nil
	}
	words, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("writing where somebody looks: %w", err)
	}
	g := network.Glance{Thread: thread, File: study, Words: words}
	d.Looking.show(thread, l)
	if d.TellNodes != nil {
		d.TellNodes(d.ID, g)
	}
	return d.Network.Glance(ctx, g)
}

// HearLook tells the pages here where somebody of another hospital looks, or somebody at another node of this one. What is no look is passed over: there is
// nobody to be told.
func (d *Desk) HearLook(from ledger.HospitalID, g network.Glance) {
	var l Look
	r := json.NewDecoder(bytes.NewReader(g.Words))
	if r.Decode(&l) != nil || l.Check() != nil {
		return
	}
	l.Hospital, l.Study = from, g.File
	d.Looking.show(g.Thread, l)
}
