package c2s

// Sabotaged names the sabotage this build contains, "" in an honest one.
func Sabotaged() string {
	switch {
	case sabotageGapOnResume:
		return "gap_on_resume"
	case sabotageNoFence:
		return "no_fence"
	}
	return ""
}
