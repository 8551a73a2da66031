package cloudformation

import (
	"slices"
	"strings"

	"github.com/baileydb/bailey/internal/estate"
)

// withGlobals adds what SAM's Globals section says for a resource's type: maps merge, lists follow the global ones, and
// the resource's own values win.
func (u *unit) withGlobals(r *resource, body estate.Value) estate.Value {
	kind, ok := strings.CutPrefix(r.typ, "AWS::Serverless::")
	if !ok {
		return body
	}
	globals := u.t.root.get("Globals").get(kind)
	if globals == nil || globals.kind != nodeMap {
		return body
	}
	if v := u.eval(globals, nil); v.Kind == estate.KindMap {
		return underlay(body, v)
	}
	return body
}

func underlay(own, global estate.Value) estate.Value {
	switch {
	case own.Kind == estate.KindMap && global.Kind == estate.KindMap:
		own.Fields = slices.Clone(own.Fields)
		at := make(map[string]int, len(own.Fields))
		for i := range own.Fields {
			at[own.Fields[i].Name] = i
		}
		for _, g := range global.Fields {
			if i, ok := at[g.Name]; ok {
				own.Fields[i].Value = underlay(own.Fields[i].Value, g.Value)
			} else {
				own.Fields = append(own.Fields, g)
			}
		}
	case own.Kind == estate.KindList && global.Kind == estate.KindList:
		own.Items = slices.Concat(global.Items, own.Items)
	}
	return own
}

// stages are what SAM makes with an API by its type: the stage's type, its property that says which API it is of, and its
// name where none is written. The API has the properties of both.
// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html
var stages = map[string]struct{ typ, api, name string }{
	"AWS::Serverless::Api":     {typ: "AWS::ApiGateway::Stage", api: "RestApiId"},
	"AWS::Serverless::HttpApi": {typ: "AWS::ApiGatewayV2::Stage", api: "ApiId", name: "$default"},
}

// stageOf is the stage that SAM makes with an API, under the name by which a template refers to it: !Ref Api.Stage.
func stageOf(r *resource, api estate.Declaration) (stage estate.Declaration, ok bool) {
	s, ok := stages[r.typ]
	if !ok {
		return stage, false
	}
	stage = api
	stage.Type, stage.Address, stage.Written = s.typ, api.Address+".Stage", api.Address
	stage.Body.Fields = append(slices.Clone(stage.Body.Fields), estate.Field{Name: s.api, Value: estate.Reference(r.origin, "${"+r.id+"}", api.Origin)})
	if _, written := stage.Body.Get("StageName"); !written && s.name != "" && stage.Body.Why == "" {
		stage.Body.Fields = append(stage.Body.Fields, estate.Field{Name: "StageName", Value: estate.String(s.name, api.Origin)})
	}
	return stage, true
}
