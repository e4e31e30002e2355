package main

import (
	"slices"
	"strings"
)

// phones lists what goes into apps on phones.
const phones = "xmpp/client/... cmd/libgodwit/..."

// phoneForbidden of our own must not be in an app that embeds xmpp/client: the
// server's shell and disk. Of libraries (gnet and pebble are under those) it may have
// phoneLibraries and no other.
const (
	phoneForbidden = "edge/... store/... xmpp/c2s xmpp/host xmpp/im xmpp/router xmpp/xep"
	phoneLibraries = "github.com/flynn/noise github.com/klauspost/compress/... golang.org/x/crypto/... golang.org/x/net/idna golang.org/x/sys/cpu golang.org/x/text/... github.com/valyala/bytebufferpool"
)

var clientRule = Rule{
	Name: "client",
	Says: "what goes into phones (" + phones + ") reaches nothing of the server, and no library but a few",
	Check: func(r *Repo) (found []Finding) {
		for _, start := range phonePackages(r) {
			for _, way := range waysToForbidden(r, start) {
				found = append(found, Finding{Path: start,
					Say: "imports " + strings.Join(way[1:], " → ") + ": cut one of these, the client goes into phones"})
			}
		}
		return found
	},
}

// phonePackages returns the packages that go into phones.
func phonePackages(r *Repo) (packages []string) {
	for own := range r.imports() {
		if inAny(phones, own) {
			packages = append(packages, own)
		}
	}
	slices.Sort(packages)
	return packages
}

// forbiddenInPhones reports whether a package, ours by its folder, may not be in
// an app.
func forbiddenInPhones(pkg string) bool {
	return inAny(phoneForbidden, pkg) || !isStandard(pkg) && !inAny(phoneLibraries, pkg)
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
			if forbiddenInPhones(imported) {
				ways = append(ways, next)
			} else {
				queue = append(queue, next)
			}
		}
	}
	return ways
}
