// Package admin is the door for the operator: accounts, backups and checks of a data folder, whether a server runs on it or not.
//
// [Open] finds the way in. When a server runs, it holds the store, and listens on a Unix socket in the data folder ([Listen]) that only its own user may
// use: a [Request] goes there, one line of JSON, and a [Reply] comes back. Otherwise the store is opened and a [Room] does the same here.
package admin
