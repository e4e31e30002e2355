package main

import "testing"

func TestPure(t *testing.T) {
	const bad = `package router

import (
	"net"
	"net/netip"
	"os"
	clock "time"
)

var start = clock.Now()

func run(now clock.Time, d clock.Duration) {
	go run(now, d)
	clock.AfterFunc(d, nil)
}
`
	wantFindings(t, pureRule, files{
		"edge/loop.go":               bad,
		"xmpp/client/dial_tcp.go":    bad,
		"xmpp/router/router.go":      bad,
		"xmpp/router/router_test.go": bad,
		"xmpp/router/good.go":        "package router\n\nimport \"time\"\n\nvar limit = 3 * time.Second\n",
	}.repo(),
		"xmpp/router/router.go:4: xmpp imports net:",
		"xmpp/router/router.go:6: xmpp imports os:",
		"xmpp/router/router.go:10: xmpp uses time.Now",
		"xmpp/router/router.go:13: xmpp starts a goroutine",
		"xmpp/router/router.go:14: xmpp uses time.AfterFunc",
	)
}
