// Package mobile is the client for apps: package client behind plain types, so that it can be bound to other languages (gomobile bind, cmd/libgodwit).
//
// A [Client] is one account on one device. [Client.Login] and [Client.Resume] connect; what happens is told to the app's [Listener].
package mobile
