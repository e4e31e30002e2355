package client

import (
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/xmpp/sasl"
)

// TestKeysAreHandedOn: what xmpp/sasl remembers is the application's.
func TestKeysAreHandedOn(t *testing.T) {
	keys := new(sasl.ClientKeys)
	r := newRig(t, Config{Keys: keys}, nil)
	r.m.login = &login{}
	if offer := r.m.offer(codec.Element{}, codec.Element{}); offer.Keys != keys {
		t.Error("the exchange does not get the keys of the Config")
	}
}
