package im

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/store"
	"github.com/godwit-im/godwit/xmpp/host"
	"github.com/godwit-im/godwit/xmpp/jid"
	"github.com/godwit-im/godwit/xmpp/router"
)

// Options configure an IM. Zero fields but Parse have good defaults.
type Options struct {
	// Parse reads an element in the archive's coding into t, which may refer to stored afterwards. It must accept
	// whatever the compact encoder wrote, of any size.
	Parse func(stored []byte, t *codec.Tree) error
	// Now is the clock of jobs, for the time of the last activity (XEP-0012). Nil: that time is not kept.
	Now func() time.Time

	PageSize       int // archive entries per page, 50
	PageBytes      int // a page ends with the entry that reaches so many bytes in the archive's coding, 65,536
	MaxRoster      int // contacts in a roster, 2,000
	MaxRequests    int // requests to subscribe, from others than contacts, that wait for an answer, 1,000
	MaxAsks        int // requests to subscribe of one account to another at once, 20; for long, half as many a minute
	MaxNameBytes   int // of a contact's name and of a group's, 1,023
	MaxGroups      int // groups of a contact, 100
	MaxItemBytes   int // of a contact's address, name and groups, and 64 more with 16 for each group, 4,096
	MaxRosterBytes int // of all contacts counted like that, 1,048,576; requests to subscribe from others have as much for themselves
	MaxPresence    int // bytes of a presence in the archive's coding, 16,384: sessions keep it in memory
	MaxScanEntries int // archive entries looked at for one page, 2,000; one counts once more for each 8 KiB
	MaxPushed      int // accounts and push services that pushes are remembered of, 100,000

	PushInterval time.Duration // how often at most an account is told that more waits for it (XEP-0357), while its clients take nothing, 30s
	PushSender   bool          // push services are told who has sent the last message
	PushBody     bool          // push services are told its text

	ArchiveDays  int // messages older than that are deleted from archives, 0: none; also those that nobody has fetched yet
	ArchiveBytes int // of an account's archive; the oldest messages that every device has had are deleted past it, 0: no bound

	// how long messages are kept past archive_bytes for a device, or a session that can be resumed, that does not fetch them; at least sessions.resume_max, 720h. A device
	// that has fetched nothing for longer, though there was something, counts no more until it comes again: what was deleted meanwhile it can tell by XEP-0313
	ArchiveHold time.Duration
}

func (o *Options) setDefaults() {
	for _, d := range []struct {
		v       *int
		instead int
	}{
		{&o.PageSize, 50}, {&o.PageBytes, 65_536}, {&o.MaxRoster, 2_000}, {&o.MaxRequests, 1_000}, {&o.MaxAsks, 20}, {&o.MaxNameBytes, 1_023}, {&o.MaxGroups, 100},
		{&o.MaxItemBytes, 4_096}, {&o.MaxRosterBytes, 1 << 20}, {&o.MaxPresence, 16_384}, {&o.MaxScanEntries, 2_000}, {&o.MaxPushed, 100_000},
	} {
		if *d.v == 0 {
			*d.v = d.instead
		}
	}
	if o.PushInterval == 0 {
		o.PushInterval = 30 * time.Second
	}
	if o.ArchiveHold == 0 {
		o.ArchiveHold = DefaultArchiveHold
	}
}

// IM implements host.IM. Its methods may be called as that interface says.
type IM struct {
	host   *host.Host
	router *router.Router
	store  *store.Store
	opts   Options

	benches  sync.Pool // *bench
	messages sync.Pool // *message
	moves    moves
	stamps   codec.Builder // the committer's
	body     []byte        // the committer's
	pushes   pushes
	asks     *host.Budgets[pair]

	seed         maphash.Seed
	locks        [slots]sync.Mutex    // by account, see lock
	rosterPushes [slots]atomic.Uint32 // by account, see pushesTo
}

// slots is how many locks and counts all accounts share.
const slots = 256

var _ host.IM = (*IM)(nil)

// New returns the IM of h, after it has become h.IM and has registered the roster and its features.
func New(h *host.Host, o Options) *IM {
	o.setDefaults()
	im := &IM{host: h, router: h.Router, store: h.Store, opts: o, seed: maphash.MakeSeed()}
	im.asks = host.NewBudgets[pair](float64(o.MaxAsks)/120, o.MaxAsks-1)
	im.moves.inFlight = make(map[*router.Session]*move)
	h.IM, h.Parse = im, o.Parse
	if h.Push == nil {
		h.Push = localPush{im}
	}
	h.HandleIQ(atom.Get, atom.NSRoster, atom.Query, im.rosterGet)
	h.HandleIQ(atom.Set, atom.NSRoster, atom.Query, im.rosterSet)
	h.Feature(host.Server, "jabber:iq:roster", "msgoffline") // XEP-0160 §4
	h.Feature(host.Both, "urn:xmpp:sid:0")                   // XEP-0359 §5
	return im
}

// lock locks the account of j for sending presence, and returns what unlocks it. Only jobs may call it, for one account at a time.
func (im *IM) lock(j jid.JID) (unlock func()) {
	mu := &im.locks[im.slot(j)]
	mu.Lock()
	return mu.Unlock
}

func (im *IM) slot(j jid.JID) uint64 { return maphash.String(im.seed, j.Bare().String()) % slots }

// flush waits until everything that was submitted before is committed, and thereby delivered. Only jobs may call it.
func (im *IM) flush() {
	if err := im.store.Do(context.Background(), func(*store.Tx) error { return nil }); err != nil {
		im.host.Log.Warn("waiting for the committer failed", "err", err)
	}
}

// job runs f in a job of the sender's session, after everything that it has sent before was delivered, and under the lock of its account. What f returns
// runs in a later Step; nil is nothing.
func (im *IM) job(s *host.Sender, f func() host.Continuation) {
	pending, account := s.Pending, s.Session.JID.Bare()
	s.Out.Do(func() any {
		if pending {
			im.flush()
		}
		defer im.lock(account)()
		if next := f(); next != nil {
			return next
		}
		return nil
	})
}

// local reports whether the account would be one of this host.
func (im *IM) local(j jid.JID) bool { return im.host.Serves(j) && j.Local() != "" }
