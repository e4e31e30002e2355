package c2s

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/stream"
)

// Watches are who watches what sessions say and are told. All listeners share one. The zero value is ready; any goroutine may use it. As long as nobody
// watches, a Step looks at one word of memory.
type Watches struct {
	now atomic.Pointer[[]*watch] // nil: nobody
	mu  sync.Mutex               // of who changes now
}

// watch is one who watches.
type watch struct {
	who  jid.JID // an account, or a session
	show func(Shown)
}

// Shown is an element that a session was sent by its client, or has sent to it.
type Shown struct {
	Time    time.Time
	Session jid.JID
	Out     bool   // to the client
	XML     string // as it is, but for secrets; it may have line breaks. An end of the stream is "</stream:stream>"
}

// Add has show called for all elements of the sessions of an account, or of one session, by who is bare or not, until end is called. What was said before the session was bound
// is not shown: no login is. show is called by the goroutines of the sessions, in the order of each, and must not wait.
func (ws *Watches) Add(who jid.JID, show func(Shown)) (end func()) {
	w := &watch{who, show}
	ws.change(func(all []*watch) []*watch { return append(all, w) })
	return func() {
		ws.change(func(all []*watch) []*watch {
			return slices.DeleteFunc(all, func(other *watch) bool { return other == w })
		})
	}
}

func (ws *Watches) change(f func([]*watch) []*watch) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	var all []*watch
	if now := ws.now.Load(); now != nil {
		all = slices.Clone(*now)
	}
	if all = f(all); len(all) == 0 {
		ws.now.Store(nil)
		return
	}
	ws.now.Store(&all)
}

// Len returns how many watch.
func (ws *Watches) Len() int {
	if now := ws.now.Load(); now != nil {
		return len(*now)
	}
	return 0
}

// tap shows what a Step of a watched session takes and sends. It stands in the place of the Step's encoder.
type tap struct {
	codec.Encoder
	session *Session
	now     time.Time
	all     []*watch
	watches []*watch      // of these, those that are of this session
	bound   bool          // the session is, or was: watches is known
	frame   codec.Scratch // for the frames of others
}

// tap begins to show a Step, if somebody watches the session, or may when the Step has bound it; otherwise it is nil.
func (s *Session) tap(in *stream.Input, out *stream.Output) *tap {
	if ws := s.srv.Watches; ws != nil {
		if all := ws.now.Load(); all != nil {
			return s.watched(*all, in, out)
		}
	}
	return nil
}

func (s *Session) watched(all []*watch, in *stream.Input, out *stream.Output) *tap {
	t := &tap{Encoder: out.Encoder, session: s, now: in.Now, all: all}
	if t.begin() && t.watches == nil {
		return nil
	}
	switch in.Kind {
	case stream.Element:
		t.show(in.Element, false)
	case stream.Footer:
		t.text("</stream:stream>", false)
	}
	out.Encoder = t
	return t
}

// begin reports whether the session is bound, or was when it was asked first, and knows then who watches it.
func (t *tap) begin() bool {
	if t.bound || t.session.state != bound {
		return t.bound
	}
	t.bound = true
	me := t.session.me.JID
	bare := me.Bare()
	for _, w := range t.all {
		if w.who == me || w.who == bare {
			t.watches = append(t.watches, w)
		}
	}
	return true
}

// end ends what Session.tap has begun. It may be called on nil.
func (t *tap) end(out *stream.Output) {
	if t != nil {
		out.Encoder = t.Encoder
	}
}

// AppendElement implements codec.Encoder.
func (t *tap) AppendElement(dst []byte, e codec.Element) []byte {
	t.show(e, true)
	return t.Encoder.AppendElement(dst, e)
}

// AppendFrame implements codec.Encoder.
func (t *tap) AppendFrame(dst []byte, f *codec.Frame) []byte {
	if t.begin() && t.watches != nil {
		if e, err := t.session.host.Router.Open(f, &t.frame); err == nil {
			t.show(e, true)
		}
	}
	return t.Encoder.AppendFrame(dst, f)
}

// AppendClose implements codec.Encoder.
func (t *tap) AppendClose(dst []byte) []byte {
	t.text("</stream:stream>", true)
	return t.Encoder.AppendClose(dst)
}

func (t *tap) show(e codec.Element, out bool) {
	if t.begin() && t.watches != nil {
		xml := t.session.host.Router.Encoders[codec.XML]
		t.text(string(xml.AppendElement(nil, discreet(e))), out)
	}
}

func (t *tap) text(xml string, out bool) {
	if !t.begin() {
		return
	}
	for _, w := range t.watches {
		w.show(Shown{t.now, t.session.me.JID, out, xml})
	}
}

// hidden stands for what is not shown.
const hidden = "…"

// discreet returns e without its secrets: what is of SASL, in whatever state it comes, the passwords of XEP-0077 and XEP-0078, what lets somebody push (XEP-0357), and what ids on
// the link are derived from.
func discreet(e codec.Element) codec.Element {
	var b codec.Builder
	if secret(e) {
		return hide(&b, e).Element()
	}
	if !slices.ContainsFunc(slices.Collect(e.Children()), secret) {
		return e
	}
	b.Start(e.NS(), e.Name())
	for _, name := range []atom.Atom{atom.Type, atom.ID, atom.From, atom.To} {
		b.AttrBytes(name, e.Attr(name))
	}
	for c := range e.Children() {
		if secret(c) {
			hide(&b, c)
		} else {
			b.Copy(c)
		}
	}
	return b.Element()
}

func hide(b *codec.Builder, e codec.Element) *codec.Builder {
	return b.StartNS(string(e.Namespace()), string(e.LocalName())).Text(hidden).End()
}

func secret(e codec.Element) bool {
	switch string(e.Namespace()) {
	case atom.NSSASL.String(), atom.NSSASL2.String(), atom.NSFAST.String(), atom.NSRegister.String(), atom.NSPush.String(), "jabber:iq:auth":
		return true
	case nsLink:
		return string(e.LocalName()) == "ids"
	}
	return false
}
