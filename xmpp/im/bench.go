package im

import (
	"bytes"
	"hash/maphash"
	"math/bits"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
	"github.com/godwit-im/godwit/xmpp/stanza"
)

// bench is room to work on stanzas: one at a time is open, one at a time is built. It belongs to one goroutine until put away.
type bench struct {
	im      *IM
	tree    codec.Tree
	builder codec.Builder
	buf     []byte
}

func (im *IM) bench() *bench {
	if b, ok := im.benches.Get().(*bench); ok {
		return b
	}
	return &bench{im: im}
}

// putAway gives b back. The elements that it holds are void.
func (b *bench) putAway() {
	b.tree.Reset(nil)
	b.builder.Reset()
	b.im.benches.Put(b)
}

// open returns the stanza that was kept, as an element that may be changed. It is valid until the next open.
func (b *bench) open(kept []byte) (codec.Element, error) {
	if err := b.im.opts.Parse(kept, &b.tree); err != nil {
		return codec.Element{}, err
	}
	return b.tree.Root(), nil
}

// build returns an empty builder.
func (b *bench) build() *codec.Builder {
	b.builder.Reset()
	return &b.builder
}

// presence starts a presence that the server says for somebody. An empty type is available.
func (b *bench) presence(from, to jid.JID, kind string, id []byte) *codec.Builder {
	p := b.build().Start(atom.NSClient, atom.Presence).AttrBytes(atom.ID, id)
	p.Attr(atom.From, from.String()).Attr(atom.To, to.String())
	if kind != "" {
		p.Attr(atom.Type, kind)
	}
	return p
}

// keep returns e in the archive's coding, in memory of its own of exactly that size.
func (b *bench) keep(e codec.Element) []byte {
	b.buf, _ = b.im.router.Encoders[codec.Compact].AppendSplit(b.buf[:0], e)
	return bytes.Clone(b.buf)
}

// post sends e to each of the targets, encoded once for each encoding that they use.
func (im *IM) post(e codec.Element, targets []router.Target) (n int) {
	if len(targets) == 0 {
		return 0
	}
	f := codec.NewFrame()
	defer f.Release()
	f.Passing, f.Owed, f.Key = passing(e), owed(e), im.waits(e)
	for _, t := range targets {
		if !f.Has(t.Encoding) {
			f.Encode(im.router.Encoders[t.Encoding], e)
		}
	}
	return router.Post(targets, f)
}

// waits returns the key of a stanza that may wait for a client that nobody looks at (XEP-0352 §3.2): an available or unavailable presence, or a
// message that is only a chat state. They have one key for each sender, chat states for each
// conversation of one; 0 is for what may not wait.
func (im *IM) waits(e codec.Element) uint64 {
	kind, ok := stanza.Type(e)
	switch e.Name() {
	case atom.Presence:
		if ok && (kind == atom.Unknown || kind == atom.Unavailable) {
			return maphash.Bytes(im.seed, e.Attr(atom.From)) | 1
		}
	case atom.Message:
		if kind != atom.Error && onlyState(e) {
			return (maphash.Bytes(im.seed, e.Attr(atom.From)) ^ bits.RotateLeft64(maphash.Bytes(im.seed, e.Attr(atom.To)), 1)) &^ 1
		}
	}
	return 0
}

// onlyState reports whether a message says nothing but a chat state (XEP-0085).
func onlyState(e codec.Element) (state bool) {
	for c := e.First(); !c.IsZero(); c = c.Next() {
		switch {
		case c.NS() == atom.NSChatStates:
			state = true
		case c.NS() == atom.NSHints, c.NS() == atom.NSStanzaID, c.Is(atom.NSClient, atom.Thread):
		default:
			return false
		}
	}
	return state
}

// passing reports whether a stanza that is not archived may be dropped for a receiver that reads slowly: a headline, or a message without
// a body, a chat state say. Errors may not, whatever is in them: they are the answers to messages, and nobody sends them again (XEP-0198 §4).
func passing(e codec.Element) bool {
	if e.Name() != atom.Message {
		return false
	}
	kind, _ := stanza.Type(e)
	return kind == atom.Headline || kind != atom.Error && e.Child(atom.NSClient, atom.Body).IsZero()
}
