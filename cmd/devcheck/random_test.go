package main

import "testing"

func TestRand(t *testing.T) {
	wantFindings(t, randRule, files{
		"bench/login/login.go":  goFile("login", "math/rand/v2"),
		"edge/wheel.go":         goFile("edge", "crypto/rand", "math/rand/v2"),
		"edge/wheel_test.go":    goFile("edge", "math/rand"),
		"xmpp/stream/stream.go": goFile("stream", "math/rand"),
	}.repo(),
		"edge/wheel.go:4: imports math/rand",
		"xmpp/stream/stream.go:3: imports math/rand",
	)
}
