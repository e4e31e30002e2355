package c2s

import (
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// TestStableResource: the same for the same account, agent and tag, another one for every other, and never the agent's id.
func TestStableResource(t *testing.T) {
	const phone, tablet = "d4565fa7-4d72-4749-b3d3-740edbf87770", "e4565fa7-4d72-4749-b3d3-740edbf87770"
	romeo, juliet := jid.MustParse("romeo@example.org"), jid.MustParse("juliet@example.org")
	seen := make(map[string]bool)
	for _, secret := range []string{"one", "two"} {
		for _, account := range []jid.JID{romeo, juliet} {
			for _, id := range []string{phone, tablet} {
				for _, tag := range []string{"", "Bird song", "Other", strings.Repeat("x", 1020), "a\nb"} {
					q := &request{agent: host.Agent{ID: id}, bind: &bind2{tag: tag}}
					full := stableResource([]byte(secret), account, q)
					if again := stableResource([]byte(secret), account, q); again != full {
						t.Errorf("%q at first, %q then", full, again)
					}
					if seen[full.Resource()] || full.Bare() != account || strings.Contains(full.String(), "4565fa7") {
						t.Errorf("%q", full)
					}
					seen[full.Resource()] = true
					if good := len(tag) > 0 && len(tag) < 1000 && tag != "a\nb"; good != strings.HasPrefix(full.Resource(), tag+"/") {
						t.Errorf("%q for the tag %.20q", full, tag)
					}
				}
			}
		}
	}
	a := stableResource([]byte("one"), romeo, &request{bind: new(bind2)})
	if b := stableResource([]byte("one"), romeo, &request{bind: new(bind2)}); a == b {
		t.Errorf("%q twice, without an agent", a)
	}
}
