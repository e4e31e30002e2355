package client_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/godwit-im/godwit/bench/network"
	"github.com/godwit-im/godwit/xmpp/client"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestRoundTripsOfALogin counts, under virtual time, how often a client waits for the server until a message is acked: for SYN, the header, PLAIN, the second header, binding, enable, and the
// message.
func TestRoundTripsOfALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rtt = time.Second
		n := network.New(network.Profile{Up: network.Way{Delay: rtt / 2}, Down: network.Way{Delay: rtt / 2}}, 1)
		defer n.Close()
		l, err := n.Listen("example.com:5222")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if p := newPeer(conn); p.login() == nil {
				p.converse()
			}
		}()
		begin := time.Now()
		conn, err := client.Dial(t.Context(), client.Config{
			JID: jid.MustParse("juliet@example.com"), Password: "secret", Mode: client.Plain, Mechanisms: []string{"PLAIN"}, SM: true, Connect: n.Dial,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Abort()
		if took := time.Since(begin); took != 6*rtt {
			t.Errorf("logged in after %v", took)
		}
		id, err := conn.Message(t.Context(), jid.MustParse("romeo@example.net"), "hello")
		if err == nil {
			err = conn.WaitAcked(t.Context(), id)
		}
		if took := time.Since(begin); took != 7*rtt || err != nil {
			t.Errorf("acked after %v: %v", took, err)
		}
	})
}
