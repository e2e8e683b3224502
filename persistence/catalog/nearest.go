package catalog

import "strings"

// Nearest finds the candidate that a caller most likely meant by name, or nothing
// when none is near enough to be a slip of the pen.
func Nearest(name string, candidates []string) (string, bool) {
	// Long names cannot be near any identifier and would make the work quadratic.
	if len(name) > 128 {
		return "", false
	}
	folded := fold(name)
	best, found := 1+max(1, min(3, len(folded)/3)), ""
	for _, candidate := range candidates {
		if d := distance(folded, fold(candidate), best); d < best {
			best, found = d, candidate
		}
	}
	return found, found != ""
}

// fold drops what people get wrong without being wrong: case and underscores.
func fold(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "_", "")
}

// distance counts the single-character edits and swaps between a and b, and may
// stop counting at limit.
func distance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit {
		return limit
	}
	before := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	next := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			next[j+1] = min(last[j+1]+1, next[j]+1, last[j]+cost(a[i], b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}

func cost(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}

func abs(n int) int { return max(n, -n) }
