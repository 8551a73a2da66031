package terraform

import (
	"path"
	"slices"
	"strings"
)

// isOverride reports whether a file's blocks change those of the other files instead of adding to them.
func isOverride(name string) bool {
	base := strings.TrimSuffix(strings.TrimSuffix(path.Base(name), ".json"), ".tf")
	return base == "override" || strings.HasSuffix(base, "_override")
}

// override merges an override file's block into the one it is for: arguments replace, nested blocks of a type replace all
// of that type.
func override(blocks []*block, o *block) []*block {
	if o.typ == "locals" {
		return overrideLocals(blocks, o)
	}
	i := slices.IndexFunc(blocks, func(b *block) bool {
		return b.typ == o.typ && slices.Equal(b.labels, o.labels) && (o.typ != "provider" || aliasOf(b) == aliasOf(o))
	})
	if i < 0 {
		return append(blocks, o)
	}
	b := merged(blocks[i], o)
	blocks = slices.Clone(blocks)
	blocks[i] = b
	return blocks
}

func merged(b, o *block) *block {
	out := *b
	out.attrs = slices.Clone(b.attrs)
	for _, a := range o.attrs {
		if at := slices.IndexFunc(out.attrs, func(x attribute) bool { return x.name == a.name }); at >= 0 {
			out.attrs[at] = a
		} else {
			out.attrs = append(out.attrs, a)
		}
	}
	out.blocks = slices.Clone(b.blocks)
	replaced := map[string]bool{}
	for _, sub := range o.blocks {
		if i := slices.IndexFunc(out.blocks, func(x *block) bool { return x.typ == "lifecycle" }); sub.typ == "lifecycle" && i >= 0 {
			out.blocks[i] = merged(out.blocks[i], sub) // Terraform merges this one argument by argument
			continue
		}
		replaced[nestedName(sub)] = true
	}
	out.blocks = slices.DeleteFunc(out.blocks, func(x *block) bool { return replaced[nestedName(x)] })
	for _, sub := range o.blocks {
		if replaced[nestedName(sub)] {
			out.blocks = append(out.blocks, sub)
		}
	}
	return &out
}

// nestedName is the type of a nested block; a dynamic block makes blocks of the type in its label.
func nestedName(b *block) string {
	if b.typ == "dynamic" && len(b.labels) == 1 {
		return b.labels[0]
	}
	return b.typ
}

// overrideLocals replaces locals by name, in whichever block they are.
func overrideLocals(blocks []*block, o *block) []*block {
	out := slices.Clone(blocks)
	for i, b := range out {
		if b.typ != "locals" {
			continue
		}
		kept := *b
		kept.attrs = slices.DeleteFunc(slices.Clone(b.attrs), func(a attribute) bool {
			_, again := o.attr(a.name)
			return again
		})
		out[i] = &kept
	}
	return append(out, o)
}

func aliasOf(b *block) string {
	a, ok := b.attr("alias")
	if !ok {
		return ""
	}
	return literalText(a.expr)
}
