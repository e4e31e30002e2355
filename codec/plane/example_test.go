package plane_test

import (
	"fmt"

	"github.com/godwit-im/godwit/codec/plane"
)

// The example of the package comment.
func Example() {
	text := "<a to='x'>Hé &amp; y]</a>"
	var p plane.Planes
	n := p.Classify([]byte(text))
	fmt.Println("text  ", "<a to='x'>H·· &amp; y]</a>")
	for _, row := range []struct {
		name  string
		plane *plane.Plane
	}{{"Value ", &p.Value}, {"Text  ", &p.Text}} {
		bits := ""
		for i := range n {
			bits += fmt.Sprint(row.plane[i/64] >> (i % 64) & 1)
		}
		fmt.Println(row.name, bits)
	}
	// Output:
	// text   <a to='x'>H·· &amp; y]</a>
	// Value  10000010100000100000001000
	// Text   10000000000000100000011000
}
