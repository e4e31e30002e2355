package admin

import "time"

// The operations.
const (
	AddUser    = "add"    // JID, Password or Keys
	RemoveUser = "remove" // JID
	SetPasswd  = "passwd" // JID, Password
	ListUsers  = "list"   // Domain, "" for all that are served
	FindUser   = "find"   // JID: one user, or none
	// ListDevices and RemoveDevice are of a JID; Device is the ID of one that ListDevices tells.
	ListDevices  = "devices"
	RemoveDevice = "remove-device"

	// These need a server that runs. The JID is that of an account or of a session.
	ListSessions  = "sessions" // JID, "" for all
	KickSessions  = "kick"     // JID
	WatchSessions = "watch"    // JID; the one operation with more than one Reply, see Watch

	Backup = "backup" // Dir, which becomes a data folder
	Verify = "verify" //
)

// Request asks for one operation.
type Request struct {
	Do       string `json:"do"`
	JID      string `json:"jid,omitempty"`
	Password string `json:"password,omitempty"`
	// Keys are what another server has had of the password (sasl.ParseKeys).
	Keys   []string `json:"keys,omitempty"`
	Domain string   `json:"domain,omitempty"`
	Dir    string   `json:"dir,omitempty"` // absolute
	Device string   `json:"device,omitempty"`
}

// Reply is the outcome.
type Reply struct {
	Error string `json:"error,omitempty"`
	Users []User `json:"users,omitempty"`

	Devices []Device `json:"devices,omitempty"` // of ListDevices

	Table  []Session `json:"table,omitempty"`  // of ListSessions, and of the first Reply to WatchSessions
	Kicked int       `json:"kicked,omitempty"` // sessions, of KickSessions
	Shown  *Shown    `json:"shown,omitempty"`  // of the others to WatchSessions

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

// Device is a device of an account, or an installation of a client on one.
type Device struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`               // "key": it logs in by the key of its link; "client": by SASL2
	Software string    `json:"software,omitempty"` // as it says itself
	Name     string    `json:"name,omitempty"`     // the same
	Seen     time.Time `json:"seen,omitzero"`      // a client's last login; when a key was registered
}
