package main

import "testing"

func TestLibraries(t *testing.T) {
	wantFindings(t, librariesRule, files{
		"bench/load.go":           goFile("bench", "github.com/panjf2000/gnet/v2"),
		"cmd/godwit/main.go":      goFile("main", "github.com/cockroachdb/pebble/v2"),
		"codec/compress/z.go":     goFile("compress", "github.com/klauspost/compress/zstd"),
		"codec/compact/pack.go":   goFile("compact", "github.com/klauspost/compress/zstd"),
		"edge/loop.go":            goFile("edge", "github.com/panjf2000/gnet/v2", "os", "example.org/m/codec"),
		"store/commit.go":         goFile("store", "github.com/cockroachdb/pebble/v2/vfs", "github.com/stretchr/testify"),
		"store/commit_test.go":    goFile("store", "github.com/stretchr/testify"),
		"xmpp/router/router.go":   goFile("router", "github.com/panjf2000/gnet/v2"),
		"fuzz/store/crash.go":     goFile("store", "github.com/cockroachdb/pebble/v2/vfs"),
		"xmpp/stream/noise.go":    goFile("stream", "github.com/flynn/noise"),
		"codec/link/handshake.go": goFile("link", "github.com/flynn/noise"),
	}.repo(),
		"cmd/godwit/main.go:3: only store/... may import github.com/cockroachdb/pebble/v2",
		"codec/compact/pack.go:3: only codec/compress, bench/link may import github.com/klauspost/compress/zstd",
		"store/commit.go:4: github.com/stretchr/testify has no row in the table of libraries",
		"xmpp/router/router.go:3: only edge/..., bench/... may import github.com/panjf2000/gnet/v2",
		"xmpp/stream/noise.go:3: only codec/link may import github.com/flynn/noise",
	)
}
