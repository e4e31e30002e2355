package client_test

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/client"
)

// BenchmarkConn measures a connection over loopback, with the other end's share in it.
func BenchmarkConn(b *testing.B) {
	b.Run("send", func(b *testing.B) {
		conn, p := logIn(b, client.Config{})
		ctx := contextOf(b)
		go func() {
			for p.read() == nil { // takes everything, understands nothing
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := conn.Message(ctx, romeo, "Art thou not Romeo?"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("receive", func(b *testing.B) {
		conn, p := logIn(b, client.Config{})
		ctx := contextOf(b)
		text := []byte(strings.Repeat(`<message from='romeo@example.net/orchard' type='chat' id='1'><body>Neither, fair saint</body></message>`, 100))
		go func() {
			for p.write(text) == nil { // until the connection is cut
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := conn.Recv(ctx); err != nil {
				b.Fatal(err)
			}
		}
		conn.Abort()
	})
}
