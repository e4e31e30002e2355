// Package xmpptest runs a whole server without sockets, and tells it what to hear and to say by readable dialogues.
//
// A [World] is a shell (see package stream) that runs on one goroutine with a clock of its own: the machines are the real ones, the
// store is the real one on a disk in memory, only the network is missing. After each event it runs until nothing is left
// to do: jobs run at once, mail is delivered in the order posted, commits are awaited. So the same dialogue gives the same result every time.
//
// # Dialogues
//
// A dialogue is a text file. Sections begin with "--- title" and have a new server each; "#" begins a comment. A client
// is named by its localpart and resource:
//
//	account romeo
//	account juliet
//	roster romeo: juliet both
//	romeo/orchard connects
//	juliet/balcony is available
//
//	romeo/orchard sends:
//		<message to='juliet@example.org' id='m1'><body>Art thou there?</body></message>
//
//	juliet/balcony receives:
//		<message from='romeo@example.org/orchard' to='juliet@example.org' id='m1'>
//			<body>Art thou there?</body>
//			<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='{juliet#1}'/>
//		</message>
//
// What is received must come in that order, and nothing else may come: a stanza that no line expects is an error at the next event. The lines are
//
//	account NAME                            makes an account
//	account NAME with the keys KEYS         the same, with the keys of RFC 5803 that another server had
//	roster NAME: CONTACT STATE …            prepares a roster item; STATE is none, to, from or both, and ask, pending, approved, hidden
//	CLIENT connects                         logs in and binds the resource
//	CLIENT connects to resume               logs in, and binds nothing
//	CLIENT connects plainly                 connects, and nothing else
//	CLIENT connects by TCP                  the same, shows stream headers too, and may negotiate TLS; also "by TLS", "by link with
//	                                        the new key 1" and "by link with the proven key 1"
//	CLIENT opens a stream                   sends a stream header; also "as NAME", which is the account then
//	CLIENT logs in with MECHANISM           runs the SASL exchange; also "and the password WRONG"
//	CLIENT logs in with SASL2 MECHANISM     the same by SASL2; also "and the password WRONG" or {TOKEN}, and ", wanting:" followed by
//	                                        what <authenticate/> holds beside the response
//	CLIENT brings TASK of the password PASSWORD with the salt {SALT}
//	                                        ends a task of XEP-0480
//	CLIENT opens a stream and logs in at once with SASL2 MECHANISM, wanting:
//	                                        both in one piece of text
//	CLIENT is available [PRIORITY]          connects, sends initial presence, and forgets what it gets for that
//	CLIENT is interested                    the same after asking for the roster
//	CLIENT sends:                           followed by indented XML, sent as it is but for {name}s that are known
//	CLIENT receives:                        followed by one indented element
//	CLIENT receives nothing
//	CLIENT forgets                          drops what was received and not yet expected; "everybody forgets" for all
//	CLIENT disconnects                      the connection is cut
//	CLIENT closes                           the stream is ended in order
//	CLIENT's stream ends                    the server has ended it
//	CLIENT reads slowly | reads again       its connection is congested, or not any more
//	CLIENT's mailbox is full | has room     it takes no mail, or does again
//	CLIENT is kicked                        its account is removed, or has a new password
//	clock +5s                               time passes
//	server restarts | server crashes        in order, or losing what is not synced
//	NAME holds CONTACT: STATE …             what the store has of a roster item; "nothing" for none
//
// In expected XML {any} stands for anything, and {name} for what it stood for the first time. Everywhere {juliet#2} is the id of the second entry of juliet's
// archive. The run function's rewrite argument makes the expectations of a file anew; read the difference with care.
package xmpptest
