package main

import "testing"

func TestConfig(t *testing.T) {
	const bad = `package edge

// A Config has fields.
type Config struct {
	// Address to listen on.
	Address string
	Limit   int // connections; zero is no limit
	Name, Zone string
	private    int
}

// A Conn is no configuration.
type Conn struct{ ID int }
`
	wantFindings(t, configRule, files{"edge/config.go": bad}.repo(),
		"edge/config.go:8: Config.Name has no comment",
		"edge/config.go:8: Config.Zone has no comment",
	)
}
