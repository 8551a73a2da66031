package expression

import "fmt"

// Update is what an update expression writes and reads.
type Update struct {
	Writes []Path
	Reads  []Path

	actions []action
}

// action is one clause; its term is nil for REMOVE.
type action struct {
	verb   string
	target Path
	term   Operand
}

// What stands on the right side of SET beside paths and values.
type (
	sumOf struct {
		a, b  Operand
		minus bool
	}
	ifNotExists struct {
		path  Path
		other Operand
	}
	listAppend struct{ a, b Operand }
)

func (sumOf) operand()       {}
func (ifNotExists) operand() {}
func (listAppend) operand()  {}

func (s sumOf) String() string {
	if s.minus {
		return s.a.String() + " - " + s.b.String()
	}
	return s.a.String() + " + " + s.b.String()
}

func (f ifNotExists) String() string {
	return "if_not_exists(" + f.path.Text + ", " + f.other.String() + ")"
}

func (l listAppend) String() string { return "list_append(" + l.a.String() + ", " + l.b.String() + ")" }

// ParseUpdate reads an update expression.
func ParseUpdate(s string, names map[string]string) (Update, error) {
	var u Update
	p, err := newParser(s, names)
	if err != nil {
		return u, err
	}
	if p.peek().kind == end {
		return u, p.fail("SET, REMOVE, ADD or DELETE")
	}
	seen := map[string]bool{}
	for p.peek().kind != end {
		verb := ""
		for _, k := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
			if p.keyword(k) {
				verb = k
				break
			}
		}
		if verb == "" {
			return u, p.fail("SET, REMOVE, ADD or DELETE")
		}
		if seen[verb] {
			return u, fmt.Errorf("%s is there twice", verb)
		}
		seen[verb] = true
		for more := true; more; more = p.sign(",") {
			if err := u.clause(p, verb); err != nil {
				return u, err
			}
		}
	}
	return u, nil
}

func (u *Update) clause(p *parser, verb string) error {
	target, err := p.path()
	if err != nil {
		return err
	}
	a := action{verb: verb, target: target}
	switch verb {
	case "REMOVE":
	case "SET":
		if err := p.expect("="); err != nil {
			return err
		}
		if a.term, err = u.term(p, 0); err != nil {
			return err
		}
		if plus, minus := p.sign("+"), p.sign("-"); plus || minus {
			if plus && minus {
				return p.fail("one of + and -")
			}
			b, err := u.term(p, 0)
			if err != nil {
				return err
			}
			a.term = sumOf{a.term, b, minus}
		}
	default:
		t := p.next()
		if t.kind != value {
			return fmt.Errorf("at %d: %s takes a value, as :name", t.at, verb)
		}
		a.term = Placeholder(t.text)
	}
	u.Writes = append(u.Writes, target)
	u.actions = append(u.actions, a)
	return nil
}

// term is a path, a value, if_not_exists(path, term) or list_append(term, term).
func (u *Update) term(p *parser, depth int) (Operand, error) {
	t := p.peek()
	if t.kind == word && len(p.tokens) > 1 && p.tokens[1].text == "(" {
		return u.function(p, depth)
	}
	o, err := p.operand()
	if err != nil {
		return nil, err
	}
	if path, ok := PathOf(o); ok {
		u.Reads = append(u.Reads, path)
	}
	return o, nil
}

func (u *Update) function(p *parser, depth int) (Operand, error) {
	t := p.next()
	if t.text != "if_not_exists" && t.text != "list_append" || depth > 10 {
		return nil, fmt.Errorf("at %d: %s cannot stand here", t.at, t.text)
	}
	p.next()
	a, err := u.term(p, depth+1)
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	b, err := u.term(p, depth+1)
	if err != nil {
		return nil, err
	}
	if t.text == "list_append" {
		return listAppend{a, b}, p.expect(")")
	}
	path, ok := a.(Path)
	if !ok {
		return nil, fmt.Errorf("at %d: if_not_exists takes an attribute first", t.at)
	}
	return ifNotExists{path, b}, p.expect(")")
}
