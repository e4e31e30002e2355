package link

// OldClient is a client that knows IK and not XXfallback.
func OldClient(cfg ClientConfig) *Handshake {
	h := NewClient(cfg)
	if h.pattern == XXfallback {
		h.pattern = IK
	}
	return h
}
