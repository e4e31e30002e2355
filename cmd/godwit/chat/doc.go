// Package chat is a small client for the terminal and for scripts: lines in, messages out.
//
// A [Session] runs on a connection that a [Dialer] has logged in. One goroutine reads lines; another, stay, uses one connection after the other, with
// a few of its own for stanzas and acks. All put [Event]s into one channel; the loop takes them out, decides when all is done, and prints, for people
// or as JSON, one event a line.
//
// The next connection goes on with the stream of the one before (XEP-0198 §5): what was written and not accepted the client library sends again.
//
// A message waits in the outbox until the server has accepted it. What is there when a connection ends whose stream cannot go on goes out on the next one with the
// id it had, so that the server, which archives one message for each origin-id of a sender, does not take it twice; and of what comes a second time, with the same
// stanza-id, only the first is shown.
package chat
