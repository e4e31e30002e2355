// Package outbox keeps messages on a disk that an app has sent and the server has not accepted yet, so that they survive the app. [File] is one file; an app with
// a database of its own implements the interface of package mobile on that instead.
package outbox
