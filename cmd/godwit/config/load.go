package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/godwit-im/godwit/codec"
)

// Error is what is wrong with a configuration, in one line.
type Error struct {
	File  string
	Line  int    // from 1; 0: the file as a whole
	Key   string // as "listen[0].address"; empty for faults of form
	Value any    // nil when it is the key that is wrong, or missing
	Say   string // what is wrong and what to do
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Key != "" {
		b.WriteString(e.Key)
		if e.Value != nil {
			fmt.Fprintf(&b, " = %s", shown(e.Value))
		}
		b.WriteString(": ")
	}
	return b.String() + e.Say
}

// shown is a value as TOML writes it, cut when it is long.
func shown(v any) string {
	const most = 80
	text := fmt.Sprint(v)
	switch v := v.(type) {
	case string:
		text = fmt.Sprintf("%q", v)
	case map[string]any:
		return "{…}"
	case []any:
		return "[…]"
	}
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// Load reads and validates a file. Errors in it are an *Error, or several joined.
func Load(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w; godwit check --example prints one to begin with", err)
	}
	c, err := Parse(file, text)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	c.absolute(dir)
	return c, nil
}

// Parse reads and validates the text of a file of that name.
func Parse(file string, text []byte) (*Config, error) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		return nil, syntaxError(file, err)
	}
	c := Default()
	c.file, c.lines = file, keyLines(text)
	f := filler{config: c}
	f.fill("", c, tree)
	c.completeStrangers()
	if f.errs != nil {
		return nil, errors.Join(f.errs...)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c, nil
}

// completeStrangers puts the defaults in the place of zeros: to a decoder they are no limits.
func (c *Config) completeStrangers() {
	l := c.Limits.StrangerLimits
	if l == nil {
		return
	}
	v, defaults := reflect.ValueOf(l).Elem(), reflect.ValueOf(codec.PreAuthLimits)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			v.Field(i).Set(defaults.Field(i))
		}
	}
}

// syntaxError is text that is no TOML.
func syntaxError(file string, err error) error {
	e := &Error{File: file, Say: strings.TrimPrefix(err.Error(), "toml: ")}
	var d *toml.DecodeError
	if errors.As(err, &d) {
		e.Line, _ = d.Position()
	}
	e.Say = "this is not TOML: " + e.Say + "; strings are in quotes, sections in brackets"
	return e
}

// fault makes an Error about a key of c.
func (c *Config) fault(key string, value any, format string, args ...any) error {
	return &Error{File: c.file, Line: c.line(key), Key: key, Value: value, Say: fmt.Sprintf(format, args...)}
}

// line returns where a key stands, or else the section around it.
func (c *Config) line(key string) int {
	for key != "" {
		for _, k := range []string{key, key + "[0]"} { // of a list of sections the first
			if n := c.lines[k]; n > 0 {
				return n
			}
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return 0
}
