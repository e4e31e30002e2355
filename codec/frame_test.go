package codec_test

import (
	"sync"
	"testing"

	"github.com/godwit-im/godwit/codec"
	"github.com/godwit-im/godwit/codec/atom"
	"github.com/godwit-im/godwit/codec/compact"
	"github.com/godwit-im/godwit/codec/xmltext"
)

func TestFrame(t *testing.T) {
	f := codec.NewFrame()
	defer f.Release()
	if f.Has(codec.XML) || f.Has(codec.Compact) {
		t.Error("an empty frame holds something")
	}
	f.Encode(xmltext.Encoder{}, parse(t, "<message><body>x</body></message>"))
	if !f.Has(codec.XML) || f.Has(codec.Compact) {
		t.Error("Has is wrong")
	}
	join := func() string {
		head, stamp, tail := f.Parts(codec.XML)
		return string(head) + "|" + string(stamp) + "|" + string(tail)
	}
	if got := join(); got != "<message><body>x</body>||</message>" {
		t.Error(got)
	}
	f.Stamp(xmltext.Encoder{}, parse(t, "<a xmlns='urn:a'/>"))
	f.Stamp(xmltext.Encoder{}, parse(t, "<b xmlns='urn:b'/>"))
	if got := join(); got != "<message><body>x</body>|<a xmlns='urn:a'/><b xmlns='urn:b'/>|</message>" {
		t.Error(got)
	}
}

func TestFrameIsCleanWhenUsedAgain(t *testing.T) {
	for range 100 {
		f := codec.NewFrame()
		if f.ID != 0 || f.Has(codec.XML) {
			t.Fatal("a new frame has an old content")
		}
		f.Encode(xmltext.Encoder{}, parse(t, "<presence/>"))
		if _, stamp, _ := f.Parts(codec.XML); len(stamp) != 0 {
			t.Fatalf("a new frame has the stamp %s", stamp)
		}
		f.Stamp(xmltext.Encoder{}, parse(t, "<a/>"))
		f.ID = 7
		f.Release()
	}
}

func TestFrameDrop(t *testing.T) {
	f := codec.NewFrame()
	defer f.Release()
	e := parse(t, "<presence/>")
	f.Encode(xmltext.Encoder{}, e)
	f.Encode(compact.Encoder{}, e)
	f.Stamp(compact.Encoder{}, parse(t, "<a/>"))
	f.Drop(codec.Compact)
	if head, stamp, tail := f.Parts(codec.Compact); f.Has(codec.Compact) || len(head)+len(stamp)+len(tail) > 0 {
		t.Error("what was dropped is there")
	}
	if !f.Has(codec.XML) || f.Size() != len("<presence></presence>") {
		t.Errorf("%d bytes are left", f.Size())
	}
}

func TestFrameReferences(t *testing.T) {
	f := codec.NewFrame()
	f.Encode(xmltext.Encoder{}, parse(t, "<presence/>"))
	var wait sync.WaitGroup
	for range 8 {
		keeper := f.Retain()
		wait.Go(func() {
			if head, _, tail := keeper.Parts(codec.XML); string(head)+string(tail) != "<presence></presence>" {
				t.Errorf("%s%s", head, tail)
			}
			keeper.Release()
		})
	}
	wait.Wait()
	if !f.Has(codec.XML) {
		t.Error("released while a reference is held")
	}
	f.Release()
	defer func() {
		if recover() == nil {
			t.Error("released once too often, and no panic")
		}
	}()
	f.Release()
}

func TestFrameDoesNotAllocate(t *testing.T) {
	var enc codec.Encoder = xmltext.Encoder{}
	var b codec.Builder
	e := parse(t, "<message to='a'><body>x</body></message>")
	run := func() {
		f := codec.NewFrame()
		f.Encode(enc, e)
		f.Stamp(enc, b.Start(atom.NSStanzaID, atom.StanzaID).Attr(atom.ID, "1").Element())
		f.Release()
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}
