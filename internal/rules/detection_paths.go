package rules

import (
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

func eventPath(m, p ref.Val) (any, string, bool) {
	root, ok := m.Value().(map[string]any)
	name, ok2 := p.Value().(string)
	return root, name, ok && ok2
}

func at(m, p ref.Val) ref.Val {
	v, name, ok := eventPath(m, p)
	if !ok {
		return types.NullValue
	}
	for part := range strings.SplitSeq(name, ".") {
		if v = member(v, part); v == nil {
			return types.NullValue
		}
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// member is one of an object by its name, whatever its case where there is no exact one, or of a list by its number.
func member(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		if x, ok := v[name]; ok {
			return x
		}
		if k, ok := folded(v, name); ok {
			return v[k]
		}
	case []any:
		if len(name) == 1 && name[0] >= '0' && name[0] <= '9' && int(name[0]-'0') < len(v) {
			return v[name[0]-'0']
		}
	}
	return nil
}

func text(m, p ref.Val) ref.Val { return types.String(FromAny(at(m, p).Value()).String()) }

func all(m, p ref.Val) ref.Val {
	root, name, ok := eventPath(m, p)
	found := []any{}
	if ok {
		found = collect(root, strings.Split(name, "."), found)
	}
	return types.DefaultTypeAdapter.NativeToValue(found)
}

func collect(v any, path []string, found []any) []any {
	if len(path) == 0 {
		if v != nil {
			found = append(found, v)
		}
		return found
	}
	if path[0] == "*" {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				found = collect(x, path[1:], found)
			}
		case map[string]any:
			for _, k := range sortedKeys(v) {
				found = collect(v[k], path[1:], found)
			}
		}
		return found
	}
	if x := member(v, path[0]); x != nil {
		return collect(x, path[1:], found)
	}
	return found
}
