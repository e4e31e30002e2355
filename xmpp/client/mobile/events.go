package mobile

// Listener is the app's side. It is called by goroutines of the Client, one call at a time, in the order of what happened; it may call the Client's
// methods but for those that say that they wait. While it has not returned nothing more is received. What it is given is its own.
type Listener interface {
	// Connection tells of the connection: Offline, Connecting or Online. reason says why it is offline, for people; fatal that no later attempt will be better:
	// the password or the configuration is wrong.
	Connection(state int, reason string, fatal bool)
	// Received is a message, live or from the archive. When it returns the app has it: it must be in the app's own database if it is to be kept.
	Received(m *Message)
	// Delivery tells how far a message of ours has come: Accepted, Delivered, Read or Failed, with the server's or the other side's reason. States may be left out, and what comes
	// after a further one is old. chat is the bare JID of the other side, "" for Accepted: anybody can name an id, it is the app that knows whom it has written to.
	Delivery(chat, id string, state int, reason string)
	// Seen says that another device of this account has displayed the chat up to the message with this id.
	Seen(chat, id string)
	// Presence is that of somebody whose presence we may see, or a request for ours (Type "subscribe").
	Presence(p *Presence)
	// Contact is an entry of the roster: each one after a new session began, and any that changes.
	Contact(c *Contact)
	// Save gives the state to keep for NewClient, in place of the one before. It holds secrets.
	Save(state []byte)
}

// States of the connection.
const (
	Offline    = 0
	Connecting = 1
	Online     = 2
)

// States of a message of ours, each further than the one before but for Failed.
const (
	Queued    = 0 // in the outbox: it survives the app
	Accepted  = 1 // the server has it on its disk, and has taken the responsibility
	Delivered = 2 // a device of the recipient has it (XEP-0184)
	Read      = 3 // it was displayed (XEP-0333)
	Failed    = 4 // it was answered with an error (RFC 6120 §8.3)
)

// Message is a message of a chat.
type Message struct {
	ID        string // its sender's: the origin-id (XEP-0359), or the id of the stanza; what markers refer to
	ArchiveID string // the account's archive's (XEP-0313); "" when it is not archived
	From, To  string // full JIDs, or bare ones
	Chat      string // the bare JID of the other side
	Type      string // "chat", "normal", "groupchat" or "headline"
	Body      string
	Time      int64  // when it was sent, in ms since 1970, as far as is known
	Own       bool   // this account sent it, from this device or another; the app may have it under ID
	Archived  bool   // it comes from the archive
	XML       string // the whole stanza
}

// Presence is what somebody says of being there (RFC 6121 §4, §3).
type Presence struct {
	From   string
	Type   string // "" for available, "unavailable", "subscribe", "subscribed", "unsubscribe", "unsubscribed" or "error"
	Show   string // "", "away", "chat", "dnd" or "xa"
	Status string
}

// Contact is an entry of the roster (RFC 6121 §2.1.2).
type Contact struct {
	JID          string
	Name         string
	Subscription string // "none", "to", "from", "both", or "remove" when it is gone
	Ask          bool   // our request for a subscription has no answer yet
}
