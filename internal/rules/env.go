package rules

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
	"cel.dev/cel-go/parser"

	"github.com/baileydb/bailey/internal/estate"
)

const estateType = "bailey.Estate"

// provider tells CEL the kinds' types, so that a misspelled fact is an error when a rule is loaded.
type provider struct {
	types.Provider
	structs map[string]*estate.Struct
	plurals map[string]*estate.Kind
}

func newProvider(base types.Provider) *provider {
	p := &provider{Provider: base, structs: map[string]*estate.Struct{}, plurals: map[string]*estate.Kind{}}
	for _, k := range estate.Kinds().Kinds {
		p.plurals[k.Plural] = k
		p.collect(k.Struct)
	}
	return p
}

func (p *provider) collect(s *estate.Struct) {
	if p.structs[typeName(s)] != nil {
		return
	}
	p.structs[typeName(s)] = s
	for _, a := range s.Attributes {
		if a.Struct != nil {
			p.collect(a.Struct)
		}
	}
}

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if p.structs[name] != nil || name == estateType {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	s := p.structs[name]
	if s == nil {
		return p.Provider.FindStructFieldNames(name)
	}
	var out []string
	for _, a := range s.Attributes {
		if !a.Takes {
			out = append(out, a.Name)
		}
	}
	return out, true
}

// FindStructFieldType implements types.Provider. A field name may carry an aspect after an @, put there by the macros.
func (p *provider) FindStructFieldType(typ, field string) (*types.FieldType, bool) {
	if typ == estateType {
		return p.estateField(field)
	}
	s := p.structs[typ]
	if s == nil {
		return p.Provider.FindStructFieldType(typ, field)
	}
	name, suffix, _ := strings.Cut(field, "@")
	a, ok := s.Attribute(name)
	if !ok || a.Takes {
		return nil, false
	}
	as := aspect(suffix)
	return &types.FieldType{
		Type:  celType(a, as),
		IsSet: func(any) bool { return true },
		GetFrom: func(target any) (any, error) {
			switch o := target.(type) {
			case *object:
				return o.get(a, "", as), nil
			case *types.Unknown:
				return o, nil
			case types.Null:
				return nil, fmt.Errorf("%s of nothing: the resource it belongs to is not named", name)
			default:
				return nil, fmt.Errorf("no fact %s here", name)
			}
		},
	}, true
}

func (p *provider) estateField(field string) (*types.FieldType, bool) {
	k, ok := p.plurals[field]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type:  types.NewListType(types.NewObjectType(typeName(k.Struct))),
		IsSet: func(any) bool { return true },
		GetFrom: func(target any) (any, error) {
			e := target.(*whole)
			return e.all(k), nil
		},
	}, true
}

func celType(a *estate.Attribute, as aspect) *types.Type {
	switch as {
	case aspectGiven, aspectParam, aspectSafe:
		return types.BoolType
	case aspectText:
		if a.Shape == estate.ShapeStrings {
			return types.NewListType(types.StringType)
		}
		return types.StringType
	case aspectValue:
	}
	switch a.Shape {
	case estate.ShapeBool:
		return types.BoolType
	case estate.ShapeInt:
		return types.IntType
	case estate.ShapeString:
		return types.StringType
	case estate.ShapeStrings:
		return types.NewListType(types.StringType)
	case estate.ShapePairs:
		return types.NewMapType(types.StringType, types.StringType)
	case estate.ShapeStruct:
		return types.NewObjectType(typeName(a.Struct))
	case estate.ShapeStructs:
		return types.NewListType(types.NewObjectType(typeName(a.Struct)))
	case estate.ShapeLink:
		return linkType(a)
	case estate.ShapeLinks:
		return types.NewListType(linkType(a))
	default:
		return types.DynType
	}
}

// linkType is the kind a link leads to, or any kind where it may lead to several (a Link[Resource]).
func linkType(a *estate.Attribute) *types.Type {
	if a.Target.Name() == "Resource" {
		return types.DynType
	}
	return types.NewObjectType("bailey." + a.Target.Name())
}

// whole is the estate as CEL sees it.
type whole struct {
	object
	e *estate.Estate
}

func (w *whole) all(k *estate.Kind) ref.Val {
	found := w.e.OfKind(k.Name)
	out := make([]ref.Val, len(found))
	for i, r := range found {
		out[i] = &object{w.eval, k.Struct, r, "estate." + k.Plural + "[" + r.Base().Address() + "]"}
	}
	return newList(out)
}

// Equal implements ref.Val.
func (w *whole) Equal(other ref.Val) ref.Val { _, ok := other.(*whole); return types.Bool(ok) }

// Type implements ref.Val.
func (w *whole) Type() ref.Type { return types.NewObjectType(estateType) }

// Value implements ref.Val.
func (w *whole) Value() any { return w }

// baseEnv is the environment without a resource in it.
var baseEnv = sync.OnceValues(func() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	p := newProvider(registry)
	opts := []cel.EnvOption{
		cel.CustomTypeAdapter(registry), cel.CustomTypeProvider(p),
		cel.ClearMacros(),
		cel.Macros(cel.StandardMacros[1:]...), // all but has(): every fact is there, given() asks the question
		cel.Macros(aspectMacro(aspectGiven), aspectMacro(aspectText), aspectMacro(aspectParam), aspectMacro(aspectSafe)),
		ext.Strings(), ext.Sets(),
		cel.Variable("estate", cel.ObjectType(estateType)),
		cel.Variable("level", cel.StringType), cel.Variable("level_from", cel.StringType),
		cel.Variable("classification_tags", cel.ListType(cel.StringType)),
		cel.Variable("rpo", cel.IntType), cel.Variable("rto", cel.IntType),
		cel.Variable("level_reach", cel.ListType(cel.StringType)), cel.Variable("now", cel.TimestampType),
	}
	opts = append(opts, functions()...)
	opts = append(opts, methods(p)...)
	return cel.NewEnv(opts...)
})

// aspectMacro turns given(x.y) into a selection of the fact's aspect.
func aspectMacro(as aspect) cel.Macro {
	return cel.GlobalMacro(string(as), 1, func(eh parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		if args[0].Kind() != ast.SelectKind {
			return nil, eh.NewError(args[0].ID(), fmt.Sprintf("%s() takes a fact, such as %s(db.kms_key)", as, as))
		}
		sel := args[0].AsSelect()
		return eh.NewSelect(sel.Operand(), sel.FieldName()+"@"+string(as)), nil
	})
}

// methods declares the facts that take a name, such as db.parameter("rds.force_ssl").
func methods(p *provider) []cel.EnvOption {
	overloads := map[string][]cel.FunctionOpt{}
	for _, name := range sortedKeys(p.structs) {
		for _, a := range p.structs[name].Attributes {
			if !a.Takes {
				continue
			}
			overloads[a.Name] = append(overloads[a.Name], cel.MemberOverload(
				strings.ReplaceAll(name, ".", "_")+"_"+a.Name,
				[]*cel.Type{cel.ObjectType(name), cel.StringType}, celType(a, aspectValue),
				cel.BinaryBinding(func(target, arg ref.Val) ref.Val {
					o, ok := target.(*object)
					if !ok {
						return types.NewErr("%s of nothing: the resource it belongs to is not named", a.Name)
					}
					return o.get(a, string(arg.(types.String)), aspectValue)
				})))
		}
	}
	var out []cel.EnvOption
	for _, name := range sortedKeys(overloads) {
		out = append(out, cel.Function(name, overloads[name]...))
	}
	return out
}
