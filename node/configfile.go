package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// configFile is suyuan.toml: its values, and where each field stands, so that what is wrong can be found.
type configFile struct {
	path   string
	values map[string]any
	at     map[string]unstable.Position
}

// readConfigFile reads the file; one that doesn't exist sets nothing. What is wrong with it is told as PATH:LINE:COLUMN: FIELD: RULE.
func readConfigFile(path string) (*configFile, error) {
	f := &configFile{path: path, at: make(map[string]unstable.Position)}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("configuration file: %w", err)
	}
	if err := f.locate(raw); err != nil {
		return f, err
	}
	if err := toml.Unmarshal(raw, &f.values); err != nil {
		return f, f.broken(err)
	}
	var errs []error
	for field := range configFields() {
		if v, ok := f.values[field.name]; ok {
			if rule := kindRule(field.kind(), v); rule != "" {
				errs = append(errs, f.fault(field.name, "%s: %s %s", field.name, tomlText(v), rule))
			}
		}
	}
	return f, errors.Join(errs...)
}

// locate notes where each field stands, and refuses those that don't exist or are given twice.
func (f *configFile) locate(raw []byte) error {
	var p unstable.Parser
	var errs []error
	p.Reset(raw)
	for p.NextExpression() {
		e := p.Expression()
		var parts []string
		var pos unstable.Position
		for it := e.Key(); it.Next(); {
			if parts = append(parts, string(it.Node().Data)); len(parts) == 1 {
				pos = p.Shape(it.Node().Raw).Start
			}
		}
		name := strings.Join(parts, ".")
		first, twice := f.at[name]
		if !twice {
			f.at[name] = pos
		}
		switch {
		case e.Kind != unstable.KeyValue:
			return errors.Join(append(errs, f.faultAt(pos, "[%s]: the file has no tables, but fields of one value each", name))...)
		case twice:
			errs = append(errs, f.faultAt(pos, "%s: is given twice, first in line %d", name, first.Line))
		case !isConfigField(name):
			errs = append(errs, f.faultAt(pos, "there is no field %q", name))
		}
	}
	if err := p.Error(); err != nil {
		return nil // told with its place by the decoder
	}
	return errors.Join(errs...)
}

func (f *configFile) faultAt(pos unstable.Position, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %w", f.path, pos.Line, pos.Column, fmt.Errorf(format, args...))
}

func (f *configFile) fault(field, format string, args ...any) error {
	return f.faultAt(f.at[field], format, args...)
}

// broken is what the decoder finds wrong with the file as TOML.
func (f *configFile) broken(err error) error {
	var d *toml.DecodeError
	if !errors.As(err, &d) {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	line, column := d.Position()
	return fmt.Errorf("%s:%d:%d: %s", f.path, line, column, strings.TrimPrefix(d.Error(), "toml: "))
}

// place puts before each fault of a setting where in the file it was set; settings of others, which win over the file, stand
// alone. Each fault begins with the name of its field.
func (f *configFile) place(err error, others func(field string) bool) error {
	if err == nil {
		return nil
	}
	if list, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the list itself, not one in it
		var out []error
		for _, e := range list.Unwrap() {
			out = append(out, f.place(e, others))
		}
		return errors.Join(out...)
	}
	field, _, _ := strings.Cut(strings.SplitN(err.Error(), ":", 2)[0], ",")
	if pos, ok := f.at[field]; ok && !others(field) {
		return fmt.Errorf("%s:%d:%d: %w", f.path, pos.Line, pos.Column, err)
	}
	return err
}

// kindRule is what a value of the file must be and isn't; "" if it is.
func kindRule(kind reflect.Kind, v any) string {
	switch v := v.(type) {
	case string:
		if kind == reflect.String {
			return ""
		}
	case bool:
		if kind == reflect.Bool {
			return ""
		}
	case int64:
		if kind == reflect.Int || kind == reflect.Float64 {
			return ""
		}
	case float64:
		if kind == reflect.Float64 {
			return ""
		}
	case []any:
		if kind == reflect.Slice {
			for _, item := range v {
				if _, ok := item.(string); !ok {
					return fmt.Sprintf("is not a list of texts in quotes: %s isn't one", tomlText(item))
				}
			}
			return ""
		}
	}
	return map[reflect.Kind]string{
		reflect.String: "is not a text in quotes", reflect.Bool: "is not true or false", reflect.Int: "is not a whole number",
		reflect.Float64: "is not a number", reflect.Slice: "is not a list such as [\"a\", \"b\"]",
	}[kind]
}

// tomlText is a value of the file as it would be written there.
func tomlText(v any) string {
	b, err := toml.Marshal(map[string]any{"v": v})
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(b), "v = "))
}
