package load

// group is some of the sessions: those of which it says so.
type group func(s *session) bool

func everybody(*session) bool { return true }

// startLogins lets sessions log in, so many at once, and returns how many there are. Those that have connections lose them before, all of them: the times of their logins
// begin here.
func (l *loop) startLogins(who group, parallel int) int {
	l.arrived.Store(0)
	l.waiting = l.members(l.waiting[:0], who)
	all := len(l.waiting)
	for _, s := range l.waiting {
		s.isBack = s.fd >= 0
		s.since = l.now
		s.cut()
	}
	for range parallel {
		l.nextLogin()
	}
	return all
}

func (l *loop) members(dst []*session, who group) []*session {
	for _, s := range l.sessions {
		if who(s) {
			dst = append(dst, s)
		}
	}
	return dst
}

// nextLogin lets one more session log in, if there is one.
func (l *loop) nextLogin() {
	if len(l.waiting) == 0 || l.err != nil {
		return
	}
	s := l.waiting[0]
	l.waiting = l.waiting[1:]
	if !s.isBack {
		s.since = l.now
	}
	if err := s.connect(); err != nil {
		l.fail(err)
	}
}

// became is called when a session has logged in.
func (l *loop) became(s *session) {
	record(l.took, l.now-s.since)
	l.arrived.Add(1)
	l.nextLogin()
}

// appear lets all sessions that were held send their presence.
func (l *loop) appear() {
	for _, s := range l.sessions {
		if s.state == quiet {
			s.since = l.now
			s.speak(s.appear)
		}
	}
}

// leave lets sessions close their streams.
func (l *loop) leave(who group) {
	for _, s := range l.members(nil, who) {
		s.leave()
	}
}

// connected returns how many sessions have a connection.
func (l *loop) connected(who group) (n int64) {
	for _, s := range l.members(nil, who) {
		if s.fd >= 0 {
			n++
		}
	}
	return n
}
