package config

import (
	"errors"
	"os"
	"reflect"
	"testing"
)

// FuzzParse reads any text as a configuration file. It is refused with errors that say where, or it is a configuration that is valid, and the same each time.
func FuzzParse(f *testing.F) {
	reference, err := os.ReadFile("reference.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(reference)
	f.Add([]byte(whole))
	f.Add([]byte("data = 'x'\n[[listen]]\nkind = 'c2s'\n[[host]]\n"))
	f.Add([]byte("[limits]\nlogin_timeout = '-1s'\nstranger_bytes = 9223372036854775807\n[limits.stranger_limits]\ndepth = -1\n"))
	f.Add([]byte("[store.x]\nlimits = [1, {a = 2}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("f", text)
		again, errAgain := Parse("f", text)
		if (err == nil) != (errAgain == nil) || err == nil && !reflect.DeepEqual(c, again) {
			t.Fatalf("%v and %v, %v and %v", c, again, err, errAgain)
		}
		if err == nil {
			if err := c.Validate(); err != nil {
				t.Fatalf("what was read is not valid: %v", err)
			}
			return
		}
		for _, err := range all(err) {
			var e *Error
			if c != nil || !errors.As(err, &e) || e.File != "f" || e.Say == "" {
				t.Fatalf("%v with the error %#v", c, err)
			}
		}
	})
}

// all returns the errors that are joined in err.
func all(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
