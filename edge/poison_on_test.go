//go:build invariants

package edge

import (
	"bufio"
	"fmt"
	"testing"

	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestKeptSliceIsPoisoned: a machine that keeps what it was lent finds something else there in its next Step.
func TestKeptSliceIsPoisoned(t *testing.T) {
	s := serve(t, Config{}, func() stream.Machine {
		var kept []byte
		return stepFunc(func(in *stream.Input, out *stream.Output) {
			if in.Kind != stream.Element {
				return
			}
			if kept == nil {
				kept = in.Element.Text()
				return
			}
			out.Buf = fmt.Appendf(out.Buf, "%x\n", kept)
		})
	})
	for _, cut := range []int{0, 3} { // in one piece: in the read buffer; in two: in the Scratch
		c := s.dial()
		before := s.Stats().BytesReceived
		send(t, c, "first\n"[:cut])
		until(t, "the first part is read", func() bool { return s.Stats().BytesReceived == before+uint64(cut) })
		send(t, c, "first\n"[cut:]+"x\n")
		expect(t, bufio.NewReader(c), "ffffffffff")
	}
}
