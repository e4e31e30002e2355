package main

import (
	"fmt"
	"strings"
)

// libraries says which of our packages may use which library. What is not
// listed may not be used: dependencies are few. Test files are free, and so is
// fuzz.
var libraries = []struct{ library, users string }{
	{"github.com/cockroachdb/pebble/v2/...", "store/..."}, // no Pebble type leaves store
	{"github.com/panjf2000/gnet/v2/...", "edge/... bench/..."},
	{"github.com/klauspost/compress/...", "codec/compress bench/link"},
	{"github.com/flynn/noise", "codec/link"},
	{"github.com/gobwas/ws/...", "edge/..."},
	{"github.com/miekg/dns", "edge/..."},
	{"github.com/valyala/bytebufferpool", "codec/... edge/..."},
	{"github.com/prometheus/client_golang/...", "cmd/... edge/... store/..."},
	{"github.com/HdrHistogram/hdrhistogram-go", "bench/..."},
	{"github.com/spf13/cobra", "cmd/..."},
	{"github.com/pelletier/go-toml/v2/...", "cmd/..."},
	{"golang.org/x/text/...", "xmpp/jid xmpp/sasl"}, // PRECIS and SASLprep
	{"golang.org/x/net/idna", "xmpp/jid"},
	{"golang.org/x/crypto/...", "codec/link xmpp/sasl edge/... cmd/..."},
	{"golang.org/x/sys/cpu", "codec/plane"},
	{"golang.org/x/sys/...", "cmd/... edge/... store/... bench/..."},
}

var librariesRule = Rule{
	Name: "libraries",
	Says: "a library is used only where its row in the table says",
	Check: func(r *Repo) (found []Finding) {
		for _, f := range r.Go() {
			if f.ForTests() || inAny("fuzz/...", f.Package()) {
				continue
			}
			for _, spec := range f.AST.Imports {
				lib := importPath(spec)
				if _, own := r.ownPackage(lib); own || isStandard(lib) {
					continue
				}
				if say := judgeLibrary(f.Package(), lib); say != "" {
					found = append(found, Finding{f.Path, r.Line(spec.Pos()), say})
				}
			}
		}
		return found
	},
}

// judgeLibrary says what is wrong with our package using lib; nothing wrong
// is "".
func judgeLibrary(pkg, lib string) string {
	for _, row := range libraries {
		if !inAny(row.library, lib) {
			continue
		}
		if inAny(row.users, pkg) {
			return ""
		}
		return fmt.Sprintf("only %s may import %s: use what that package offers",
			strings.Join(strings.Fields(row.users), ", "), lib)
	}
	return lib + " has no row in the table of libraries: do without it, or add it with its users in cmd/devcheck/libraries.go"
}
