// Package router knows which resources are bound, and by the rules of RFC 6121 §8 which of them a stanza goes to.
//
// A [Session] is a bound resource as the others see it: its address, its mailbox, and what its last presence said. [Router]
// holds the bound sessions by account, in shards with a lock each; no lock is held across a call out. Nothing here
// touches a disk: what must last is the business of the im package, which asks the router who is there and hands it frames.
//
// Addresses are looked up by their bytes as written: a hit is canonical (the keys are) and costs no allocation; only
// a miss needs parsing.
//
// # Who may call
//
// All methods of Router may be called from any goroutine. The exported fields of a Session are fixed when it is bound; the others
// belong to the Router.
package router
