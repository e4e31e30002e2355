// Package hostile attacks a whole server: its tests start one in this process and play to it what no client should send, on every
// port, before login and after, while two bystanders chat and must not notice.
//
// world_test.go puts the server together, peer_test.go is the attacker: a client that sends bytes as it likes and reads strictly. The bystanders are in
// bystander_test.go, who sees what was delivered in sink_test.go. [TestHostile] runs everything against the one server and looks at the end whether anything
// was left behind: a connection, a goroutine, a panic, an error in the log.
//
// # What is right before login
//
// The manifest of the corpus speaks of XML alone. Before login a server says (before_test.go):
//
//	the manifest says                the server says before login       because of
//	accept, no stanza                the same                           nothing was asked
//	accept, stanzas                  not-authorized at the first one    RFC 6120 §4.9.3.12
//	an error after stanzas           not-authorized at the first one    the same: the error is not read any more
//	an error in or before the first  the same                           the XML comes first
//	any of these, but the first      policy-violation                   limits are lower for strangers
//	stanza is beyond the limits                                         (RFC 6120 §4.9.3.14, codec.PreAuthLimits)
//
// After login it says what the manifest says.
package hostile
