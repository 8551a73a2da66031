package actions

import (
	"slices"
	"strings"
)

// Suggest returns the known action nearest to one that is not known, "rds:DeleteDBInstance" for "rds:DeleteDbInstnace",
// or "" when none is near. A name that another service has is near too: "rds:GetItem" means "dynamodb:GetItem".
func Suggest(action string) string {
	if a, ok := Lookup(action); ok {
		return a.String()
	}
	prefix, name, ok := strings.Cut(strings.ToLower(action), ":")
	if !ok || name == "" || len(action) > 200 {
		return ""
	}
	services := []string{prefix}
	if !Carried(prefix) {
		services = nearServices(prefix)
	}
	if best := nearest(services, name, 1+len(name)/5); best != "" {
		return best
	}
	best, size := "", 0 // the right name, the wrong service: of several, the one with the most actions
	for _, service := range index().names {
		p := index().services[service].parsed()
		if i, ok := p.byName[name]; ok && len(p.actions) > size {
			best, size = p.actions[i].String(), len(p.actions)
		}
	}
	return best
}

// nearServices returns the carried services whose prefix is at most two changes away, the nearest first.
func nearServices(prefix string) []string {
	var near []string
	for _, s := range index().names {
		if distance(prefix, s, 2) <= 2 {
			near = append(near, s)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return distance(prefix, a, 2) - distance(prefix, b, 2) })
	return near
}

func nearest(services []string, name string, limit int) string {
	best := ""
	for _, service := range services {
		p := index().services[service].parsed()
		for i := range p.actions {
			if d := distance(name, p.lower[i], limit); d <= limit {
				best, limit = p.actions[i].String(), d-1
			}
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour between a and b, or limit+1
// when it is more than limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before := make([]int, len(b)+1) // two rows up
	prev := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, prev, row = prev, row, before
	}
	return min(prev[len(b)], limit+1)
}
