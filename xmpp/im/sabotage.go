package im

// Sabotaged names the sabotage this build contains, "" in an honest one.
func Sabotaged() string {
	switch {
	case sabotageDeliverBeforeCommit:
		return "deliver_before_commit"
	case sabotageCursorEarly:
		return "cursor_early"
	case sabotageCountOutsideBatch:
		return "count_outside_batch"
	}
	return ""
}
