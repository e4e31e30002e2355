package main

import (
	"slices"
	"strings"
)

// phoneForbidden must not be in an app that embeds xmpp/client: the server's
// shell and disk, and the libraries under them.
const phoneForbidden = "edge/... store/... github.com/panjf2000/gnet/v2/... github.com/cockroachdb/pebble/v2/..."

var clientRule = Rule{
	Name: "client",
	Says: "xmpp/client reaches neither edge nor store nor gnet nor pebble, by whatever way: it goes into phones",
	Check: func(r *Repo) (found []Finding) {
		for _, way := range waysToForbidden(r, "xmpp/client") {
			found = append(found, Finding{Path: "xmpp/client",
				Say: "imports " + strings.Join(way[1:], " → ") + ": cut one of these, the client goes into phones"})
		}
		return found
	},
}

// waysToForbidden returns one shortest chain of imports, from first to last, for
// each forbidden package that start reaches.
func waysToForbidden(r *Repo, start string) (ways [][]string) {
	graph := r.imports()
	seen := map[string]bool{start: true}
	for queue := [][]string{{start}}; len(queue) > 0; queue = queue[1:] {
		way := queue[0]
		for _, imported := range graph[way[len(way)-1]] {
			if own, ok := r.ownPackage(imported); ok {
				imported = own
			}
			if seen[imported] {
				continue
			}
			seen[imported] = true
			next := append(slices.Clone(way), imported)
			if inAny(phoneForbidden, imported) {
				ways = append(ways, next)
			} else {
				queue = append(queue, next)
			}
		}
	}
	return ways
}
