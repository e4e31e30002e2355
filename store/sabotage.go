package store

import "time"

// sabotageDelay is how long the builds that say something too early let their lie stand.
const sabotageDelay = 5 * time.Millisecond

// Sabotaged names the sabotage this build contains, "" in an honest one.
func Sabotaged() string {
	switch {
	case sabotageEarlyAck:
		return "early_ack"
	case sabotageNoSync:
		return "no_sync"
	case sabotageNoDedupe:
		return "no_dedupe"
	}
	return ""
}
