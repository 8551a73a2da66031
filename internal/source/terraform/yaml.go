package terraform

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/estate"
)

var yamlDecode = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "text", Type: cty.String}},
	Type:   function.StaticReturnType(cty.DynamicPseudoType),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var x any
		if err := yaml.Unmarshal([]byte(args[0].AsString()), &x); err != nil {
			return cty.NilVal, err
		}
		n := 0
		return fromYAML(x, 0, &n)
	},
})

func fromYAML(x any, depth int, n *int) (cty.Value, error) {
	if *n++; depth > maxNesting || *n > maxValue {
		return cty.NilVal, errors.New("the YAML is nested too deeply, or refers to its own parts too often")
	}
	switch x := x.(type) {
	case nil:
		return cty.NullVal(cty.DynamicPseudoType), nil
	case bool:
		return cty.BoolVal(x), nil
	case int, int64, uint64, float64:
		return cty.ParseNumberVal(fmt.Sprint(x))
	case string:
		return cty.StringVal(x), nil
	case []any:
		out := make([]cty.Value, len(x))
		for i := range x {
			var err error
			if out[i], err = fromYAML(x[i], depth+1, n); err != nil {
				return cty.NilVal, err
			}
		}
		return cty.TupleVal(out), nil
	case map[string]any:
		out := map[string]cty.Value{}
		for k, item := range x {
			var err error
			if out[k], err = fromYAML(item, depth+1, n); err != nil {
				return cty.NilVal, err
			}
		}
		return cty.ObjectVal(out), nil
	default: // a date, or a map whose keys are not text
		return cty.DynamicVal, nil
	}
}

var yamlEncode = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true}},
	Type:   function.StaticReturnType(cty.String), RefineResult: filled,
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.String), nil
		}
		out, err := yaml.Marshal(toYAML(fromCty(args[0], estate.Origin{})))
		return cty.StringVal(string(out)), err
	},
})

func toYAML(v estate.Value) any {
	switch v.Kind {
	case estate.KindNull:
		return nil
	case estate.KindBool:
		return v.Bool
	case estate.KindNumber:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.Text}
	case estate.KindList:
		out := make([]any, len(v.Items))
		for i := range v.Items {
			out[i] = toYAML(v.Items[i])
		}
		return out
	case estate.KindMap:
		out := make(map[string]any, len(v.Fields))
		for _, f := range v.Fields {
			out[f.Name] = toYAML(f.Value)
		}
		return out
	default:
		return v.Text
	}
}
