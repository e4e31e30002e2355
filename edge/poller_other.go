//go:build !linux

package edge

import "github.com/panjf2000/gnet/v2"

// poller cannot stop gnet from reading here: [Config.HoldLimit] is what bounds us.
type poller struct{}

func pollerOf(gnet.Conn) poller { return poller{} }

func (poller) pause(int, bool) bool  { return false }
func (poller) resume(int, bool) bool { return false }
