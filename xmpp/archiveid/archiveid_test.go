package archiveid

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/godwit-im/godwit/xmpp/jid"
)

var (
	secret = Secret([]byte("0123456789abcdef0123456789abcdef"))
	juliet = jid.MustParse("juliet@capulet.example/balcony")
	romeo  = jid.MustParse("romeo@montague.example")
)

// TestVectors fixes the ids: they must stay what they are, for clients keep them.
func TestVectors(t *testing.T) {
	for _, v := range []struct {
		account jid.JID
		key     string
		seq     uint64
		id      string
	}{
		{juliet, "5d5238ffeedb8a5f8c5e86c444d7549d", 1, "Azdp-gxvPwag_kdL"},
		{juliet, "5d5238ffeedb8a5f8c5e86c444d7549d", 2, "tVcwZVrdRVmsDyou"},
		{juliet, "5d5238ffeedb8a5f8c5e86c444d7549d", 1<<48 - 1, "2BMMgZAnJyhBAS_W"},
		{romeo, "6b12a122049a9b849bb7c71aa074400e", 1, "FxwtidbnVU4o7JmI"},
		{jid.MustParse(strings.Repeat("j", 1023) + "@capulet.example"), "83fcaacb20790a37619723dee260cb51", 1, "kiqdzt1zpYwKX2xd"},
	} {
		k := secret.Key(v.account)
		if got := hex.EncodeToString(k[:]); got != v.key {
			t.Errorf("%.30s: the key is %s, want %s", v.account, got, v.key)
		}
		if got := string(k.Append([]byte("+"), v.seq)); got != "+"+v.id {
			t.Errorf("%.30s: %d is %s, want %s", v.account, v.seq, got[1:], v.id)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	k := secret.Key(romeo)
	last := make([]byte, Len)
	for bits := range 48 {
		for _, seq := range []uint64{1 << bits, 1<<bits + 1, 1<<(bits+1) - 1} {
			id := k.Append(nil, seq)
			if len(id) != Len || k.Parse(id) != seq {
				t.Errorf("%d is %s, which is %d", seq, id, k.Parse(id))
			}
			if bits > 2 && bytes.Equal(id[8:14], last[8:14]) {
				t.Errorf("%d is %s, after %s: the number shows", seq, id, last)
			}
			last = id
		}
	}
}

// TestForeign: nothing but what Append makes is an id, whatever of it is changed.
func TestForeign(t *testing.T) {
	k, other := secret.Key(romeo), secret.Key(juliet)
	id := k.Append(nil, 1234)
	for _, foreign := range []string{
		"", "1234", "0", string(id[1:]), string(id) + "A", "+" + string(id[1:]), "\n" + string(id[:15]), string(id[:14]) + "\r\n", string(id) + "==",
		string(id) + "\n", string(other.Append(nil, 1234)), string((&Key{}).Append(nil, 1234)), strings.Repeat("A", Len), strings.Repeat("é", Len/2),
	} {
		if seq := k.Parse([]byte(foreign)); seq != 0 {
			t.Errorf("%q is %d", foreign, seq)
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range id {
		for _, c := range []byte(alphabet) {
			if changed := bytes.Clone(id); c != id[i] {
				if changed[i] = c; k.Parse(changed) != 0 {
					t.Errorf("%s is %d, as %s is", changed, k.Parse(changed), id)
				}
			}
		}
	}
}

// TestAllocation: the committer makes a key and an id for each archive of a message.
func TestAllocation(t *testing.T) {
	long := jid.MustParse(strings.Repeat("r", 111) + "@montague.example")
	var buf [Len]byte
	for _, j := range []jid.JID{juliet, romeo, long} {
		if n := testing.AllocsPerRun(100, func() {
			k := secret.Key(j)
			if k.Parse(k.Append(buf[:0], 1234)) != 1234 {
				t.Error("it does not come back")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", j, n)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	for b.Loop() {
		secret.Key(romeo)
	}
}

func BenchmarkAppend(b *testing.B) {
	var buf [Len]byte
	k := secret.Key(romeo)
	for b.Loop() {
		k.Append(buf[:0], 1234)
	}
}

func BenchmarkParse(b *testing.B) {
	k := secret.Key(romeo)
	id := k.Append(nil, 1234)
	for b.Loop() {
		k.Parse(id)
	}
}
