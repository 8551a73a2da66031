package iam

import (
	"maps"
	"slices"
	"strings"
)

// Context holds the values of a request's condition keys. Keys are not case-sensitive. The zero value has every key
// absent.
type Context struct {
	values  map[string][]string
	unknown map[string]bool
	// prefixes are unknown keys that were given with a * at the end.
	prefixes []string
	// open makes every key unknown that was not given, but for those that begin as absent does.
	open   bool
	absent []string
	// under are values that count where values has none, over are those that come before it. They are shared by many
	// contexts and do not change.
	under, over map[string][]string
}

// flat returns the context with all its values in one map, which nothing else has.
func (c Context) flat(room int) Context {
	m := make(map[string][]string, len(c.under)+len(c.values)+len(c.over)+room)
	maps.Copy(m, c.under)
	maps.Copy(m, c.values)
	maps.Copy(m, c.over)
	c.values, c.under, c.over = m, nil, nil
	return c
}

// NewContext returns a context with every key absent.
func NewContext() Context { return Context{} }

// With returns the context with a key's value, or its values where the key has several.
func (c Context) With(key string, values ...string) Context {
	key = strings.ToLower(key)
	if _, ok := c.over[key]; ok {
		c = c.flat(1)
	} else {
		m := make(map[string][]string, len(c.values)+1)
		maps.Copy(m, c.values)
		c.values = m
	}
	c.values[key] = values
	return c
}

// Unknown returns the context with keys that nobody could tell. A * at the end of a key stands for all that begin so.
func (c Context) Unknown(keys ...string) Context {
	m := make(map[string]bool, len(c.unknown)+len(keys))
	for k := range c.unknown {
		m[k] = true
	}
	c.prefixes = append([]string(nil), c.prefixes...)
	for _, k := range keys {
		k = strings.ToLower(k)
		if p, ok := strings.CutSuffix(k, "*"); ok {
			c.prefixes = append(c.prefixes, p)
		} else {
			m[k] = true
		}
	}
	c.unknown = m
	return c
}

// Open returns the context with every key unknown that has no value: what is right where a template is read and the
// request has yet to be made.
func (c Context) Open() Context {
	c.open = true
	return c
}

// Absent returns the context with keys that are known to be absent, for an open context. A * at the end of a key stands
// for all that begin so and have no value.
func (c Context) Absent(keys ...string) Context {
	c = c.flat(len(keys))
	c.absent = append([]string(nil), c.absent...)
	for _, k := range keys {
		k = strings.ToLower(k)
		if p, ok := strings.CutSuffix(k, "*"); ok {
			c.absent = append(c.absent, p)
		} else {
			c.values[k] = nil
		}
	}
	return c
}

// get returns a key's values by its lower-case name. An absent key has none.
func (c *Context) get(key string) (values []string, known bool) {
	if values, ok := c.over[key]; ok {
		return values, true
	}
	if values, ok := c.values[key]; ok {
		return values, true
	}
	if values, ok := c.under[key]; ok {
		return values, true
	}
	if c.unknown[key] {
		return nil, false
	}
	for _, p := range c.absent {
		if strings.HasPrefix(key, p) {
			return nil, true
		}
	}
	if c.open {
		return nil, false
	}
	for _, p := range c.prefixes {
		if strings.HasPrefix(key, p) {
			return nil, false
		}
	}
	return nil, true
}

var principalTags = []string{"aws:principaltag/"}

// withoutTags returns the context with the principal's tags absent that have no value.
func (c Context) withoutTags() Context {
	if len(c.absent) == 0 {
		c.absent = principalTags
	} else {
		c.absent = append(slices.Clone(c.absent), principalTags...)
	}
	return c
}

// Forget returns the context without what it said of a key.
func (c Context) Forget(key string) Context {
	c = c.flat(0)
	delete(c.values, strings.ToLower(key))
	return c
}
