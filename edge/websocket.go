package edge

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"

	"github.com/gobwas/ws"

	"github.com/godwit-im/godwit/codec"
)

// The link in a WebSocket (RFC 6455): the bytes that would lie on TCP, in binary messages, whose borders mean nothing.
const (
	webSocketPath = "/link"
	// webSocketProtocol is the subprotocol that a client may ask for (§1.9). One that asks for others only is refused.
	webSocketProtocol = "godwit-link-1"
	// requestMax bounds the request of the upgrade.
	requestMax = 8 << 10
	// frameMax bounds the payload of a frame of the peer's. None is held, so it only shows who does not mean the link.
	frameMax = 1 << 20
	// overheadMax bounds the bytes of frames that hold nothing of the link before that is made.
	overheadMax = 4 << 10
)

// upgrade is the transport of a connection until its request for a WebSocket is whole.
type upgrade struct {
	got []byte
}

// beginWebSocket waits for the request.
func (c *conn) beginWebSocket() {
	c.setUpper(&upgrade{})
	c.setDeadline(c.loop.server.config.HandshakeTimeout)
}

// receive implements transport. What cannot be our request is answered at once.
func (u *upgrade) receive(c *conn, p []byte) error {
	seen := len(u.got)
	u.got = append(u.got, p...)
	if !begins(u.got, "GET "+webSocketPath+" ") && !begins(u.got, "GET "+webSocketPath+"?") {
		return u.refuse(c, http.StatusNotFound)
	}
	end := bytes.Index(u.got[max(0, seen-3):], []byte("\r\n\r\n"))
	if end < 0 {
		if len(u.got) > requestMax {
			return u.refuse(c, http.StatusRequestHeaderFieldsTooLarge)
		}
		return nil
	}
	end += max(0, seen-3) + 4
	if end > requestMax {
		return u.refuse(c, http.StatusRequestHeaderFieldsTooLarge)
	}
	return u.answer(c, u.got[:end], u.got[end:])
}

// begins reports whether p can begin with, or be the beginning of, s.
func begins(p []byte, s string) bool {
	n := min(len(p), len(s))
	return string(p[:n]) == s[:n]
}

// answer answers the request, and goes on with what is behind it.
func (u *upgrade) answer(c *conn, request, rest []byte) error {
	var response bytes.Buffer
	_, err := c.listener.upgrader.Upgrade(struct {
		io.Reader
		io.Writer
	}{bytes.NewReader(request), &response})
	switch {
	case err != nil && response.Len() == 0:
		return u.refuse(c, http.StatusBadRequest)
	case err != nil:
		return u.failed(c, response.Bytes(), err)
	}
	c.writeUpper(response.Bytes())
	k, ok := c.transport.(*carrier)
	if !ok {
		k = &carrier{}
		c.transport = k
	}
	k.ws = &webSocket{}
	c.beginLink()
	return k.ws.receive(c, rest)
}

// refuse answers with a status.
func (u *upgrade) refuse(c *conn, status int) error {
	text := http.StatusText(status)
	response := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status, text)
	return u.failed(c, response, fmt.Errorf("edge: WebSocket: %s", text))
}

// failed sends the response, and closes the connection when it has left.
func (u *upgrade) failed(c *conn, response []byte, err error) error {
	c.loop.server.count.handshakesFailed.Add(1)
	c.writeUpper(response)
	c.becomeClosing(handshakeError(err))
	return nil
}

func (u *upgrade) seal(_ *conn, dst, _ []byte) ([]byte, error) { return dst, nil }
func (u *upgrade) end(_ *conn, dst []byte) []byte              { return dst }
func (u *upgrade) abandon()                                    {}

// newUpgrader makes what checks requests (RFC 6455 §4.2). A page of the web tells where it is from (§10.2): it must be from one of origins. Programs do not.
func newUpgrader(origins []string) *ws.Upgrader {
	return &ws.Upgrader{
		ReadBufferSize:  requestMax,
		WriteBufferSize: 1 << 10,
		ProtocolCustom:  chooseProtocol,
		OnHeader: func(key, value []byte) error {
			if bytes.EqualFold(key, []byte("Origin")) && !slices.Contains(origins, string(value)) && !slices.Contains(origins, "*") {
				return ws.RejectConnectionError(ws.RejectionStatus(http.StatusForbidden), ws.RejectionReason("origin not allowed"))
			}
			return nil
		},
	}
}

// chooseProtocol finds ours among those that the client would like.
func chooseProtocol(list []byte) (string, bool) {
	for name := range bytes.SplitSeq(list, []byte{','}) {
		if string(bytes.TrimSpace(name)) == webSocketProtocol {
			return webSocketProtocol, true
		}
	}
	return "", false
}

// webSocket takes frames apart as they come. It keeps the header of the frame that is under way, and of a control frame what there is of it; of the link's bytes
// nothing.
type webSocket struct {
	part     [ws.MaxHeaderSize]byte // of a header
	parts    uint8
	midway   bool          // a message goes on in the next frame
	overhead uint16        // bytes that were not of the link
	code     ws.StatusCode // why we close, 0: the link has ended
	header   ws.Header     // of the frame under way
	left     int           // bytes of its payload that have not come
	control  []byte        // the payload of a control frame
}

