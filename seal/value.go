package seal

// Value is one DynamoDB attribute value: [String], [Number], [Binary], [Bool], [Null], [StringSet], [NumberSet],
// [BinarySet], [Map] or [List].
type Value interface{ kind() kind }

// Item is one DynamoDB item: attribute name to value.
type Item map[string]Value

// String is type S.
type String string

// Number is type N: a decimal in text, of at most 38 significant digits.
type Number string

// Binary is type B.
type Binary []byte

// Bool is type BOOL.
type Bool bool

// Null is type NULL.
type Null struct{}

// StringSet is type SS; its order has no meaning, and no member may be there twice.
type StringSet []string

// NumberSet is type NS; 1 and 1.0 are the same member.
type NumberSet []string

// BinarySet is type BS.
type BinarySet [][]byte

// Map is type M.
type Map map[string]Value

// List is type L.
type List []Value

// kind is the two-byte type id of a value in its sealed form.
type kind uint16

const (
	kindNull      kind = 0x0000
	kindString    kind = 0x0001
	kindNumber    kind = 0x0002
	kindBool      kind = 0x0004
	kindStringSet kind = 0x0101
	kindNumberSet kind = 0x0102
	kindBinarySet kind = 0x01FF
	kindMap       kind = 0x0200
	kindList      kind = 0x0300
	kindBinary    kind = 0xFFFF
)

func (String) kind() kind    { return kindString }
func (Number) kind() kind    { return kindNumber }
func (Binary) kind() kind    { return kindBinary }
func (Bool) kind() kind      { return kindBool }
func (Null) kind() kind      { return kindNull }
func (StringSet) kind() kind { return kindStringSet }
func (NumberSet) kind() kind { return kindNumberSet }
func (BinarySet) kind() kind { return kindBinarySet }
func (Map) kind() kind       { return kindMap }
func (List) kind() kind      { return kindList }

// maxDepth is how deep DynamoDB lets maps and lists nest.
const maxDepth = 32
