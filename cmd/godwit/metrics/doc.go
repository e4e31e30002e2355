// Package metrics shows an operator's monitoring what a server has counted, as an HTTP handler: /metrics in the text format of Prometheus, and /debug/pprof, the
// profiles of the Go runtime.
//
// Nothing is counted here. What happens often is counted where it happens, by plain additions in memory that only one event loop writes ([edge.Metrics],
// [stream.Count]) or by atomic ones of the committer ([store.Stats]); a scrape asks each loop for a copy, which that makes between two inputs. So who is not scraped
// pays for additions, and the path of a stanza has no lock, no map and no allocation for it. A loop that does not answer within a second is told as such
// (godwit_loop_responding), with its figures of before.
//
// All names begin with godwit_, but for those of the Go runtime and the process; counters end with _total, times are in seconds, sizes in bytes. The text behind
// # HELP says what each is.
//
// The format is made by prometheus/client_golang, which Pebble brings along in any case: v1.19.1 is the last version that needs no module which we would not have without
// it (later ones want a newer klauspost/compress, which our own coding depends on), and two fewer than the one that Pebble names.
//
// Profiles and figures are not for everybody: the handler answers only those who reach it by an address of this machine, which keeps web pages out that have a
// browser ask (DNS rebinding), and the configuration has it listen on loopback only.
package metrics
