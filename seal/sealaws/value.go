package sealaws

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/baileydb/bailey/seal"
)

// ToItem turns an SDK item into one of package seal. Bytes are shared.
func ToItem(in map[string]types.AttributeValue) (seal.Item, error) {
	if in == nil {
		return nil, nil
	}
	out := make(seal.Item, len(in))
	for name, v := range in {
		var err error
		if out[name], err = toValue(v, 0); err != nil {
			return nil, fmt.Errorf("attribute %q: %w", name, err)
		}
	}
	return out, nil
}

func toValue(v types.AttributeValue, depth int) (seal.Value, error) {
	if depth > 100 { // DynamoDB takes 32
		return nil, fmt.Errorf("is nested too deep")
	}
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return seal.String(v.Value), nil
	case *types.AttributeValueMemberN:
		return seal.Number(v.Value), nil
	case *types.AttributeValueMemberB:
		return seal.Binary(v.Value), nil
	case *types.AttributeValueMemberBOOL:
		return seal.Bool(v.Value), nil
	case *types.AttributeValueMemberNULL:
		return seal.Null{}, nil
	case *types.AttributeValueMemberSS:
		return seal.StringSet(v.Value), nil
	case *types.AttributeValueMemberNS:
		return seal.NumberSet(v.Value), nil
	case *types.AttributeValueMemberBS:
		return seal.BinarySet(v.Value), nil
	case *types.AttributeValueMemberM:
		m := make(seal.Map, len(v.Value))
		for k, inner := range v.Value {
			var err error
			if m[k], err = toValue(inner, depth+1); err != nil {
				return nil, err
			}
		}
		return m, nil
	case *types.AttributeValueMemberL:
		l := make(seal.List, len(v.Value))
		for i, inner := range v.Value {
			var err error
			if l[i], err = toValue(inner, depth+1); err != nil {
				return nil, err
			}
		}
		return l, nil
	default:
		return nil, fmt.Errorf("has a value of type %T, which DynamoDB does not know", v)
	}
}

// FromItem turns an item of package seal into the SDK's. Bytes are shared.
func FromItem(in seal.Item) map[string]types.AttributeValue {
	if in == nil {
		return nil
	}
	out := make(map[string]types.AttributeValue, len(in))
	for name, v := range in {
		out[name] = fromValue(v)
	}
	return out
}

func fromValue(v seal.Value) types.AttributeValue {
	switch v := v.(type) {
	case seal.String:
		return &types.AttributeValueMemberS{Value: string(v)}
	case seal.Number:
		return &types.AttributeValueMemberN{Value: string(v)}
	case seal.Binary:
		return &types.AttributeValueMemberB{Value: v}
	case seal.Bool:
		return &types.AttributeValueMemberBOOL{Value: bool(v)}
	case seal.StringSet:
		return &types.AttributeValueMemberSS{Value: v}
	case seal.NumberSet:
		return &types.AttributeValueMemberNS{Value: v}
	case seal.BinarySet:
		return &types.AttributeValueMemberBS{Value: v}
	case seal.Map:
		m := make(map[string]types.AttributeValue, len(v))
		for k, inner := range v {
			m[k] = fromValue(inner)
		}
		return &types.AttributeValueMemberM{Value: m}
	case seal.List:
		l := make([]types.AttributeValue, len(v))
		for i, inner := range v {
			l[i] = fromValue(inner)
		}
		return &types.AttributeValueMemberL{Value: l}
	default:
		return &types.AttributeValueMemberNULL{Value: true}
	}
}
