package mobile

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/godwit-im/godwit/codec/link"
	"github.com/godwit-im/godwit/xmpp/client"
)

// saved is the state that an app keeps, as JSON.
type saved struct {
	Version    int
	AgentID    string             // of this installation
	Known      *client.Known      `json:",omitempty"`
	Link       *linkKeys          `json:",omitempty"`
	Place      client.Place       // up to where the app has the archive
	Beats      map[string]int64   `json:",omitempty"` // what was learnt of networks: see policy
	Introduced bool               // the session has said that we are there
	Resumption *client.Resumption `json:",omitempty"` // only while there is no connection: on one it would be void at once
}

// linkKeys are a client.LinkKeys as they are kept.
type linkKeys struct {
	Device  []byte // the private key
	Server  []byte
	Expires time.Time
	Counter uint64
	IDs     []byte           `json:",omitempty"`
	Route   []byte           `json:",omitempty"`
	Over    client.Transport `json:",omitempty"`
	Network string           `json:",omitempty"`
}

// stateVersion is that of saved. Another is an error, and the app begins anew.
const stateVersion = 1

// read takes a state, nil for the first time.
func (s *saved) read(state []byte) error {
	if len(state) == 0 {
		*s = saved{Version: stateVersion, AgentID: client.NewAgentID()}
		return nil
	}
	if err := json.Unmarshal(state, s); err != nil {
		return fmt.Errorf("mobile: the state: %w", err)
	}
	if s.Version != stateVersion {
		return fmt.Errorf("mobile: the state is of version %d, not %d", s.Version, stateVersion)
	}
	_, err := s.link()
	return err
}

// write returns the state.
func (s *saved) write() []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // numbers, strings and times
	}
	return b
}

// link returns the keys of the link.
func (s *saved) link() (client.LinkKeys, error) {
	if s.Link == nil {
		return client.LinkKeys{}, nil
	}
	device, err := link.LoadKey(s.Link.Device)
	if err != nil {
		return client.LinkKeys{}, fmt.Errorf("mobile: the state: %w", err)
	}
	k := s.Link
	return client.LinkKeys{
		Device: device, Server: k.Server, Expires: k.Expires, Counter: k.Counter, IDs: k.IDs, Route: k.Route, Over: k.Over, Network: k.Network,
	}, nil
}

// learn notes what a login has brought.
func (s *saved) learn(conn *client.Conn) {
	s.Known, s.Place, s.Resumption = conn.Known(), *conn.Place(), nil
	s.Introduced = s.Introduced && conn.Resumed()
	if k := conn.LinkKeys(); k.Server != nil {
		s.Link = keep(k)
	}
}

// keep returns k as it is kept.
func keep(k client.LinkKeys) *linkKeys {
	return &linkKeys{k.Device.Private[:], k.Server, k.Expires, k.Counter, k.IDs, k.Route, k.Over, k.Network}
}
