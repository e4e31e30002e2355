package admin

import "time"

// The operations.
const (
	AddUser    = "add"    // JID, Password
	RemoveUser = "remove" // JID
	SetPasswd  = "passwd" // JID, Password
	ListUsers  = "list"   // Domain, "" for all that are served
	FindUser   = "find"   // JID: one user, or none
	Backup     = "backup" // Dir, which becomes a data folder
	Verify     = "verify" //
)

// Request asks for one operation.
type Request struct {
	Do       string `json:"do"`
	JID      string `json:"jid,omitempty"`
	Password string `json:"password,omitempty"`
	Domain   string `json:"domain,omitempty"`
	Dir      string `json:"dir,omitempty"` // absolute
}

// Reply is the outcome.
type Reply struct {
	Error string `json:"error,omitempty"`
	Users []User `json:"users,omitempty"`

	// Of Verify:
	Keys   uint64   `json:"keys,omitempty"`   // it has looked at
	Faults uint64   `json:"faults,omitempty"` // it has found
	First  []string `json:"first,omitempty"`  // the first of them
}

// User is an account as ListUsers tells it.
type User struct {
	JID        string    `json:"jid"`
	Created    time.Time `json:"created,omitzero"`
	LastActive time.Time `json:"last_active,omitzero"`
	Disabled   bool      `json:"disabled,omitempty"`
	Devices    int       `json:"devices"`            // that may log in by the key of their link
	Sessions   int       `json:"sessions,omitempty"` // now
}