// receive takes bytes from below. They are unmasked where they lie.
func (t *webSocket) receive(c *conn, p []byte) error {
	for len(p) > 0 && c.phase <= phaseOpen {
		if t.left == 0 {
			n, err := t.begin(p)
			if err != nil {
				return t.fail(c, ws.StatusProtocolError, err)
			}
			p = p[n:]
			if t.parts > 0 {
				return nil // the header is not whole
			}
			if code := t.unwanted(); code != 0 {
				return t.fail(c, code, fmt.Errorf("edge: WebSocket: frame of kind %d, %d bytes", t.header.OpCode, t.header.Length))
			}
			if !t.header.OpCode.IsControl() {
				t.midway = !t.header.Fin
			}
			if err := t.charge(c, n); err != nil {
				return err
			}
		}
		n := min(t.left, len(p))
		body := p[:n]
		ws.Cipher(body, t.header.Mask, int(t.header.Length)-t.left)
		p, t.left = p[n:], t.left-n
		if err := t.take(c, body); err != nil {
			return err
		}
	}
	return nil
}

// begin takes the header of a frame, or a part of it, and returns the bytes it has taken.
func (t *webSocket) begin(p []byte) (n int, err error) {
	for n < len(p) {
		t.part[t.parts] = p[n]
		t.parts, n = t.parts+1, n+1
		if h, ok := parseHeader(t.part[:t.parts]); ok {
			short := int(t.parts) > sizeOf(h)
			t.parts, t.header, t.left = 0, h, int(min(h.Length, frameMax+1))
			state := ws.StateServerSide
			if t.midway {
				state = state.Set(ws.StateFragmented)
			}
			if short {
				return n, errFrameLength
			}
			return n, ws.CheckHeader(h, state)
		}
	}
	return n, nil
}

var (
	errFrameLength = errors.New("edge: WebSocket: a length that is not in its shortest form") // §5.2
	errCloseData   = errors.New("edge: WebSocket: half a code in a close frame")              // §5.5.1
)

// sizeOf returns the bytes that a header should have.
func sizeOf(h ws.Header) int {
	size := 2
	switch {
	case h.Length >= 1<<16:
		size += 8
	case h.Length >= 126:
		size += 2
	}
	if h.Masked {
		size += 4
	}
	return size
}

// parseHeader reads a header (§5.2); it is not ok when p does not hold it whole.
func parseHeader(p []byte) (h ws.Header, ok bool) {
	if len(p) < 2 {
		return h, false
	}
	h.Fin, h.Rsv, h.OpCode = p[0]&0x80 != 0, p[0]>>4&7, ws.OpCode(p[0]&0xF)
	h.Masked, h.Length = p[1]&0x80 != 0, int64(p[1]&0x7F)
	size := 2
	switch h.Length {
	case 126:
		size += 2
	case 127:
		size += 8
	}
	masked := size
	if h.Masked {
		size += 4
	}
	if len(p) < size {
		return h, false
	}
	switch h.Length {
	case 126:
		h.Length = int64(binary.BigEndian.Uint16(p[2:]))
	case 127:
		h.Length = int64(min(binary.BigEndian.Uint64(p[2:]), math.MaxInt64))
	}
	copy(h.Mask[:], p[masked:size])
	return h, true
}

// unwanted returns the code to close with when the frame is a correct one, but none for us; otherwise 0.
func (t *webSocket) unwanted() ws.StatusCode {
	switch {
	case t.header.OpCode == ws.OpText:
		return ws.StatusUnsupportedData
	case t.header.Length > frameMax:
		return ws.StatusMessageTooBig
	}
	return 0
}

// charge counts bytes that are not of the link.
func (t *webSocket) charge(c *conn, n int) error {
	if t.header.OpCode.IsControl() {
		n += t.left
	}
	if c.phase == phaseOpen {
		return c.charge(n, codec.EventNone)
	}
	if t.overhead += uint16(n); t.overhead > overheadMax {
		return handshakeError(ErrHeldTooMuch)
	}
	return nil
}

// take takes some payload of the frame.
func (t *webSocket) take(c *conn, body []byte) error {
	if !t.header.OpCode.IsControl() {
		if len(body) == 0 {
			return nil
		}
		return c.upper().receive(c, body)
	}
	if t.left > 0 || len(t.control) > 0 {
		t.control = append(t.control, body...)
		body = t.control
	}
	if t.left > 0 {
		return nil
	}
	t.control = nil
	switch t.header.OpCode {
	case ws.OpPing: // §5.5.2
		c.transport.(*carrier).writeBelow(c, appendFrame(nil, ws.OpPong, body))
	case ws.OpClose:
		return t.closed(c, body)
	}
	return nil
}

// closed takes the peer's end (§5.5.1), which is answered with the same code.
func (t *webSocket) closed(c *conn, body []byte) error {
	code, reason := ws.ParseCloseFrameData(body)
	switch err := ws.CheckCloseFrameData(code, reason); {
	case len(body) == 0:
		t.code = ws.StatusNormalClosure
	case len(body) == 1:
		return t.fail(c, ws.StatusProtocolError, errCloseData)
	case err != nil:
		return t.fail(c, ws.StatusProtocolError, err)
	default:
		t.code = code
	}
	if c.phase == phaseOpen {
		return io.EOF
	}
	c.becomeClosing(io.EOF)
	return nil
}

// fail closes the connection and tells the peer why (§7.1.7).
func (t *webSocket) fail(c *conn, code ws.StatusCode, err error) error {
	t.code = code
	if c.phase == phaseNew {
		c.loop.server.count.handshakesFailed.Add(1)
	}
	c.becomeClosing(err)
	return nil
}

// appendClose appends the frame that ends the WebSocket.
func (t *webSocket) appendClose(dst []byte) []byte {
	code := t.code
	if code == 0 {
		code = ws.StatusNormalClosure
	}
	return appendFrame(dst, ws.OpClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
}

// appendMessage appends p as one message.
func appendMessage(dst, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	return appendFrame(dst, ws.OpBinary, p)
}

// appendFrame appends a whole frame of the server's (§5.2).
func appendFrame(dst []byte, kind ws.OpCode, p []byte) []byte {
	dst = append(dst, 0x80|byte(kind))
	switch n := len(p); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, p...)
}
