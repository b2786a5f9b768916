package casebook

import (
	"encoding/hex"
	"strconv"
	"strings"

	"consilium/ledger"
	"consilium/record"
)

// Rest is something made in the surgery lab that a plan rests on. Who signs the plan signs it with its hash; the file itself stays at the hospital that made it, unless an entry attaches it.
type Rest struct {
	Sort    string   `json:"sort"`           // one of RestSorts
	Name    string   `json:"name,omitempty"` // where there may be several of a sort: an implant's
	Version int64    `json:"version"`        // of its sort in the case, at the hospital that made it
	File    string   `json:"file"`           // SHA-256 of its file
	Says    []string `json:"says,omitempty"` // what it came to, a line each, in its author's language
}

// RestSorts are what a plan may rest on.
var RestSorts = []string{"surface", "plan", "guide", "model", "strength", "registration", "implant", "mirror", "segmentation", "recording"}

// Bounds of what a plan rests on.
const (
	mostRests     = 40
	mostRestLines = 12
)

// check is the form of what a plan rests on.
func (r *Rest) check(c *record.Checks) {
	c.Code("rests", r.Sort, RestSorts...)
	c.Short("rests", r.Name, 60)
	c.Need(r.Version >= 1, "rests", "case.unfit.first")
	raw, err := hex.DecodeString(r.File)
	c.Need(err == nil && len(raw) == len(ledger.Hash{}) && strings.ToLower(r.File) == r.File, "rests", "case.unfit.device-file")
	c.Need(len(r.Says) <= mostRestLines, "rests", "case.unfit.device-checked")
	for _, line := range r.Says {
		c.Short("rests", line, 400)
	}
}

// Field is what a comparison of two plans calls it.
func (r *Rest) Field() string { return strings.TrimSuffix("rest."+r.Sort+"."+r.Name, ".") }

// Text is version, hash and what it came to, on one line.
func (r *Rest) Text() string {
	return strings.Join(append([]string{"v" + strconv.FormatInt(r.Version, 10), "SHA-256 " + shortHash(r.File)}, r.Says...), " · ")
}

// restTexts are what a plan rests on, by the field that a comparison names.
func restTexts(p Plan) map[string]string {
	texts := map[string]string{}
	for i := range p.Rests {
		texts[p.Rests[i].Field()] = p.Rests[i].Text()
	}
	return texts
}
