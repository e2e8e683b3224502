package rowjson_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

type generator func(r *rand.Rand) string

// TestRandomValues holds the encoders against the server for values of every
// kind, alone, in arrays of any depth, and in composites.
func TestRandomValues(t *testing.T) {
	t.Parallel()
	s := open(t, map[string]string{"timezone": "America/St_Johns"})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for typ, gen := range generators() {
		for range 60 {
			s.requireSame(t, typ, gen(r))
			s.requireSame(t, typ+"[]", arrayLiteral(r, gen))
		}
	}
}

func generators() map[string]generator {
	pair := recordOf(digits(4), text)
	return map[string]generator{
		"bool":        func(r *rand.Rand) string { return strconv.FormatBool(r.IntN(2) == 0) },
		"int2":        digits(4),
		"int4":        digits(9),
		"int8":        digits(18),
		"numeric":     func(r *rand.Rand) string { return digits(30)(r) + "." + digits(20)(r)[1:] },
		"float4":      func(r *rand.Rand) string { return fmt.Sprint(math.Float32frombits(r.Uint32() &^ (1 << 30))) },
		"float8":      func(r *rand.Rand) string { return fmt.Sprint(math.Float64frombits(r.Uint64())) },
		"text":        text,
		"varchar":     text,
		"bpchar":      text,
		"json":        jsonText,
		"jsonb":       jsonText,
		"bytea":       func(r *rand.Rand) string { return fmt.Sprintf(`\x%x`, text(r)) },
		"uuid":        func(r *rand.Rand) string { return fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()) },
		"date":        date,
		"time":        clock,
		"timetz":      func(r *rand.Rand) string { return clock(r) + offset(r) },
		"timestamp":   func(r *rand.Rand) string { return moment(r, "") },
		"timestamptz": func(r *rand.Rand) string { return moment(r, offset(r)) },
		"interval":    func(r *rand.Rand) string { return digits(5)(r) + " days " + digits(5)(r) + " seconds" },
		"pair":        pair,
		"deep": recordOf(pair, func(r *rand.Rand) string { return arrayLiteral(r, pair) },
			func(r *rand.Rand) string { return moment(r, offset(r)) }, jsonText,
			func(r *rand.Rand) string { return strconv.Itoa(1 + r.IntN(99)) }, pair),
	}
}

func digits(n int) generator {
	return func(r *rand.Rand) string {
		var b strings.Builder
		b.WriteString([]string{"-", "+"}[r.IntN(2)])
		for range 1 + r.IntN(n) {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		return b.String()
	}
}

func text(r *rand.Rand) string {
	alphabet := []rune("abc  ,;{}()[]=\"\"\\\\'\n\t\r\b\f\x01\x1f\x7fé€😀NUL")
	runes := make([]rune, r.IntN(25))
	for i := range runes {
		runes[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(runes)
}

func jsonText(r *rand.Rand) string {
	return fmt.Sprintf(`{"k": [%d, %s, null, %t]}`, r.IntN(1e6), strconv.Quote(strings.Map(printable, text(r))), r.IntN(2) == 0)
}

func printable(c rune) rune {
	if c < ' ' || c == 0x7f {
		return ' '
	}
	return c
}

func date(r *rand.Rand) string {
	return fmt.Sprintf("%04d-%02d-%02d%s", 1+r.IntN(4000), 1+r.IntN(12), 1+r.IntN(28), era(r))
}

func era(r *rand.Rand) string { return []string{"", "", "", " BC"}[r.IntN(4)] }

func clock(r *rand.Rand) string {
	return fmt.Sprintf("%02d:%02d:%02d.%06d", r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e6)/1000*1000)
}

func offset(r *rand.Rand) string {
	return fmt.Sprintf("%+03d:%02d", r.IntN(25)-12, []int{0, 0, 30, 45}[r.IntN(4)])
}

func moment(r *rand.Rand, offset string) string {
	day, after, _ := strings.Cut(date(r), " ")
	return day + " " + clock(r) + offset + " " + after
}

// recordOf writes record literals, every attribute quoted or null.
func recordOf(attributes ...generator) generator {
	return func(r *rand.Rand) string {
		items := make([]string, len(attributes))
		for i, gen := range attributes {
			if r.IntN(5) > 0 {
				items[i] = `"` + strings.NewReplacer(`"`, `""`, `\`, `\\`).Replace(gen(r)) + `"`
			}
		}
		return "(" + strings.Join(items, ",") + ")"
	}
}

// arrayLiteral writes an array of one to three dimensions.
func arrayLiteral(r *rand.Rand, gen generator) string {
	dims := make([]int, 1+r.IntN(3))
	bounds := ""
	for i := range dims {
		dims[i] = 1 + r.IntN(3)
		low := r.IntN(5) - 2
		bounds += fmt.Sprintf("[%d:%d]", low, low+dims[i]-1)
	}
	body := dimension(r, gen, dims)
	if r.IntN(2) == 0 {
		return body
	}
	return bounds + "=" + body
}

func dimension(r *rand.Rand, gen generator, dims []int) string {
	items := make([]string, dims[0])
	for i := range items {
		switch {
		case len(dims) > 1:
			items[i] = dimension(r, gen, dims[1:])
		case r.IntN(5) == 0:
			items[i] = "NULL"
		default:
			items[i] = `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(gen(r)) + `"`
		}
	}
	return "{" + strings.Join(items, ",") + "}"
}

// FuzzAgainstPostgres lets the server judge whatever it accepts as a value.
func FuzzAgainstPostgres(f *testing.F) {
	names := make([]string, 0, len(nasty))
	for typ, literals := range nasty {
		for _, literal := range literals {
			f.Add(typ, literal)
		}
		names = append(names, typ)
	}
	s := open(f, nil)
	f.Fuzz(func(t *testing.T, typ, literal string) {
		if _, ok := nasty[typ]; !ok {
			typ = names[len(literal)%len(names)]
		}
		ours, theirs, err := s.both(typ, literal)
		var refused *pgconn.PgError
		if errors.As(err, &refused) {
			t.Skip(refused.Message)
		}
		require.NoError(t, err)
		require.Equal(t, theirs, ours)
	})
}
