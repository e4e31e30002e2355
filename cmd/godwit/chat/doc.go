// Package chat is a small client for the terminal and for scripts: lines in, messages out.
//
// A [Session] runs on a logged-in connection ([Dial]). Three goroutines (one reads lines, one stanzas, one acks) put [Event]s into one
// channel; the loop takes them out, keeps count of what is queued, and prints, for people or as JSON, one event a line.
package chat
