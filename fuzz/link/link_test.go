package link

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/godwit-im/godwit/codec/link"
)

// vectors reads the values of the protocol's vectors.
func vectors(f *testing.F) map[string][]byte {
	text, err := os.ReadFile("../../codec/link/testdata/vectors.txt")
	if err != nil {
		f.Fatal(err)
	}
	v := make(map[string][]byte)
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			if v[name], err = hex.DecodeString(value); err != nil {
				f.Fatal(err)
			}
		}
	}
	return v
}

func key(f *testing.F, private []byte) link.Key {
	k, err := link.LoadKey(private)
	if err != nil {
		f.Fatal(err)
	}
	return k
}

// drive gives in to h, as a connection would, in pieces of size bytes, and returns how it went.
func drive(t *testing.T, h *link.Handshake, in []byte, size int) (rest, out []byte, done bool, err error) {
	var held []byte
	for len(in) > 0 && !done && err == nil {
		n := min(size, len(in))
		held, in = append(held, in[:n]...), in[n:]
		before := bytes.Clone(held)
		var reply []byte
		n, reply, done, err = h.Step(held)
		if n < 0 || n > len(held) {
			t.Fatalf("Step consumed %d of %d bytes", n, len(held))
		}
		if !bytes.Equal(held, before) {
			t.Fatal("Step changed its input")
		}
		if limit := 2 + link.MaxServerMessage + link.PreambleSize; !done && err == nil && len(held)-n > limit {
			t.Fatalf("%d bytes are waiting, over any message", len(held)-n)
		}
		held, out = held[n:], append(out, reply...)
	}
	return append(held, in...), out, done, err
}

// FuzzServer sends anything to a server; cut into single bytes it must do the same. The seeds complete a handshake.
func FuzzServer(f *testing.F) {
	v := vectors(f)
	cfg := link.ServerConfig{
		Static: key(f, v["server.static.private"]), Dictionary: [link.DictionarySize]byte(v["dictionary"]),
		Statement: func(string) ([]byte, error) { return v["statement"], nil },
	}
	for _, name := range []string{"XX", "IK", "IK3", "XXfallback"} {
		f.Add(bytes.Join([][]byte{v[name+".preamble"], v[name+".client1"], v[name+".client2"], v[name+".frame.client.0"]}, nil))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		run := func(size int) ([]byte, []byte, bool, error) {
			c := cfg
			c.Random = bytes.NewReader(v["server.ephemeral.private"])
			return drive(t, link.NewServer(&c), in, size)
		}
		rest, out, done, err := run(max(1, len(in)))
		rest1, out1, done1, err1 := run(1)
		if !bytes.Equal(out, out1) || done != done1 || (err == nil) != (err1 == nil) || done && !bytes.Equal(rest, rest1) {
			t.Fatalf("whole: %x, %v, %v; byte by byte: %x, %v, %v", out, done, err, out1, done1, err1)
		}
	})
}

// FuzzClient lets a client hear anything: it must never be done but by what the server of the vectors said.
func FuzzClient(f *testing.F) {
	v := vectors(f)
	for _, name := range []string{"XX", "IK3", "XXfallback"} {
		f.Add(v[name+".server1"], name != "XX")
	}
	f.Add([]byte("\x00\x00\x04\x01\x01\x02\x03\x04\x05\x06\x07\x08"), true)
	static := key(f, v["client.static.private"])
	f.Fuzz(func(t *testing.T, in []byte, ik bool) {
		cfg := link.ClientConfig{
			Domain: string(v["domain"]), Static: static, Dictionary: [link.DictionarySize]byte(v["dictionary"]),
			Random: bytes.NewReader(v["client.ephemeral.private"]),
			Verify: func(serverKey, statement []byte) (time.Time, error) { return time.Time{}, nil },
		}
		want := v["XX.server1"]
		if ik {
			cfg.ServerKey, want = v["server.static.public"], v["IK3.server1"]
		}
		c := link.NewClient(cfg)
		if _, _, done, err := c.Step(nil); done || err != nil {
			t.Fatal(done, err)
		}
		rest, _, done, _ := drive(t, c, in, max(1, len(in)))
		if done && !bytes.Equal(in[:len(in)-len(rest)], want) {
			t.Fatalf("done after %x", in)
		}
	})
}

// FuzzOpen takes anything for frames: only what the peer sealed, in its order, opens.
func FuzzOpen(f *testing.F) {
	v := vectors(f)
	cfg := link.ServerConfig{
		Static: key(f, v["server.static.private"]), Dictionary: [link.DictionarySize]byte(v["dictionary"]),
		Statement: func(string) ([]byte, error) { return v["statement"], nil },
	}
	frames := bytes.Join([][]byte{v["IK.frame.client.0"], v["IK.frame.client.1"], v["IK.frame.client.2"]}, nil)
	items := bytes.Join([][]byte{v["IK.frame.client.0.items"], v["IK.frame.client.1.items"], v["IK.frame.client.2.items"]}, nil)
	f.Add(frames)
	f.Add(link.AppendKeepalive(nil))
	f.Add(v["IK.frame.client.1"])
	f.Fuzz(func(t *testing.T, in []byte) {
		c := cfg
		c.Random = bytes.NewReader(v["server.ephemeral.private"])
		h := link.NewServer(&c)
		if _, _, done, err := h.Step(append(bytes.Clone(v["IK.preamble"]), v["IK.client1"]...)); !done {
			t.Fatal(err)
		}
		var opened []byte
		for rest := bytes.Clone(in); ; {
			n, plain, err := h.Session().Open(nil, rest)
			if n < 0 || n > len(rest) || err != nil && plain != nil {
				t.Fatalf("Open = %d, %x, %v", n, plain, err)
			}
			if n == 0 || err != nil {
				break
			}
			opened, rest = append(opened, plain...), rest[n:]
		}
		if !bytes.HasPrefix(items, opened) {
			t.Fatalf("%x opens as %q", in, opened)
		}
	})
}
