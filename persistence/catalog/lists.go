package catalog

import (
	"maps"
	"slices"
)

// lists are sorted lists by a key. A copy shares the lists that nobody has changed in it.
type lists[K comparable, V any] struct {
	all map[K][]V
	own map[K]bool // nil: all are
}

func newLists[K comparable, V any]() lists[K, V] { return lists[K, V]{all: map[K][]V{}} }

func (l lists[K, V]) copy() lists[K, V] {
	return lists[K, V]{all: maps.Clone(l.all), own: map[K]bool{}}
}

// mine is a list that may be changed.
func (l lists[K, V]) mine(k K) []V {
	list := l.all[k]
	if l.own != nil && !l.own[k] {
		list, l.own[k] = slices.Clone(list), true
	}
	return list
}

// insert puts a value into its place; what comes in order is not compared with all.
func (l lists[K, V]) insert(k K, v V, compare func(a, b V) int) {
	list := l.mine(k)
	at := len(list)
	if at > 0 && compare(list[at-1], v) > 0 {
		at, _ = slices.BinarySearchFunc(list, v, compare)
	}
	l.all[k] = slices.Insert(list, at, v)
}

// remove takes values out, and a list of none.
func (l lists[K, V]) remove(k K, gone func(V) bool) {
	if !slices.ContainsFunc(l.all[k], gone) {
		return
	}
	if list := slices.DeleteFunc(l.mine(k), gone); len(list) > 0 {
		l.all[k] = list
	} else {
		delete(l.all, k)
	}
}
