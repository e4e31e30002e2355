package edge

import "testing"

// TestPauseKnowsGnet: a new gnet may keep its epoll instance elsewhere.
func TestPauseKnowsGnet(t *testing.T) {
	s := serve(t, Config{}, echo)
	for _, l := range s.loops {
		if l.poller.fd <= 2 {
			t.Errorf("the poller is %d", l.poller.fd)
		}
	}
}
