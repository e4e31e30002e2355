// Package session gives a whole server machine any bytes and any events, in each of its states.
//
// The server is package c2s with all extensions over a real store in memory, run by a World of xmpptest: no sockets, a clock of its own, and the same input gives the
// same run. alice attacks, from several connections; bob and carol chat and must not notice.
//
// A [trial] begins at a station (stations_test.go): one of the states that a client can bring a session to, before the header up to a stream that was taken over by
// another connection. From there on it goes as the input says:
//
//	FuzzBytes    the bytes go to the machine as they are, cut anywhere: as XML, or as compact items where the station is on the link
//	FuzzProgram  the bytes are choices (program_test.go): elements of a grammar (grammar_test.go) with random attributes and broken places, cuts, other
//	             connections that log in and resume, connections that are lost, jobs and results that come late, full mailboxes, clients that read slowly, mail of
//	             bob, time, clocks that jump, restarts and crashes
//
// The books (books_test.go) are kept by who hears what: they say what is wrong.
//
//	panic        in a Step or a job: the run ends by itself
//	output       what the server writes is no stream, goes on behind its end, or is out of proportion to what it was given; memory as well
//	error        a stream error is not one of RFC 6120 §4.9, or the stream goes on; a stanza error not one of §8.3
//	ack          of more than was sent, or less than before; of a message that is neither in its recipient's archive nor answered with an error, now or after a crash
//	delivery     bob hears a message that his archive has not got
//	bystander    bob or carol lose their connection, hear somebody who cannot have said it, or not what the other one has said
//	log          an internal error, which is a fault of the server by definition
//
// TestStates shows that each state of package c2s has a station, and that each station is where it says; TestBooks, with servers that are broken on purpose, that each
// of the checks can fail. TestRandom runs random programs in volume:
//
//	go test ./fuzz/session -run TestRandom -v -timeout 0 -executions 1000000 -seed 1
package session
