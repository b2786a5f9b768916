package pathway

import "testing"

// BenchmarkLoad is what one pack, core included, adds to the start of a node.
func BenchmarkLoad(b *testing.B) {
	source, file, _ := shippedSource("hfs-mvd")
	for b.Loop() {
		if _, err := Load(source, file); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVisible is what one form costs a page.
func BenchmarkVisible(b *testing.B) {
	p := Find("hfs-mvd")
	values := Values{"technique": String("fully_endoscopic"), "baep_monitored": Bool(true), "vessel": Codes("aica", "pica")}
	f := p.Form("operation")
	for b.Loop() {
		p.Visible(f, values)
	}
}
