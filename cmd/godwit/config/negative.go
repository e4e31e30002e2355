package config

import (
	"errors"
	"math"
	"reflect"
	"time"
)

// highest is the most that a number in [limits] may be: edge counts in 32 bits, and this is as good as no limit.
const highest = math.MaxInt32

// othersJudge are the keys that this has no word about.
var othersJudge = map[string]bool{
	"store.ballast_bytes":       true, // a negative value says what no other could
	"sessions.max_stanza_bytes": true, // has a lower bound of its own
}

// validateNumbers wants no number and no duration to be below zero. The packages that these structs are for take some negative values for "no limit"
// and others for the default; in a file that would be a guess, and a slip of the finger would leave a server open.
func (c *Config) validateNumbers() error {
	return errors.Join(
		c.notNegative("sessions", reflect.ValueOf(c.Sessions)),
		c.notNegative("limits", reflect.ValueOf(c.Limits)),
		c.notNegative("archive", reflect.ValueOf(c.Archive)),
		c.notNegative("im", reflect.ValueOf(c.IM)),
		c.notNegative("store", reflect.ValueOf(c.Store)),
	)
}

// notNegative looks at the fields of a section.
func (c *Config) notNegative(section string, v reflect.Value) error {
	var errs []error
	for field, value := range v.Fields() {
		key := join(section, Key(field.Name))
		switch {
		case !configurable(field):
		case value.Kind() == reflect.Pointer && !value.IsNil():
			errs = append(errs, c.notNegative(key, value.Elem()))
		case value.CanInt():
			errs = append(errs, c.inRange(section, key, value))
		}
	}
	return errors.Join(errs...)
}

// inRange looks at one number or duration.
func (c *Config) inRange(section, key string, v reflect.Value) error {
	n := v.Int()
	switch {
	case othersJudge[key]:
	case n < 0 && v.Type() == durationType:
		return c.fault(key, time.Duration(n).String(), `must be longer than "0s", or "0s" for the default; for no limit write a long time, as "8760h"`)
	case n < 0 && section == "sessions":
		return c.fault(key, n, "must be 1 or more, or 0 for the default")
	case n < 0:
		return c.fault(key, n, "must be 1 or more, or 0 for the default; for no limit write a high number, as 2_000_000_000")
	case n > highest && section == "limits" && v.Type() != durationType:
		return c.fault(key, n, "must be at most %d, which is as good as no limit", highest)
	}
	return nil
}
