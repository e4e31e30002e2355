package server

import (
	"testing"
	"time"

	"github.com/godwit-im/godwit/cmd/godwit/config"
	"github.com/godwit-im/godwit/xmpp/im"
)

// TestArchivesAreHeldAsLongAsStreamsCanBeResumed: a shorter hold would take from a stream what it is still to get.
func TestArchivesAreHeldAsLongAsStreamsCanBeResumed(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct{ hold, resume, want time.Duration }{
		{0, 0, 30 * day}, {0, 40 * day, 40 * day}, {0, 30*day - 1, 30 * day}, {0, 30*day + 1, 30*day + 1}, {time.Hour, 0, day}, {time.Hour, time.Minute, time.Hour},
	} {
		s := &Server{config: &config.Config{IM: im.Options{ArchiveHold: c.hold}, Sessions: config.SessionsConfig{ResumeMax: c.resume}}}
		if got := s.imOptions().ArchiveHold; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
