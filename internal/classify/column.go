package classify

// Column gathers evidence on one column, value by value. It never keeps a value.
type Column struct {
	set    *Set
	meta   Meta
	values int
	nulls  int
}

// NewColumn starts a column.
func (s *Set) NewColumn(meta Meta) *Column { return &Column{set: s, meta: meta} }

// Add looks at one value. It does not keep the slice.
func (c *Column) Add(value []byte) { c.values++ }

// AddString is Add for a string, without copying it.
func (c *Column) AddString(value string) { c.values++ }

// AddNull counts a row without a value.
func (c *Column) AddNull() { c.nulls++ }
