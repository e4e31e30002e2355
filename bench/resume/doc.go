// Package resume measures a storm: many sessions lose their connections at once, and all come back to go on with their streams (XEP-0198 §5).
//
// The server is another process on this machine; the clients are connections of xmpp/client in this one. While they are away each is sent a message, and it is
// back when its stream is resumed and that message has come. Two more sessions, which keep their connections, talk to each other all the time: the
// longest that one of their messages takes says what the storm costs those who are not in it. They are in a third process: in that of the clients it would be the clients that
// they wait for. A client keeps what a phone does while it runs: the keys made of its password, those of the link, and its ticket of TLS. All processes share the machine, and all
// figures are of all of them.
package resume
