package pathway

import (
	"embed"
	"fmt"
	"slices"
	"sync"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// shippedIDs lists the packs that come with the program, in the order in which they are shown.
var shippedIDs = []string{"core", "hfs-mvd", "lumbar-disc-endoscopic", "knee-replacement-guide", "hip-replacement", "pelvic-abdominal-tumor"}

func shippedSource(id string) ([]byte, string, bool) {
	source, err := packFiles.ReadFile("packs/" + id + ".yaml")
	return source, "packs/" + id + ".yaml", err == nil
}

// shipped loads the packs once, side by side. A shipped pack that does not load is a fault of the build, and the
// tests load them all.
var shipped = sync.OnceValue(func() []*Pack {
	packs := make([]*Pack, len(shippedIDs))
	errs := make([]error, len(shippedIDs))
	var wait sync.WaitGroup
	for i, id := range shippedIDs {
		wait.Go(func() {
			source, file, _ := shippedSource(id)
			packs[i], errs[i] = Load(source, file)
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			panic(fmt.Sprintf("pathway: the shipped pack %s does not load:\n%v", shippedIDs[i], err))
		}
	}
	return packs
})

// Shipped gives the packs that come with the program: core, which the others extend, then one for each disease.
func Shipped() []*Pack { return slices.Clone(shipped()) }

// Find gives a shipped pack by its name, or nil.
func Find(id string) *Pack { return byID(shipped(), id) }
