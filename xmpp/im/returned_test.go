package im

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/host"
)

// TestMessageThatIsRefused: a message with a text that goes into no archive, to a session that ends at this moment, is answered, also when it has to wait for those
// before it.
func TestMessageThatIsRefused(t *testing.T) {
	f := newFixture(t, Options{})
	own := new(mailbox)
	me := f.bind(orchard, own, 0)
	f.bind(balcony, &mailbox{dead: true}, 0)
	text := strings.Replace(strings.Replace(chat, "</message>", "<no-store xmlns='urn:xmpp:hints'/></message>", 1), "juliet@example.org'", "juliet@example.org/balcony'", 1)
	const want = "service-unavailable"
	s := f.sender(me)
	if f.Message(s, stanzaOf(t, text), balcony); !strings.Contains(string(f.out.Buf), want) {
		t.Errorf("at once: %s", f.out.Buf)
	}
	s = f.sender(me)
	s.Pending = true
	if !f.Message(s, stanzaOf(t, text), balcony) {
		t.Fatal("it does not wait")
	}
	f.committed()
	own.mu.Lock()
	defer own.mu.Unlock()
	answer := own.notes[0].(host.Done).Answer(new(codec.Builder))
	if answer.IsZero() {
		t.Error("not answered when it was its turn")
	}
}
