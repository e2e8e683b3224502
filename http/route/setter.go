package route

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// setFunc puts the text of one value into a field; its error reads after the
// field's name, such as "must be a whole number".
type setFunc func(target reflect.Value, text string) error

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// setterOf picks the conversion for a field's type once, when the table is made.
func setterOf(typ reflect.Type) setFunc {
	if reflect.PointerTo(typ).Implements(textUnmarshaler) {
		return setText
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return setPointer(setterOf(typ.Elem()))
	case reflect.String:
		return func(v reflect.Value, text string) error { v.SetString(text); return nil }
	case reflect.Int, reflect.Int32, reflect.Int64:
		return setInt
	case reflect.Bool:
		return setBool
	case reflect.Slice:
		return nil // lists are taken whole
	default:
		panic(fmt.Sprintf("route: no conversion from text to %s", typ))
	}
}

func setPointer(set setFunc) setFunc {
	return func(v reflect.Value, text string) error {
		fresh := reflect.New(v.Type().Elem())
		if err := set(fresh.Elem(), text); err != nil {
			return err
		}
		v.Set(fresh)
		return nil
	}
}

func setText(v reflect.Value, text string) error {
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("must be a valid %s", kindName(v.Type()))
	}
	return nil
}

func setInt(v reflect.Value, text string) error {
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		return errors.New("must be a whole number in range")
	}
	v.SetInt(n)
	return nil
}

func setBool(v reflect.Value, text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return errors.New("must be true or false")
	}
	v.SetBool(b)
	return nil
}

func kindName(typ reflect.Type) string {
	switch typ.String() {
	case "time.Time":
		return "RFC 3339 time"
	case "uuid.UUID":
		return "UUID"
	}
	return typ.Name()
}
