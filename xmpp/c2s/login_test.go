package c2s

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/xmltext"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// TestBase64 is RFC 6120 §6.4.2: base64 as in RFC 4648 §4, and nothing else.
func TestBase64(t *testing.T) {
	for _, c := range []struct {
		name atom.Atom
		text string
		want string
		ok   bool
	}{
		{atom.Auth, "eHk=", "xy", true},
		{atom.Auth, "=", "", true},
		{atom.Response, "", "", true},
		{atom.Auth, "eHk=\n", "", false},
		{atom.Auth, "eH\r\nk=", "", false},
		{atom.Auth, " eHk=", "", false},
		{atom.Auth, "eHk", "", false},
		{atom.Auth, "eHl=", "", false}, // bits that are not 0 (§3.5)
	} {
		var b codec.Builder
		got, err := decodeMessage(b.Start(atom.NSSASL, c.name).Text(c.text).Element())
		if string(got) != c.want && c.ok || (err == nil) != c.ok {
			t.Errorf("%q: %q, %v", c.text, got, err)
		}
	}
}

// TestAcksBeforeBind is XEP-0198 §3 and §5: the answer is <failed/>, and the stream goes on.
func TestAcksBeforeBind(t *testing.T) {
	for name, want := range map[atom.Atom]string{atom.Enable: "<unexpected-request", atom.Resume: "<feature-not-implemented"} {
		s := &Session{srv: new(Server), state: binding}
		out := stream.Output{Encoder: xmltext.Encoder{}}
		var b codec.Builder
		s.bind(b.Start(atom.NSSM, name).Element(), &out)
		if got := string(out.Buf); !strings.HasPrefix(got, "<failed") || !strings.Contains(got, want) || s.state != binding {
			t.Errorf("%v: %s in state %v", name, got, s.state)
		}
	}
}
