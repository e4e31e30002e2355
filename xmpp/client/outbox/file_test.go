package outbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// list is a Visitor that notes what it sees.
type list []string

func (l *list) Visit(id string, entry []byte) bool {
	*l = append(*l, id+"="+string(entry))
	return true
}

func wants(t *testing.T, b *File, want ...string) {
	t.Helper()
	var got list
	if err := b.Range(&got); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("it holds %v, want %v", got, want)
	}
}

func open(t *testing.T, path string) *File {
	t.Helper()
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	b := open(t, path)
	wants(t, b)
	for _, id := range []string{"a", "b", "c"} {
		check(t, b.Put(id, []byte("text of "+id)))
	}
	check(t, b.Delete("b"))
	check(t, b.Delete("none"))
	check(t, b.Put("a", []byte("another\ntext")))
	wants(t, b, "a=another\ntext", "c=text of c")
	wants(t, open(t, path), "a=another\ntext", "c=text of c")
}

func TestPutCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	b := open(t, path)
	check(t, b.Put("a", []byte("1")))
	check(t, b.Put("b", []byte("2")))
	b.Close()
	whole, err := os.ReadFile(path)
	check(t, err)
	first := strings.IndexByte(string(whole), '\n') + 1
	for n := first; n < len(whole); n++ {
		check(t, os.WriteFile(path, whole[:n], 0o600))
		b := open(t, path)
		wants(t, b, "a=1")
		check(t, b.Put("c", []byte("3")))
		b.Close()
		wants(t, open(t, path), "a=1", "c=3")
	}
}

func TestWhatIsNoOutbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	check(t, os.WriteFile(path, []byte("a poem\n"), 0o600))
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Fatalf("opened: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "a poem\n" {
		t.Fatal("it was changed")
	}
}

// TestTheFileStaysSmall: what is deleted takes no room for long.
func TestTheFileStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	b := open(t, path)
	check(t, b.Put("stays", []byte("x")))
	for i := range slack {
		id := fmt.Sprint(i)
		check(t, b.Put(id, []byte("y")))
		check(t, b.Delete(id))
	}
	if b.lines > slack+2 {
		t.Errorf("%d lines for one entry", b.lines)
	}
	wants(t, open(t, path), "stays=x")
}

func TestBadEntries(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "outbox"))
	for _, err := range []error{b.Put("", []byte("x")), b.Put("a", nil), b.Delete("")} {
		if err == nil {
			t.Error("accepted")
		}
	}
	b.Close()
	if b.Put("a", []byte("x")) == nil || b.Range(new(list)) == nil {
		t.Error("it is closed and takes entries")
	}
}
