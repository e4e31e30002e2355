// Package parked measures what a session without a connection takes on disk: a stream that waits to be resumed (XEP-0198 §5), of which nothing is
// in memory any more.
//
// It writes the records of many such streams into a new store as the server does, one account each, and compares the size of the folder, the store's log
// included, before and after.
package parked
