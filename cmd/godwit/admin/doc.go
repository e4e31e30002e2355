// Package admin is the door for the operator: accounts, backups and checks of a data folder, whether a server runs on it or not.
//
// [Open] finds the way in. When a server runs, it holds the store, and listens on a Unix socket in the data folder ([Listen]) that only its own user may
// use: a [Request] goes there, one line of JSON, and a [Reply] comes back. Otherwise the store is opened and a [Room] does the same here.
//
// What is of sessions needs a server that runs: [Connect] finds its window only. [Watch] is the one operation that goes on: the server writes a line for each element that a
// session is sent or sends, from a bounded buffer that drops, and says so, rather than have a session wait.
package admin
