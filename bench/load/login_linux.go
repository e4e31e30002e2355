package load

// startLogins lets all sessions log in, so many at once.
func (l *loop) startLogins(parallel int) {
	l.waiting = append(l.waiting[:0], l.sessions...)
	for range parallel {
		l.nextLogin()
	}
}

// nextLogin lets one more session log in, if there is one.
func (l *loop) nextLogin() {
	if len(l.waiting) == 0 || l.err != nil {
		return
	}
	s := l.waiting[0]
	l.waiting = l.waiting[1:]
	if err := s.connect(); err != nil {
		l.fail(err)
	}
}

// became is called when a session has logged in.
func (l *loop) became(s *session) {
	record(l.took, l.now-s.since)
	l.online.Add(1)
	l.nextLogin()
}

// leave lets all sessions close their streams.
func (l *loop) leave() {
	l.chat = nil
	for _, s := range l.sessions {
		s.leave()
	}
}
