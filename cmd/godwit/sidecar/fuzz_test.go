package sidecar

import (
	"encoding/binary"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

// FuzzRelay gives a Relay any bytes from both sides, cut anywhere. What it says to the server must be items, and to the client XML, however the stream goes.
func FuzzRelay(f *testing.F) {
	const auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>"
	client := []byte(clientHeader + auth + clientHeader + hello + "</stream:stream>")
	server := append(itemsIn("<stream:stream id='1'>"), itemsIn("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")...)
	server = append(server, itemsIn("<stream:stream id='2'><stream:features><compression xmlns='http://jabber.org/features/compress'/></stream:features></stream:stream>")...)
	f.Add(client, server, uint8(0), uint8(0))
	f.Add(client, server, uint8(7), uint8(3))
	f.Add([]byte(clientHeader+"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), server, uint8(40), uint8(200))
	f.Fuzz(func(t *testing.T, client, server []byte, cut, mode uint8) {
		r := NewRelay(mode&1 != 0, nil, func() string { return "id" })
		defer r.Close()
		c, s := ears{xmltext.NewDecoder(&codec.Limits{})}, ears{compact.NewDecoder(&codec.Limits{})}
		over := false
		hear := func(out Output) {
			if over && (len(out.Client)+len(out.Server) > 0 || out.Dial != "" || out.Secure != "") {
				t.Fatalf("more behind the end: %+v", out)
			}
			c.hear(t, out.Client)
			s.hear(t, out.Server)
			over = over || out.End
			if out.Dial != "" {
				var next Output
				if mode&2 != 0 {
					r.Failed(atom.RemoteConnectionFailed, "no", &next)
				} else {
					r.Linked(&next)
				}
				c.hear(t, next.Client)
				s.hear(t, next.Server)
				over, out.Secure = over || next.End, next.Secure
			}
			if out.Secure != "" {
				r.Secured()
				c.Decoder.Restart()
			}
		}
		for len(client)+len(server) > 0 && !over {
			var out Output
			n := min(len(client), 1+int(cut))
			if !r.Waits() {
				r.Client(client[:n:n], &out)
				client = client[n:]
				hear(out)
			}
			out = Output{}
			if n = min(len(server), 1+int(mode)/4); n > 0 && r.told {
				err := r.Server(server[:n:n], &out)
				server = server[n:]
				hear(out)
				if err != nil {
					return
				}
			} else if r.Waits() || len(client) == 0 {
				return
			}
		}
	})
}

// ears decode what somebody gets.
type ears struct{ codec.Decoder }

func (e ears) hear(t *testing.T, p []byte) {
	var s codec.Scratch
	for len(p) > 0 {
		if _, server := e.Decoder.(*compact.Decoder); server {
			if _, n := binary.Uvarint(p); n > 0 && n < len(p) && p[n] == 2 {
				e.Restart() // a header: of the stream that follows a login, perhaps
			}
		}
		n, ev, err := e.Decode(p, &s)
		if err != nil {
			t.Fatalf("%v in %q", err, p)
		}
		p = p[n:]
		if root := s.Tree.Root(); ev == codec.EventElement && root.Is(atom.NSSASL, atom.Success) {
			e.Restart()
		}
	}
}
