package config

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// filler puts values from a file into structs, and collects what is wrong.
type filler struct {
	config *Config
	errs   []error
}

func (f *filler) fault(key string, value any, format string, args ...any) {
	f.errs = append(f.errs, f.config.fault(key, value, format, args...))
}

// fill sets the fields of the struct that into points to, from a table at path.
func (f *filler) fill(path string, into any, table map[string]any) {
	v := reflect.ValueOf(into).Elem()
	for _, key := range slices.Sorted(maps.Keys(table)) {
		full := join(path, key)
		field, ok := fieldOf(v.Type(), key)
		if !ok {
			f.fault(full, nil, "there is no such key; the nearest is %s", nearest(key, Keys(v.Type())))
			continue
		}
		f.set(full, v.FieldByIndex(field.Index), table[key])
	}
}

// set sets one field.
func (f *filler) set(key string, v reflect.Value, value any) {
	switch v.Kind() {
	case reflect.Struct:
		if table, ok := value.(map[string]any); ok {
			f.fill(key, v.Addr().Interface(), table)
		} else {
			f.fault(key, value, "this is a section: write [%s]", key)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.set(key, v.Elem(), value)
	case reflect.Slice:
		f.setSections(key, v, value)
	default:
		f.setScalar(key, v, value)
	}
}

// setSections sets a list, of structs or of strings.
func (f *filler) setSections(key string, v reflect.Value, value any) {
	list, ok := value.([]any)
	switch {
	case ok:
	case v.Type().Elem().Kind() == reflect.String:
		f.fault(key, value, "there can be several: write a list, as [\"a\", \"b\"]")
		return
	default:
		f.fault(key, value, "there can be several: write [[%s]]", key)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
	for i, item := range list {
		f.set(fmt.Sprintf("%s[%d]", key, i), v.Index(i), item)
	}
}

var durationType = reflect.TypeFor[time.Duration]()

// setScalar sets a field that is no struct.
func (f *filler) setScalar(key string, v reflect.Value, value any) {
	switch got := value.(type) {
	case string:
		switch {
		case v.Kind() == reflect.String:
			v.SetString(got)
			return
		case v.Type() == durationType:
			if d, err := time.ParseDuration(got); err == nil {
				v.SetInt(int64(d))
				return
			}
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(got)
			return
		}
	case int64:
		switch {
		case v.Type() == durationType:
		case v.CanInt() && !v.OverflowInt(got):
			v.SetInt(got)
			return
		case v.CanUint() && got >= 0 && !v.OverflowUint(uint64(got)):
			v.SetUint(uint64(got))
			return
		}
	}
	f.fault(key, value, "write %s", wanted(v.Type()))
}

// wanted says what values a field takes.
func wanted(t reflect.Type) string {
	switch {
	case t == durationType:
		return `a duration in quotes, as "30s" or "5m"`
	case t.Kind() == reflect.String:
		return "a string in quotes"
	case t.Kind() == reflect.Bool:
		return "true or false, without quotes"
	case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
		return "a whole number from 0, without quotes"
	}
	return fmt.Sprintf("a whole number up to %d, without quotes", math.MaxInt)
}

// Keys returns the keys of a section whose struct is of type t, in its order.
func Keys(t reflect.Type) (keys []string) {
	for field := range t.Fields() {
		if configurable(field) {
			keys = append(keys, Key(field.Name))
		}
	}
	return keys
}

// fieldOf returns the field of a key.
func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for field := range t.Fields() {
		if configurable(field) && Key(field.Name) == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// configurable reports whether a field can be set in a file: loggers, clocks and the like cannot.
func configurable(f reflect.StructField) bool {
	if !f.IsExported() {
		return false
	}
	switch f.Type.Kind() {
	case reflect.Pointer:
		return f.Type.Elem().Kind() == reflect.Struct && len(Keys(f.Type.Elem())) > 0
	case reflect.Func, reflect.Interface, reflect.Chan, reflect.Map:
		return false
	}
	return true
}

// Key returns the key of a field: MaxPerAddress is max_per_address, HandshakeCPUs handshake_cpus.
func Key(field string) string {
	var b strings.Builder
	runes := []rune(strings.TrimSuffix(field, "s"))
	for i, r := range runes {
		afterSmall := i > 0 && unicode.IsLower(runes[i-1])
		beforeSmall := i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if unicode.IsUpper(r) && (afterSmall || beforeSmall) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if strings.HasSuffix(field, "s") {
		b.WriteByte('s')
	}
	return b.String()
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
