package c2s

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestWhatIsMissedIsBounded: a box notes no more archive entries than a client may miss, and refuses the next.
func TestWhatIsMissedIsBounded(t *testing.T) {
	var b box
	b.hold(true)
	for seq := range uint64(maxMissed + 1) {
		f := codec.NewFrame()
		f.ID = seq + 1
		if ok := b.Post(stream.Mail{Frame: f}); ok != (seq < maxMissed) {
			t.Fatalf("entry %d: %v", f.ID, ok)
		}
	}
	if _, first, came, _ := b.forward(nil); first != 1 || len(came) != maxMissed {
		t.Errorf("%d have come from %d on", len(came), first)
	}
}
