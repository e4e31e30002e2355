package codec

import (
	"fmt"

	"github.com/godwit-im/godwit/codec/atom"
)

// Error says that bytes are no stream that XMPP allows. It ends the stream: what follows it cannot be trusted.
type Error struct {
	Condition atom.Atom // the stream error to answer with, RFC 6120 §4.9.3
	Offset    int64     // bytes of the stream before the fault, from the last (re)start
	Reason    string    // for people, constant text
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at byte %d: %s", e.Condition, e.Offset, e.Reason)
}
