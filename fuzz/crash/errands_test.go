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
}

// wants chooses them. Of two clients one wants copies.
func (a *actor) wants(resumed bool) (w wants) {
	w.copies = !resumed && a.client[len(a.client)-1] == 'b'
	if a.rng.IntN(4) == 0 {
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
	if w.page > 0 {
		conn.IQ(ctx, func(b *codec.Builder) {
			b.Start(atom.NSClient, atom.IQ).Attr(atom.Type, "set").Start(atom.NSMAM, atom.Query).Start(atom.NSRSM, atom.Set)
			b.Start(atom.NSRSM, atom.Max).Text(fmt.Sprint(w.page)).End().StartNS(atom.NSRSM.String(), "before").End().End().End()
		})
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
