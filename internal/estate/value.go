package estate

import (
	"strconv"
	"strings"
)

// Origin is the place a value was read from. Line and Column start at 1; zero means the place within File is not known.
type Origin struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Known reports whether the origin names a position.
func (o Origin) Known() bool { return o.Line > 0 }

func (o Origin) String() string {
	switch {
	case o.Line == 0:
		return o.File
	case o.Column == 0:
		return o.File + ":" + strconv.Itoa(o.Line)
	}
	return o.File + ":" + strconv.Itoa(o.Line) + ":" + strconv.Itoa(o.Column)
}

// ValueKind says what a Value is.
type ValueKind uint8

// The kinds of a Value.
const (
	KindNull      ValueKind = iota // written, but null: the same as not written
	KindBool                       // Bool
	KindNumber                     // Text holds the decimal literal
	KindString                     // Text
	KindList                       // Items
	KindMap                        // Fields, in the author's order, names unique
	KindReference                  // Ref names the resource; Text is a display form such as ${Key.Arn}
	KindUnknown                    // Why says what would settle it
)

// Value is one node of a resource's configuration, after its source resolved what can be resolved without running a
// deployment.
//
// Three details decide verdicts:
//   - A value that names another declared resource (CloudFormation Ref, GetAtt or a Sub of exactly one of them;
//     Terraform aws_x.y.attr) is a KindReference, never Unknown: that it is set is known, and so is what it points at.
//   - A value that depends on something not given (a parameter without default, a data source) is KindUnknown. MayBeAbsent
//     is set only where even its presence is unknown, such as an If with NoValue on an undecided condition.
//   - A string of which parts are not known is a KindString with Partial set; Text then has ${…} in those places.
//     It is good for looking into policy documents and ARNs; a string fact made from it is Unknown. Where it names
//     exactly one declared resource, Ref is set.
//   - A map that may have entries beside those known (a macro or an unknown list adds to it) is a KindMap with Why set.
//     [Value.Get] then takes any entry that is not there for Unknown.
type Value struct {
	Kind        ValueKind
	Bool        bool
	Partial     bool
	MayBeAbsent bool
	Text        string
	Why         string
	Import      string // KindUnknown: the export that would settle it; [Build] replaces the value where a unit offers it
	Items       []Value
	Fields      []Field
	Ref         *Ref
	// Param names the parameter or variable that the value came from directly, known or not; NoEcho says that it is
	// declared secret. A value that came from a parameter is not written in the template.
	Param  string
	NoEcho bool
	Origin Origin
}

// Field is one entry of a map.
type Field struct {
	Name  string
	Value Value
}

// Ref names a resource declared in the same estate and, where given, the attribute asked of it.
type Ref struct {
	ID   string // Declaration.ID of the resource
	Attr string // such as Arn or arn; empty for CloudFormation's Ref
}

// Null, Bool, Number, String, List, Map, Reference and UnknownBecause make values.

// Null makes a value that counts as not written.
func Null(at Origin) Value { return Value{Kind: KindNull, Origin: at} }

// Bool makes a boolean.
func Bool(b bool, at Origin) Value { return Value{Kind: KindBool, Bool: b, Origin: at} }

// Number makes a number from its decimal literal.
func Number(literal string, at Origin) Value {
	return Value{Kind: KindNumber, Text: literal, Origin: at}
}

// String makes a string.
func String(s string, at Origin) Value { return Value{Kind: KindString, Text: s, Origin: at} }

// PartialString makes a string of which the parts written ${…} are not known; why says what would settle them.
func PartialString(s, why string, at Origin) Value {
	return Value{Kind: KindString, Text: s, Partial: true, Why: why, Origin: at}
}

// List makes a list.
func List(items []Value, at Origin) Value { return Value{Kind: KindList, Items: items, Origin: at} }

// Map makes a map.
func Map(fields []Field, at Origin) Value { return Value{Kind: KindMap, Fields: fields, Origin: at} }

// Reference makes a reference to a declared resource; display is how the author would recognize it.
func Reference(ref Ref, display string, at Origin) Value {
	return Value{Kind: KindReference, Ref: &ref, Text: display, Origin: at}
}

// UnknownBecause makes a value that could not be resolved. why completes the sentence "to settle it, …", for example
// "give parameter DBEncrypted a value".
func UnknownBecause(why string, at Origin) Value {
	return Value{Kind: KindUnknown, Why: why, Origin: at}
}

// Get returns the entry of a map with that name. In a map that may have more entries than are known, one that is not
// there is unknown, unless its name begins with @ and so stands beside the configuration.
func (v Value) Get(name string) (Value, bool) {
	for i := range v.Fields {
		if v.Fields[i].Name == name {
			return v.Fields[i].Value, true
		}
	}
	if v.Kind == KindMap && v.Why != "" && !strings.HasPrefix(name, "@") {
		out := UnknownBecause(v.Why, v.Origin)
		out.MayBeAbsent = true
		return out, true
	}
	return Value{}, false
}

// Scalar returns the text of a bool, number or fully known string.
func (v Value) Scalar() (string, bool) {
	switch v.Kind {
	case KindBool:
		return strconv.FormatBool(v.Bool), true
	case KindNumber:
		return v.Text, true
	case KindString:
		return v.Text, !v.Partial
	default:
		return "", false
	}
}

// AsBool reads a bool, or a string that spells one as CloudFormation accepts it.
func (v Value) AsBool() (value, ok bool) {
	if v.Kind == KindBool {
		return v.Bool, true
	}
	if v.Kind == KindString && !v.Partial {
		switch strings.ToLower(v.Text) {
		case "true", "1":
			return true, true
		case "false", "0":
			return false, true
		}
	}
	if v.Kind == KindNumber {
		switch v.Text {
		case "1":
			return true, true
		case "0":
			return false, true
		}
	}
	return false, false
}

// AsInt reads a whole number, or a string that spells one.
func (v Value) AsInt() (int64, bool) {
	if v.Kind != KindNumber && (v.Kind != KindString || v.Partial) {
		return 0, false
	}
	text := strings.TrimSpace(v.Text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == float64(int64(f)) {
		return int64(f), true
	}
	return 0, false
}

// Walk visits v and everything below it, parents first. It stops descending where visit returns false.
func (v Value) Walk(visit func(Value) bool) {
	if !visit(v) {
		return
	}
	for i := range v.Items {
		v.Items[i].Walk(visit)
	}
	for i := range v.Fields {
		v.Fields[i].Value.Walk(visit)
	}
}
