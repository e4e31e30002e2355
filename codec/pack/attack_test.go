package pack_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/godwit-im/godwit/bench/corpus"
)

// The attack: somebody who may send a victim messages, and sees the lengths of what goes to the victim, wants to know who of forty candidates are its eight contacts. He sends
// a message for each candidate that has its address in it, and guesses those for which it became shortest, compared with what he can compute without the victim.
const (
	candidates = 40
	contacts   = 8
	victims    = 60
)

// probes are the ways to put an address into a message.
var probes = map[string]func(address string) string{
	"body":  func(a string) string { return "<body>" + a + "</body>" },
	"reply": func(a string) string { return "<reply xmlns='urn:xmpp:reply:0' to='" + a + "' id='1'/>" },
	"forward": func(a string) string {
		return "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='" + a + "' to='victim@example.org'><body>x</body></message></forwarded>"
	},
	"carbon": func(a string) string {
		return "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='" + a + "' to='victim@example.org'><body>x</body></message></forwarded></sent>"
	},
	"stanza-id": func(a string) string { return "<stanza-id xmlns='urn:xmpp:sid:0' by='" + a + "' id='1'/>" },
	"thread":    func(a string) string { return "<thread>" + a + "</thread>" },
	"unknown": func(a string) string {
		return "<x xmlns='attack' jid='" + a + "' id='" + a + "' from='" + a + "' to='" + a + "'/>"
	},
}

// traffic is what a victim has said with its contacts.
func traffic(r *rand.Rand, all []string) (stanzas []corpus.Stanza) {
	add := func(up bool, format string, args ...any) {
		stanzas = append(stanzas, corpus.Stanza{Up: up, XML: fmt.Appendf(nil, format, args...)})
	}
	for range 60 {
		c := all[r.IntN(len(all))]
		add(false, "<presence from='%s/phone' to='victim@example.org/x'><show>away</show></presence>", c)
		add(false, "<message from='%s/phone' to='victim@example.org/x' type='chat' id='%x'><body>hello %s</body></message>", c, r.Uint32(), c)
		add(true, "<message to='%s/phone' type='chat' id='%x'><body>hello</body></message>", c, r.Uint32())
	}
	return stanzas
}

// probe is the message of the attacker.
func probe(put func(string) string, address string) corpus.Stanza {
	return corpus.Stanza{XML: []byte("<message from='attacker@example.org/a' to='victim@example.org/x' type='chat' id='p'>" + put(address) + "</message>")}
}

// hits carries the attack out and returns how many of the guesses are right: length sends a stanza to the victim, and innocent to one without contacts, and return what is seen.
func hits(r *rand.Rand, put func(string) string, all []string, known map[string]bool, length, innocent func(corpus.Stanza) int) (n int) {
	gain := make(map[string]int)
	for _, a := range r.Perm(len(all)) {
		z := probe(put, all[a])
		gain[all[a]] = innocent(z) - length(z)
	}
	guesses := slices.Clone(all)
	r.Shuffle(len(guesses), func(i, j int) { guesses[i], guesses[j] = guesses[j], guesses[i] })
	slices.SortStableFunc(guesses, func(a, b string) int { return gain[b] - gain[a] })
	for _, g := range guesses[:contacts] {
		if known[g] {
			n++
		}
	}
	return n
}

// people returns candidates, and which of them are contacts.
func people(r *rand.Rand) (all []string, known map[string]bool, friends []string) {
	known = make(map[string]bool)
	for i := range candidates {
		all = append(all, fmt.Sprintf("%c%c%c%c%d@example.%s", 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), i, []string{"org", "net", "com"}[r.IntN(3)]))
	}
	for _, i := range r.Perm(candidates)[:contacts] {
		known[all[i]] = true
		friends = append(friends, all[i])
	}
	return all, known, friends
}

// Lengths tell nobody who the contacts of a victim are: guesses are as good as chance, with one right in five.
func TestContactsDoNotShowInLengths(t *testing.T) {
	chance := float64(contacts) * contacts / candidates
	for name, put := range probes {
		sum := 0
		for v := range uint64(victims) {
			r := rand.New(rand.NewPCG(v, 8))
			all, known, friends := people(r)
			victim, other := newRoad(), newRoad()
			for _, i := range itemsOf(t, traffic(r, friends)) {
				victim.send(t, i.up, []item{i})
			}
			measure := func(road *road) func(corpus.Stanza) int {
				prime := itemsOf(t, []corpus.Stanza{probe(put, "somebody@example.org"), probe(put, "somebody@example.org")})
				for _, i := range prime[2:] {
					road.send(t, false, []item{i})
				}
				return func(z corpus.Stanza) int {
					i := itemsOf(t, []corpus.Stanza{z})[2]
					road.send(t, false, []item{i})
					return len(road.frame)
				}
			}
			sum += hits(r, put, all, known, measure(victim), measure(other))
		}
		if mean := float64(sum) / victims; mean > chance+0.5 { // four standard deviations: 1.02 × 4 / √60
			t.Errorf("%s: %.2f of %d contacts found, %.2f are chance", name, mean, contacts, chance)
		}
	}
}

// The attack works where it can: against a stream that is compressed by what was said before.
func TestContactsShowInZlib(t *testing.T) {
	sum := 0
	for v := range uint64(victims) {
		r := rand.New(rand.NewPCG(v, 8))
		all, known, friends := people(r)
		measure := func(before []corpus.Stanza) func(corpus.Stanza) int {
			var out bytes.Buffer
			w := zlib.NewWriter(&out)
			send := func(z corpus.Stanza) int {
				at := out.Len()
				w.Write(z.XML)
				w.Flush()
				return out.Len() - at
			}
			for _, z := range before {
				send(z)
			}
			return send
		}
		sum += hits(r, probes["body"], all, known, measure(traffic(r, friends)), measure(nil))
	}
	if mean := float64(sum) / victims; mean < 3 {
		t.Errorf("%.2f of %d contacts found: the attack of this test is too weak", mean, contacts)
	}
}
