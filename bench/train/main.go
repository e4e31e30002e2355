package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/godwit-im/godwit/bench/corpus"
	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/archiveid"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/pack"
	"github.com/godwit-im/godwit/codec/xmltext"
)

func main() {
	out := flag.String("out", "codec/pack/model.bin", "the file to write")
	sessions := flag.Int("sessions", 300, "how many sessions, about")
	flag.Parse()
	b, err := train(*sessions)
	if err == nil {
		err = os.WriteFile(*out, b, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes\n", *out, len(b))
}

// item is one item of a session, without its length.
type item struct {
	up   bool
	b    []byte // the stored form
	item []byte // with its length
	kind string
	own  bool
	xml  int
}

// items returns the items of a session.
func items(s corpus.Session) []item {
	var all []item
	if s.Account != "" {
		k := secret.Key([]byte(s.Account))
		for _, up := range []bool{true, false} {
			all = append(all, header(up, domainOf(s)))
		}
		b := pack.AppendKey(nil, &k)
		all = append(all, item{false, b[1:], b, "key", true, 1})
		for _, room := range s.Rooms {
			k := secret.Key([]byte(room))
			b := pack.AppendRoomKey(nil, []byte(room), &k)
			all = append(all, item{false, b[1:], b, "key", true, 1})
		}
	}
	d := xmltext.NewDecoder(nil)
	scratch := new(codec.Scratch)
	head := []byte("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
	if _, _, err := d.Decode(head, scratch); err != nil {
		log.Fatal(err)
	}
	for _, z := range s.Stanzas {
		_, ev, err := d.Decode(z.XML, scratch)
		if err != nil || ev != codec.EventElement {
			log.Fatalf("%s: %v %v", z.XML, ev, err)
		}
		b, _ := compact.Encoder{}.AppendSplit(nil, scratch.Tree.Root())
		all = append(all, item{z.Up, b, compact.AppendStored(nil, b), z.Kind, z.Own, len(z.XML)})
	}
	return all
}

// ids makes those of streams.
var ids = rand.New(rand.NewPCG(1, 1))

// header returns the header of a stream, as it is in the first flight of a link and in the answer.
func header(up bool, domain string) item {
	var b codec.Builder
	b.Start(atom.NSStreams, atom.Stream)
	if !up {
		b.Attr(atom.ID, fmt.Sprintf("%016x", ids.Uint64())).Attr(atom.From, domain)
	}
	b.Attr(atom.Version, "1.0")
	if !up {
		b.Lang("en")
	}
	i := compact.Encoder{}.AppendOpen(nil, b.Element())
	return item{up, i[1:], i, "header", true, len(i)}
}

// secret is what the ids of archives are made with here.
var secret = archiveid.Secret([]byte("the secret of servers that train"))

func archiveID(account string, seq uint64) string {
	k := secret.Key([]byte(account))
	return string(k.Append(nil, seq))
}

// seeds are those of the sessions. What their users are called begins with none of the same numbers as in the sessions that are measured, of the seed 99, which are 2.
var seeds = []uint64{41, 52, 63, 74, 85, 96, 3, 36, 58, 8}

// domainOf returns the domain to which the user of a session connects.
func domainOf(s corpus.Session) string {
	_, domain, _ := strings.Cut(s.Account, "@")
	return domain
}

func train(n int) ([]byte, error) {
	t := pack.NewTrainer()
	var all [][]item
	var domains []string
	for _, seed := range seeds {
		for _, s := range corpus.Sessions(seed, n/len(seeds), 400, archiveID, nil) {
			all = append(all, items(s))
			domains = append(domains, domainOf(s))
		}
	}
	all, domains = append(all, examples()), append(domains, "example.org")
	for _, s := range all {
		for _, i := range s {
			t.See(i.b)
		}
	}
	t.Begin(3, t.Frequent(40))
	for i, s := range all {
		if err := run(t.Encoder, t.Decoder, s, domains[i], i%2 == 1, nil); err != nil {
			return nil, err
		}
	}
	return t.End(), nil
}

// examples returns the examples of the XEPs, one behind the other.
func examples() []item {
	var s corpus.Session
	c := corpus.Examples(1, 2_000_000)
	for i, x := range c.Stanzas() {
		s.Stanzas = append(s.Stanzas, corpus.Stanza{Kind: "example", Up: i%2 == 0, XML: x})
	}
	return items(s)
}

// run sends items over a link, each in a frame of its own or, shared, with those that follow it in the same direction, and says of each frame what became of it.
func run(encoder func() *pack.Encoder, decoder func() *pack.Decoder, all []item, domain string, shared bool, each func(item, int)) error {
	client, server := pack.NewSession(true, domain), pack.NewSession(false, domain)
	e, d := encoder(), decoder()
	var frame, got, want []byte
	for len(all) > 0 {
		from, to := server, client
		if all[0].up {
			from, to = client, server
		}
		e.Begin(frame[:0], from)
		first, n := all[0], 0
		want = want[:0]
		for n < len(all) && all[n].up == first.up && (n == 0 || shared) {
			want = append(want, all[n].item...)
			e.Item(all[n].item)
			n++
		}
		all = all[n:]
		frame = e.End()
		var err error
		if got, err = d.Decode(got[:0], frame, to, 1<<24); err != nil {
			return fmt.Errorf("%s %x: %w", first.kind, first.b, err)
		}
		if string(got) != string(want) {
			return fmt.Errorf("%s:\n%x became\n%x", first.kind, want, got)
		}
		if each != nil {
			each(first, len(frame))
		}
	}
	return nil
}
