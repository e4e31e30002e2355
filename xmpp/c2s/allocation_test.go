//go:build !race

// The race detector makes sync.Pool forget at random, so these tests run without it.

package c2s_test

import (
	"strconv"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/c2s"
	"github.com/godwit-im/godwit/xmpp/stanza"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestRoutingAllocatesNothing holds for a message from the sender's bytes to the receiver's.
func TestRoutingAllocatesNothing(t *testing.T) {
	for _, d := range directions {
		t.Run(d.name, func(t *testing.T) {
			f := route(t, d.from, d.to, atom.NoStore)
			for range 100 {
				if len(f()) == 0 {
					t.Fatal("nothing is delivered")
				}
			}
			if n := testing.AllocsPerRun(1000, func() { f() }); n != 0 {
				t.Errorf("%v allocations per stanza", n)
			}
		})
	}
}

// TestResumableRoutingAllocatesNothing holds when both streams can be resumed: what is not archived is kept until it is acked.
func TestResumableRoutingAllocatesNothing(t *testing.T) {
	w := resumableWorld(t)
	alice, _ := w.resumable(t, "alice@localhost/a")
	bob, _ := w.resumable(t, "bob@localhost/b")
	message := alice.encode(func(b *codec.Builder) { chat(b, atom.NoStore) })
	var ack []byte
	acked := uint64(0)
	run := func() {
		alice.feed(message)
		bob.deliver()
		acked++
		ack = append(strconv.AppendUint(append(ack[:0], "<a xmlns='urn:xmpp:sm:3' h='"...), acked, 10), "'/>"...)
		if out := bob.feed(ack); len(out) > 0 {
			t.Fatalf("%s", out)
		}
	}
	for range 100 {
		run()
	}
	if n := testing.AllocsPerRun(1000, run); n != 0 {
		t.Errorf("%v allocations per stanza", n)
	}
}

// TestWatchesThatNobodyUsesCostNothing: nor do those that have ended, nor does counting.
func TestWatchesThatNobodyUsesCostNothing(t *testing.T) {
	w := newWorld(t)
	w.srv.Watches = new(c2s.Watches)
	alice, bob := w.join(t, "alice@localhost/a", codec.XML), w.join(t, "bob@localhost/b", codec.XML)
	alice.deliver()
	bob.deliver()
	count := new(stream.Count)
	alice.out.Count, bob.out.Count = count, count
	text := alice.encode(func(b *codec.Builder) { chat(b, atom.NoStore) })
	run := func() {
		alice.feed(text)
		if len(bob.deliver()) == 0 {
			t.Fatal("nothing is delivered")
		}
	}
	shown, end := watch(w, "bob@localhost")
	run()
	end()
	if len(shown()) != 1 {
		t.Error("nothing was shown")
	}
	for range 100 {
		run()
	}
	before := *count
	if n := testing.AllocsPerRun(1000, run); n != 0 {
		t.Errorf("%v allocations per stanza", n)
	}
	if in, out := count.Received[stanza.Message]-before.Received[stanza.Message], count.Sent[stanza.Message]-before.Sent[stanza.Message]; in != 1001 || out != 1001 {
		t.Errorf("%d messages are counted in and %d out, of 1001", in, out)
	}
}
