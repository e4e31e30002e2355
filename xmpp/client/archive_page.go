package client

import (
	"context"
	"strconv"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/xmpp/jid"
)

// Query asks for a page of the account's archive (XEP-0313 §4): what follows After, or the last of what is before Before or, with Newest, of all.
type Query struct {
	With   jid.JID // of the chat with somebody only; zero: of all
	Before string  // an archive id
	After  string  // an archive id; without any of the three it is the oldest page
	Newest bool
	Max    int // how many messages at most; 0 means 50
}

// Page is a part of the archive, the oldest message first.
type Page struct {
	Messages    []*Stanza // for Conn.Mail
	First, Last string    // archive ids to go on before and behind, "" for an empty page
	Complete    bool      // there is nothing more in the direction that was asked for
}

// ArchivePage reads a page of the account's archive. Its messages do not come through Recv.
func (c *Conn) ArchivePage(ctx context.Context, q Query) (*Page, error) {
	var queryID string
	page := new(Page)
	orDefault(&q.Max, archivePage)
	c.mu.Lock()
	queryID = c.m.NewID()
	if c.m.archive == nil {
		c.m.archive = new(archive)
	}
	if c.m.archive.pages == nil {
		c.m.archive.pages = make(map[string]func(codec.Element))
	}
	c.m.archive.pages[queryID] = func(e codec.Element) { page.Messages = append(page.Messages, newStanza(e)) }
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.m.archive.pages, queryID)
		c.mu.Unlock()
	}()
	answer, err := c.IQ(ctx, func(b *codec.Builder) {
		q.build(b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set"), queryID)
	})
	if err != nil {
		return nil, err
	}
	page.First, page.Last, page.Complete = readFin(answer.Element())
	return page, nil
}

// build builds the query in an IQ, and ends that.
func (q *Query) build(b *codec.Builder, queryID string) codec.Element {
	b.Start(atom.NSMAM, atom.Query).Attr(atom.Queryid, queryID)
	if !q.With.IsZero() {
		b.Start(atom.NSData, atom.X).Attr(atom.Type, "submit")
		for _, field := range [...][2]string{{"FORM_TYPE", atom.NSMAM.String()}, {"with", q.With.String()}} {
			b.Start(atom.NSData, atom.Field).Attr(atom.Var, field[0]).Start(atom.NSData, atom.Value).Text(field[1]).End().End()
		}
		b.End()
	}
	b.Start(atom.NSRSM, atom.Set).Start(atom.NSRSM, atom.Max).Text(strconv.Itoa(q.Max)).End()
	switch {
	case q.Newest || q.Before != "":
		if b.StartNS(atom.NSRSM.String(), "before"); q.Before != "" {
			b.Text(q.Before)
		}
		b.End()
	case q.After != "":
		b.Start(atom.NSRSM, atom.After).Text(q.After).End()
	}
	return b.End().End().End().Element()
}

// readFin reads the answer to a query (XEP-0313 §4.2).
func readFin(iq codec.Element) (first, last string, complete bool) {
	fin := iq.Child(atom.NSMAM, atom.Fin)
	set := fin.Child(atom.NSRSM, atom.Set)
	return string(set.Child(atom.NSRSM, atom.First).Text()), string(set.Child(atom.NSRSM, atom.Last).Text()), isTrue(fin.Attr(atom.Complete))
}

// collected gives a message to the page that it is for, and reports whether there is one.
func (m *Machine) collected(e codec.Element) bool {
	if m.archive == nil || len(m.archive.pages) == 0 {
		return false
	}
	_, result := m.ArchiveID(e)
	collect := m.archive.pages[string(result.Attr(atom.Queryid))]
	if result.IsZero() || collect == nil {
		return false
	}
	collect(e)
	return true
}

// ArchiveID returns the id that the account's archive has for a message, "" when it is not archived, and the <result/> that it is in when it comes from there.
// Only the server can say so: what others have written into a message does not count (XEP-0359 §5, XEP-0313 §4.2).
func (m *Machine) ArchiveID(e codec.Element) (id string, result codec.Element) {
	if result = e.Child(atom.NSMAM, atom.Result); !result.IsZero() && m.fromAccount(e) {
		return string(result.Attr(atom.ID)), result
	}
	inner, _ := m.carbonIn(e)
	if inner.IsZero() {
		inner = e
	}
	for c := range inner.Children() {
		if c.Is(atom.NSStanzaID, atom.StanzaID) && m.cfg.JID.EqualBytes(c.Attr(atom.By)) {
			return string(c.Attr(atom.ID)), codec.Element{}
		}
	}
	return "", codec.Element{}
}

// fromAccount reports whether a stanza is the account's own server's.
func (m *Machine) fromAccount(e codec.Element) bool {
	from := e.Attr(atom.From)
	return from == nil || m.cfg.JID.EqualBytes(from)
}

// carbonIn returns the message that e is a copy of (XEP-0280 §7, §8), and its delay; zero when e is none, or one that somebody else has made up (§11).
func (m *Machine) carbonIn(e codec.Element) (inner, delay codec.Element) {
	if !m.fromAccount(e) {
		return inner, delay
	}
	for _, name := range [...]atom.Atom{atom.Sent, atom.Received} {
		if c := e.Child(atom.NSCarbons, name); !c.IsZero() {
			return forwarded(c)
		}
	}
	return inner, delay
}

// forwarded reads XEP-0297.
func forwarded(e codec.Element) (inner, delay codec.Element) {
	f := e.Child(atom.NSForward, atom.Forwarded)
	return f.Child(atom.NSClient, atom.Message), f.Child(atom.NSDelay, atom.Delay)
}

// Mail is a message as it was sent, however it came.
type Mail struct {
	Element  codec.Element // valid as long as the Stanza
	ID       string        // in the account's archive, "" when it is not there
	Time     time.Time     // when it was sent, or the archive got it; zero when nobody says
	Archived bool          // it comes from the archive
	Copy     bool          // it is the copy of what came to another device, or one has sent
}

// Mail reads a message: one that came through Recv, live or out of the archive (Config.Archive), or one of a Page.
func (c *Conn) Mail(s *Stanza) (mail Mail) {
	e := s.Element()
	id, result := c.m.ArchiveID(e)
	mail = Mail{Element: e, ID: id, Archived: !result.IsZero()}
	delay := codec.Element{}
	if mail.Archived {
		mail.Element, delay = forwarded(result)
	} else if inner, d := c.m.carbonIn(e); !inner.IsZero() {
		mail.Element, delay, mail.Copy = inner, d, true
	}
	if inside := mail.Element.Child(atom.NSDelay, atom.Delay); !inside.IsZero() {
		delay = inside // the time when it was sent
	}
	mail.Time, _ = time.Parse(time.RFC3339, string(delay.Attr(atom.Stamp)))
	return mail
}

// Place returns up to where Recv has returned the account's archive, for Config.Archive of the next login, and that with which
// Conn.Resumption belongs together. nil without Config.Archive.
func (c *Conn) Place() *Place {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m.cfg.Archive == nil {
		return nil
	}
	a := c.m.archive
	p := &Place{ID: a.place, Empty: a.empty && a.place == "", Behind: a.behind}
	for _, i := range c.queue.items[c.queue.head:] {
		p.Behind = p.Behind || i.result
	}
	return p
}
