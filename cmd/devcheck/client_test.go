package main

import "testing"

func TestClient(t *testing.T) {
	wantFindings(t, clientRule, files{
		"xmpp/client/client.go":      goFile("client", "example.org/m/xmpp/stream", "example.org/m/codec"),
		"xmpp/client/client_test.go": goFile("client", "example.org/m/edge"),
		"xmpp/stream/stream.go":      goFile("stream", "example.org/m/xmpp/jid", "example.org/m/codec"),
		"xmpp/jid/jid.go":            goFile("jid", "example.org/m/store"),
		"store/store.go":             goFile("store", "github.com/cockroachdb/pebble/v2"),
		"codec/codec.go":             goFile("codec", "github.com/panjf2000/gnet/v2/pkg/pool"),
	}.repo(),
		"xmpp/client: imports codec → github.com/panjf2000/gnet/v2/pkg/pool: cut",
		"xmpp/client: imports xmpp/stream → xmpp/jid → store: cut",
	)
	wantFindings(t, clientRule, files{
		"xmpp/client/mobile/mobile.go": goFile("mobile", "example.org/m/xmpp/client", "github.com/flynn/noise"),
		"xmpp/client/client.go":        goFile("client", "net/http", "golang.org/x/text/secure/precis"),
		"cmd/libgodwit/main.go":        goFile("main", "example.org/m/xmpp/client/mobile", "github.com/spf13/cobra"),
	}.repo(), "cmd/libgodwit: imports github.com/spf13/cobra: cut")
}
