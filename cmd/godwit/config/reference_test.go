package config

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write reference.toml anew")

// live are the keys whose values stand in the reference; with them alone it is a configuration that works.
var live = map[string]string{
	"data":           `"data"`,
	"host.domain":    `"localhost"`,
	"listen.kind":    `"c2s"`,
	"listen.address": `"127.0.0.1:5222"`,
}

func TestReferenceIsThatOfTheFields(t *testing.T) {
	want := reference(t)
	if *rewrite {
		if err := os.WriteFile("reference.toml", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("reference.toml"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("reference.toml is not what the comments say (%v): go test ./cmd/godwit/config -run Reference -rewrite", err)
	}
}

func TestReferenceIsAConfiguration(t *testing.T) {
	if _, err := Parse("reference.toml", []byte(Reference)); err != nil {
		t.Error(err)
	}
	every := regexp.MustCompile(`(?m)^#(\w+ = )`).ReplaceAllString(Reference, "$1")
	every = strings.ReplaceAll(every, "plaintext = false", "plaintext = true")
	every = strings.ReplaceAll(every, "origins = ", "#origins = ") // kind c2s has none
	if _, err := Parse("reference.toml", []byte(every)); err != nil {
		t.Errorf("with everything live: %v", err)
	}
}

// reference makes the text of reference.toml.
func reference(t *testing.T) []byte {
	w := writer{docs: make(map[string]string)}
	w.line("# The configuration of godwit serve: every key. What is commented out is the default; 0 and \"0s\" stand for it.")
	w.line("# Negative values are errors, but for those whose text says what they mean. If there is to be no limit, write a high one.")
	w.line("")
	w.section("", "", reflect.TypeFor[Config](), t)
	return append(bytes.TrimRight(bytes.ReplaceAll(w.Bytes(), []byte("\n\n\n"), []byte("\n\n")), "\n"), '\n')
}

type writer struct {
	bytes.Buffer
	docs map[string]string // by package, type and field
}

func (w *writer) line(s string) { w.WriteString(s + "\n") }

// section writes the keys of a struct, then its sections.
func (w *writer) section(header, path string, of reflect.Type, t *testing.T) {
	w.read(of, t)
	if header != "" {
		w.line(header)
	}
	var sections []reflect.StructField
	for f := range of.Fields() {
		switch {
		case !configurable(f):
		case scalar(f.Type):
			w.key(path, of, f, t)
		default:
			sections = append(sections, f)
		}
	}
	for _, f := range sections {
		name := strings.TrimPrefix(path+"."+Key(f.Name), ".")
		w.line("")
		w.comment(of, f, t)
		switch f.Type.Kind() {
		case reflect.Slice:
			w.section("[["+name+"]]", name, f.Type.Elem(), t)
		case reflect.Pointer:
			w.section("["+name+"]", name, f.Type.Elem(), t)
		default:
			w.section("["+name+"]", name, f.Type, t)
		}
	}
}

func scalar(t reflect.Type) bool {
	return t.Kind() != reflect.Struct && t.Kind() != reflect.Slice && t.Kind() != reflect.Pointer || t == reflect.TypeFor[[]string]()
}

func (w *writer) key(path string, of reflect.Type, f reflect.StructField, t *testing.T) {
	w.comment(of, f, t)
	key := Key(f.Name)
	if value := live[strings.TrimPrefix(path+"."+key, ".")]; value != "" {
		w.line(key + " = " + value)
	} else {
		w.line("#" + key + " = " + sample(key, f.Type))
	}
	w.line("")
}

// sample is a value of the kind.
func sample(key string, t reflect.Type) string {
	switch {
	case key == "level":
		return `"info"`
	case key == "durability":
		return `"strict"`
	case key == "format":
		return `"text"`
	case key == "certificate" || key == "key":
		return `"` + key + `.pem"`
	case t == durationType:
		return `"0s"`
	case key == "mechanisms":
		return `["SCRAM-SHA-256", "SCRAM-SHA-1"]`
	case key == "listen":
		return `"127.0.0.1:9469"`
	case key == "padding":
		return `"none"`
	case key == "origins":
		return `["https://example.org"]`
	case key == "compression":
		return `["zlib"]`
	case t.Kind() == reflect.String:
		return `"…"`
	case t.Kind() == reflect.Bool:
		return "false"
	}
	return "0"
}

func (w *writer) comment(of reflect.Type, f reflect.StructField, t *testing.T) {
	doc := w.docs[of.String()+"."+f.Name]
	if doc == "" {
		t.Errorf("%s.%s has no comment", of, f.Name)
	}
	for line := range strings.Lines(asKeys(doc, of)) {
		w.line("# " + strings.TrimSpace(line))
	}
}

// asKeys writes a comment with the keys of a struct in the place of its fields. One word alone may be a word, but for the first, which is the field.
func asKeys(doc string, of reflect.Type) string {
	for f := range of.Fields() {
		key := Key(f.Name)
		where := `^`
		if strings.Contains(key, "_") {
			where = `\b`
		}
		doc = regexp.MustCompile(where+f.Name+`\b`).ReplaceAllString(doc, key)
	}
	return doc
}

// read reads the comments of a struct's fields out of the source of its package.
func (w *writer) read(of reflect.Type, t *testing.T) {
	dir := strings.TrimPrefix(of.PkgPath(), "github.com/godwit-im/godwit/")
	files, err := filepath.Glob(filepath.Join("../../..", dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of %s (%v)", of, err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Name == of.Name() {
				w.readFields(of, spec)
			}
			return true
		})
	}
}

func (w *writer) readFields(of reflect.Type, spec *ast.TypeSpec) {
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	group := "" // the last comment: it may speak of the fields after it too
	for _, f := range s.Fields.List {
		doc := f.Doc.Text() + f.Comment.Text()
		if doc != "" {
			group = doc
		}
		for _, name := range f.Names {
			if doc == "" && strings.Contains(group, name.Name) {
				doc = group
			}
			w.docs[fmt.Sprintf("%s.%s", of, name.Name)] = doc
		}
	}
}
