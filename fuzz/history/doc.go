// Package history checks what a server did against what it promised.
//
// A torture run writes down, in one order, what its clients sent, were acked, and received, when the server crashed, and at the
// end what the archives hold: a [History]. [Check] then looks for every way in which that breaks a promise:
//
//	acked-lost       an acked message is neither in its recipient's archive nor answered with an error
//	doubled          one message stands twice in an archive
//	reordered        an archive holds one client's messages to one account in another order than sent
//	undelivered      an archived message never came to its account, although it was back at the end
//	not-durable      a message was delivered that is not in the archive: it left before its commit
//	out-of-order     one connection got archived messages out of archive order, or twice
//	unfenced         what was sent on a connection is in an archive, although another one had resumed its stream before
//	vanished         an entry that was there after a crash is not there at the end
//	stranger         an account got a message that was never sent to it, or that nobody sent
//	disagree         sender's and recipient's archive do not agree about a message
//	id               an archive's ids are not strictly increasing
//	reused           an archive id has meant two different messages
//
// and, where clients resume streams (XEP-0198 §5):
//
//	count            after a crash the server has another number of a stream's messages than it says, or knows nothing of the stream
//	replayed         a stream brought again, on a later connection, what its client had, although no crash was between
//	gap              a stream left out an entry between two that it brought
//	behind           a stream that was there at the end has not brought the last entries
//
// and, where a server with relaxed durability loses its power, which may undo the last of what it has told:
//
//	suffix           a loss took something that was before something it left
//
// The checker knows nothing of how the server works. That it can fail is proven by its own tests, and by sabotaged builds
// of the server which it has to catch.
package history
