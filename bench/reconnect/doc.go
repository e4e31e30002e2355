// Package reconnect measures how long a client that comes back waits for a message, on bad networks: from its SYN to the message that has waited for it, and how many bytes pass
// until then.
//
// The client is xmpp/client in this process, the server another process; between them lies a network of package network, whose delays are real time. A [Way] is what the client
// knows and does: three are compared, the link, TLS with everything that makes a login short, and the login that every client has. Each attempt has an account and a network of its
// own: the client logs in over the network called lan, leaves without a word, is sent a message, and comes back over the profile that is measured. When the profile ends, as wifi-to-lte does,
// it was there before the change of path, and comes back after it. The seed of the network is the number of the round, so all ways meet the same chance.
//
// Processor time is in the figures too, that of the server included: little beside the delays of every profile but lan.
package reconnect
