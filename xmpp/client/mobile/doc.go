// Package mobile is the client for apps on phones: package client behind plain types only, so that it can be bound to other languages, by gomobile bind or through
// cmd/libgodwit. It brings in no part of the server.
//
// A [Client] is one account on one device. What happens is told to the app's [Listener]; what the app has sent waits in an [Outbox] until the server has it.
//
//	box, err := mobile.OpenOutbox(folder + "/outbox")
//	c, err := mobile.NewClient(&mobile.Config{JID: "juliet@example.com", Password: "…"}, state, listener, box)
//	c.Connect()
//	next := c.Tick(now) // and again at that time, and when Listener.Connection was called
//	id, err := c.Send("romeo@example.net", "Art thou not Romeo?")
//
// # What an app keeps
//
// The state that Listener.Save gives, which is opaque and secret, in place of the one before; the outbox; and the messages themselves, which Listener.Received gives once
// each, those of other devices too, in the order of the account's archive. How far the app has come in that is part of the state. So an app that is killed, and has an older
// state then, is given again what came after it, and knows it by Message.ArchiveID, or by Message.ID where it is its own.
//
// # Messages of ours
//
// Send returns when the message is in the outbox: Queued. It is Accepted when the server has it on its disk, Delivered and Read when the other side says so. It is sent until it
// is accepted, over any number of connections and starts of the app, always with the same id and origin-id (XEP-0359): a server that keeps one of each, as
// Godwit does, has it once.
//
// # Connections
//
// An app may call [Client.Login] and [Client.Resume] when it sees fit, or [Client.Connect] once. Then policy.go decides, on the app's clock and by what the app
// tells of its networks and of who looks at it, when to log in and when to see whether a silent connection still lives; [Client.Tick] does it. A phone's alarms and push
// messages wake the app for that: no timer runs here, and a Client that is connected and silent does nothing.
//
// # Goroutines
//
// A connection has a few of them: run.go, run_keep.go. One calls the Listener at a time. Methods that are said to wait, and Login, Resume, Suspend and Close, must not be called by the
// Listener, and best not by the thread of the user interface.
package mobile
