package crash

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/fuzz/history"
	"github.com/godwit-im/godwit/xmpp/client"
)

// wants are the requests that an actor makes on a connection.
type wants struct {
	copies bool // of what the account's other client sends (XEP-0280)
	page   int  // so many of the last messages (XEP-0313), 0: none
	fetch  bool // all that the client has missed
}

// wants chooses them. Of two clients one wants copies.
func (a *actor) wants(resumed bool) (w wants) {
	w.copies = !resumed && a.client[len(a.client)-1] == 'b'
	w.fetch = a.fetches && !a.complete.Load()
	if a.rng.IntN(4) == 0 && !a.fetches {
		w.page = 1 + a.rng.IntN(60)
	}
	return w
}

// ask makes the requests. What comes of them receive notes.
func (a *actor) ask(ctx context.Context, conn *client.Conn, w wants) {
	if w.copies {
		conn.IQ(ctx, func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set").Start(atom.NSCarbons, atom.Enable).End()
		})
	}
	switch {
	case w.fetch:
		a.fetch(ctx, conn)
	case w.page > 0:
		query(ctx, conn, w.page, "before", "")
	}
}

// query asks for a page of the archive, see XEP-0059, and returns the answer.
func query(ctx context.Context, conn *client.Conn, n int, where, id string) (fin codec.Element, err error) {
	answer, err := conn.IQ(ctx, func(b *codec.Builder) {
		b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set").Start(atom.NSMAM, atom.Query).Start(atom.NSRSM, atom.Set)
		b.Start(atom.NSRSM, atom.Max).Text(fmt.Sprint(n)).End()
		if where != "" {
			b.StartNS(atom.NSRSM.String(), where).Text(id).End()
		}
		b.End().End()
	})
	if err != nil {
		return fin, err
	}
	return answer.Element().First(), nil
}

// fetch fetches what the client has missed before its stream began: Bind 2 leaves it to that.
func (a *actor) fetch(ctx context.Context, conn *client.Conn) {
	for after := a.fetched.Load(); ; {
		where, id := "", ""
		if after > 0 {
			where, id = "after", string(a.ids.Append(nil, after))
		}
		fin, err := query(ctx, conn, 50, where, id)
		if err != nil {
			return // it begins anew on the next connection
		}
		if string(fin.Attr(atom.Complete)) == "true" {
			a.complete.Store(true)
			return
		}
		for e := range fin.Child(atom.NSRSM, atom.Set).Children() {
			if string(e.LocalName()) == "last" {
				after = a.ids.Parse(e.Text())
			}
		}
	}
}

// linger closes a connection, late when another one has resumed its stream: until then it goes on to send. That is nobody's message: what the client has sent and not been
// acked it sends again on the other one.
func (a *actor) linger(ctx context.Context, old *client.Conn, words int, resumed bool) {
	defer old.Abort()
	_, mine, _ := strings.Cut(a.client, "/")
	for range words {
		if !resumed || ctx.Err() != nil {
			return
		}
		a.late++
		name, to := a.client+"!", a.others[a.late%uint64(len(a.others))]
		a.history.Add(history.Event{Kind: history.Late, Client: name, To: to.Local(), N: a.late})
		if _, err := old.Message(ctx, to, body(name, a.late), client.ID(fmt.Sprint(mine, "!-", a.late))); err != nil {
			return
		}
		pause(ctx, time.Millisecond)
	}
}
