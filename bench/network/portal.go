package network

import (
	"io"
	"net"
)

// portalAnswer is what a captive network says to whatever is sent.
const portalAnswer = "HTTP/1.1 302 Found\r\nLocation: http://portal.invalid/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// serve plays the server for one connection, until it ends.
func (p Portal) serve(c net.Conn) {
	defer c.Close()
	if p == Answers {
		var first [1]byte
		if _, err := c.Read(first[:]); err != nil {
			return
		}
		if _, err := io.WriteString(c, portalAnswer); err != nil {
			return
		}
		c.(*Conn).CloseWrite()
	}
	io.Copy(io.Discard, c)
}
