package client

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
)

// Names and bounds of WebSockets (RFC 6455).
const (
	webSocketPath     = "/link"
	webSocketProtocol = "godwit-link-1"
	webSocketGUID     = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // §1.3
	responseMax       = 8 << 10
	messageMax        = 64 << 10
	controlMax        = 125 // §5.5
	opContinuation    = 0x0
	opBinary          = 0x2
	opClose           = 0x8
	opPing            = 0x9
	opPong            = 0xA
)

// webSocket is the client's end of a WebSocket that carries a stream of bytes in binary messages, whose borders mean nothing. One goroutine reads, another writes.
type webSocket struct {
	net.Conn
	ahead  []byte // read, and not used yet
	left   uint64 // of the frame under way
	midway bool   // a message goes on in the next frame

	mu  sync.Mutex // of writing: the reader answers pings
	out []byte
}

// openWebSocket asks for a WebSocket on conn (§4.1).
func openWebSocket(conn net.Conn, host string) (*webSocket, error) {
	var nonce [16]byte
	rand.Read(nonce[:]) // never fails
	key := base64.StdEncoding.EncodeToString(nonce[:])
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: %s\r\n\r\n", webSocketPath, host, key, webSocketProtocol)
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, fmt.Errorf("client: opening a WebSocket: %w", err)
	}
	w := &webSocket{Conn: conn}
	head, err := w.readResponse()
	if err == nil {
		err = checkResponse(head, key)
	}
	if err != nil {
		return nil, fmt.Errorf("client: opening a WebSocket: %w", err)
	}
	return w, nil
}

// readResponse reads the head of the answer, with its empty line; what is behind it is for later.
func (w *webSocket) readResponse() (head []byte, err error) {
	const end = "\r\n\r\n"
	for {
		if i := bytes.Index(w.ahead, []byte(end)); i >= 0 {
			head, w.ahead = w.ahead[:i+len(end)], w.ahead[i+len(end):]
			return head, nil
		}
		if len(w.ahead) > responseMax {
			return nil, errors.New("the answer is too long")
		}
		if err := w.more(); err != nil {
			return nil, err
		}
	}
}

// checkResponse looks whether the server has agreed (§4.1).
func checkResponse(head []byte, key string) error {
	status, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 101 ")) {
		return fmt.Errorf("the server answers %.60q", status)
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(rest))).ReadMIMEHeader()
	if err != nil {
		return err
	}
	sum := sha1.Sum([]byte(key + webSocketGUID))
	accept := base64.StdEncoding.EncodeToString(sum[:])
	switch {
	case !strings.EqualFold(header.Get("Upgrade"), "websocket"), !strings.EqualFold(header.Get("Connection"), "upgrade"):
		return errors.New("the server does not upgrade to WebSocket")
	case subtle.ConstantTimeCompare([]byte(header.Get("Sec-WebSocket-Accept")), []byte(accept)) != 1:
		return errors.New("the server has not answered this request")
	case header.Get("Sec-WebSocket-Protocol") != webSocketProtocol, header.Get("Sec-WebSocket-Extensions") != "":
		return errors.New("the server answers for something else")
	}
	return nil
}

// more reads what there is behind ahead.
func (w *webSocket) more() error {
	var buf [smallRead]byte
	n, err := w.Conn.Read(buf[:])
	w.ahead = append(w.ahead, buf[:n]...)
	if n > 0 {
		return nil
	}
	return err
}

// Read implements net.Conn: it gives what binary messages hold.
func (w *webSocket) Read(p []byte) (int, error) {
	for w.left == 0 {
		if err := w.nextFrame(); err != nil {
			return 0, err
		}
	}
	p = p[:min(uint64(len(p)), w.left)]
	n := copy(p, w.ahead)
	if w.ahead = w.ahead[n:]; len(w.ahead) == 0 {
		w.ahead = nil
	}
	var err error
	if n == 0 {
		n, err = w.Conn.Read(p)
	}
	w.left -= uint64(n)
	return n, err
}

// nextFrame reads the header of a frame (§5.2), and all of one that is not data.
func (w *webSocket) nextFrame() error {
	head, err := w.take(2)
	if err != nil {
		return err
	}
	final, kind, size := head[0]&0x80 != 0, head[0]&0xF, uint64(head[1])
	switch {
	case head[0]&0x70 != 0 || size > 127: // nothing was negotiated, and servers do not mask
		return errWebSocket
	case kind >= opClose:
		if !final || size > controlMax {
			return errWebSocket
		}
		return w.control(kind, int(size))
	case w.midway != (kind == opContinuation) || kind != opContinuation && kind != opBinary:
		return errWebSocket
	}
	if size >= 126 {
		var long [8]byte
		part := long[6:]
		if size == 127 {
			part = long[:]
		}
		more, err := w.take(len(part))
		if err != nil {
			return err
		}
		copy(part, more)
		if size = binary.BigEndian.Uint64(long[:]); size>>63 != 0 {
			return errWebSocket
		}
	}
	w.left, w.midway = size, !final
	return nil
}

var errWebSocket = errors.New("client: the server breaks the rules of WebSocket")

// control does what a control frame asks for (§5.5).
func (w *webSocket) control(kind byte, size int) error {
	payload, err := w.take(size)
	switch {
	case err != nil:
		return err
	case kind == opPing:
		return w.send(opPong, payload)
	case kind == opClose:
		return io.EOF
	case kind != opPong:
		return errWebSocket
	}
	return nil
}

// take returns the next n bytes, which are valid until it is called again.
func (w *webSocket) take(n int) ([]byte, error) {
	for len(w.ahead) < n {
		if err := w.more(); err != nil {
			return nil, err
		}
	}
	p := w.ahead[:n]
	w.ahead = w.ahead[n:]
	return p, nil
}

// Write implements net.Conn: p becomes messages that no server finds too long.
func (w *webSocket) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		part := p[n:min(len(p), n+messageMax)]
		if err = w.send(opBinary, part); err == nil {
			n += len(part)
		}
	}
	return n, err
}

// send sends one frame, masked (§5.3).
func (w *webSocket) send(kind byte, p []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out = appendMasked(w.out[:0], kind, p)
	_, err := w.Conn.Write(w.out)
	if cap(w.out) > smallRead {
		w.out = nil
	}
	return err
}

func appendMasked(dst []byte, kind byte, p []byte) []byte {
	dst = append(dst, 0x80|kind)
	switch n := len(p); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	var mask [4]byte
	rand.Read(mask[:])
	dst = append(dst, mask[:]...)
	for i, c := range p {
		dst = append(dst, c^mask[i%4])
	}
	return dst
}

// Close implements net.Conn, with the word that this is the end (§7.1.2).
func (w *webSocket) Close() error {
	_ = w.send(opClose, []byte{1000 >> 8, 1000 & 0xFF})
	return w.Conn.Close()
}
