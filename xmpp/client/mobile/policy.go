package mobile

// Times of policy, in ms.
const (
	second = 1000
	minute = 60 * second

	firstBeat   = 270 * second // how long a connection may be silent on a network that nothing is known of
	longestBeat = 28 * minute
	beatUp      = minute // more after beatsUp answers in a row
	beatsUp     = 3
	beatDown    = 80 * second // less after beatsDown failures in a row
	beatsDown   = 2
	shortest    = minute

	answerTime = 30 * second // that an answer may take,
	quickly    = 10 * second // while somebody looks at the app; also the silence after which it is asked when somebody begins to

	firstPause   = second // before a login is tried again
	longestPause = 5 * minute
	frontPause   = 30 * second // the longest while somebody looks at the app
	steady       = 30 * second // a connection that has lasted so long was a good one

	maxNetworks = 64 // that heartbeats are remembered of
)

// beat is the heartbeat on a network: it grows towards the silence after which the network forgets a connection.
type beat struct {
	every            int64 // ms of silence
	answered, failed int   // in a row
}

func (b *beat) succeeds() {
	b.failed = 0
	if b.answered++; b.answered == beatsUp {
		b.answered, b.every = 0, min(b.every+beatUp, longestBeat)
	}
}

func (b *beat) fails() {
	b.answered = 0
	if b.failed++; b.failed == beatsDown {
		b.failed, b.every = 0, max(b.every-beatDown, shortest)
	}
}

// action is what policy wants done.
type action uint8

const (
	nothing action = iota
	connect        // log in: ends with online or failed
	ask            // ask the server something: answered
	drop           // cut the connection: lost
)

// policy decides when to log in, when to see whether the connection still lives, and when to give it up. It is pure: times are those of one clock, in ms, and never
// go back.
type policy struct {
	wanted  bool // there is to be a connection
	front   bool // somebody looks at the app
	away    bool // there is no network
	network string
	beats   map[string]*beat

	state   int   // Offline, Connecting or Online
	at      int64 // Offline: when to try
	tries   int   // … that have failed in a row
	since   int64 // Online: from when
	heard   int64 // … when something came last
	asked   int64 // … when it was asked what has no answer, 0: there is nothing
	beating bool  // … because of the silence
	dropped bool  // … it is to be given up
	random  func(n int64) int64
}

// tick returns what to do, and when to be called again if nothing happens before: 0 for never. It is called again after what it asked for was begun.
func (p *policy) tick(now int64) (do action, next int64) {
	switch {
	case p.state == Offline && (!p.wanted || p.away):
	case p.state == Offline && now >= p.at:
		p.state = Connecting
		return connect, 0
	case p.state == Offline:
		return nothing, p.at
	case p.state == Online:
		return p.watch(now)
	}
	return nothing, 0
}

// watch is tick for a connection.
func (p *policy) watch(now int64) (do action, next int64) {
	due := p.heard + p.beat().every
	if p.asked != 0 {
		due = p.asked + p.patience()
	}
	switch {
	case p.dropped:
		return nothing, 0 // it was said
	case now < due:
		return nothing, due
	case p.asked != 0:
		p.dropped = true
		return drop, 0
	}
	p.asks(now, true)
	return ask, now + p.patience()
}

func (p *policy) asks(now int64, beating bool) { p.asked, p.beating = max(now, 1), beating }

func (p *policy) patience() int64 {
	if p.front {
		return quickly
	}
	return answerTime
}

// beat returns that of the network.
func (p *policy) beat() *beat {
	b := p.beats[p.network]
	if b == nil {
		if p.beats == nil || len(p.beats) >= maxNetworks {
			p.beats = make(map[string]*beat)
		}
		b = &beat{every: firstBeat}
		p.beats[p.network] = b
	}
	return b
}

// learnt returns how many ms a connection may be silent on each network of which that is known.
func (p *policy) learnt() map[string]int64 {
	every := make(map[string]int64)
	for network, b := range p.beats {
		if b.every != firstBeat {
			every[network] = b.every
		}
	}
	return every
}

// recall takes what was learnt before.
func (p *policy) recall(learnt map[string]int64) {
	p.beats = make(map[string]*beat)
	for network, every := range learnt {
		if len(p.beats) < maxNetworks {
			p.beats[network] = &beat{every: min(max(every, shortest), longestBeat)}
		}
	}
}

// want says whether there is to be a connection.
func (p *policy) want(now int64, yes bool) {
	if p.wanted = yes; yes {
		p.soon(now)
	}
}

// soon forgets what has failed.
func (p *policy) soon(now int64) { p.at, p.tries = now, 0 }

// begins is a login that somebody else has begun.
func (p *policy) begins() { p.state = Connecting }

// online is the success of a login.
func (p *policy) online(now int64) {
	p.state, p.since, p.heard = Online, now, now
	p.asked, p.dropped = 0, false
}

// hears is anything that came from the server.
func (p *policy) hears(now int64) { p.heard = now }

// answered is the answer to ask.
func (p *policy) answered(now int64) {
	p.hears(now)
	if p.asked != 0 && p.beating {
		p.beat().succeeds()
	}
	p.asked = 0
}

// failed is a login that failed; fatal: the next one would, too.
func (p *policy) failed(now int64, fatal bool) {
	p.state = Offline
	p.wanted = p.wanted && !fatal
	longest := int64(longestPause)
	if p.front {
		longest = frontPause
	}
	pause := min(int64(firstPause)<<min(p.tries, 30), longest)
	p.tries++
	p.at = now + pause/2 + p.random(pause/2+1) // not all clients of a server at once
}

// lost is the end of a connection.
func (p *policy) lost(now int64, fatal bool) {
	if p.asked != 0 && p.beating {
		p.beat().fails()
	}
	if now-p.since < steady {
		p.failed(now, fatal)
		return
	}
	p.state = Offline
	p.wanted = p.wanted && !fatal
	p.soon(now)
}

// changes is another network, "" for none. A connection does not survive that: what it is worth is seen later than a new one is made.
func (p *policy) changes(now int64, network string) (do action) {
	if p.away = network == ""; p.away || network == p.network {
		return nothing
	}
	p.network = network
	p.soon(now)
	if p.state != Online || p.dropped {
		return nothing
	}
	p.asked, p.dropped, p.since = 0, true, now-steady // the network before is not to blame
	return drop
}

// looks is somebody who begins to look at the app, or ceases to.
func (p *policy) looks(now int64, yes bool) (do action) {
	p.front = yes
	switch {
	case !yes:
	case p.state == Offline:
		p.soon(now)
	case p.state == Online && p.asked == 0 && now-p.heard >= quickly:
		p.asks(now, false)
		return ask
	}
	return nothing
}
