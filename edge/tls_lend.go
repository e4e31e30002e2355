package edge

import "crypto/tls"

func lend(*tls.Conn, *loop)     {}
func giveBack(*tls.Conn, *loop) {}
