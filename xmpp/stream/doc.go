// Package stream is the contract between the protocol and whatever carries its bytes.
//
// One end of an XMPP stream is a [Machine]: it is given an [Input] (a stanza, a timer, a result, mail from another
// session) and decides, in one call of Step that never waits, what an [Output] has to say: bytes to send, work to do
// elsewhere, a timer, an end. Machines open no socket, start no goroutine and read no clock, so the same ones run on event loops (edge), in
// the phone's client (xmpp/client), in load generators and in simulations. Who runs machines is called a shell.
//
// # The rules of a shell
//
//   - Step is called by one goroutine at a time, in order, and never again after Closed.
//   - The bytes in Output.Buf are written first, then the flags are obeyed: Restart, StartTLS, Compress, Close.
//   - Who has asked the peer for compression is given Compressed when its Compress is obeyed, to send its header; the peer awaits that header.
//   - While a job given to Do is running no bytes are decoded for the machine: the peer's next element comes after the
//     Result. Mail, Tick and Closed do come. This keeps order where it matters and is the back-pressure.
//   - Elements and values in an Input are valid until Step returns; a Mail's frame is released by the shell after Step.
//   - Who has said More is given Room, once, when all that was written before has left, or is about to. Everything else may come before it.
//   - Exactly one Closed is given, whatever happened, as the last input. Jobs of that Step are run, their results are dropped.
package stream
