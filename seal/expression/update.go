package expression

import "fmt"

// Update is what an update expression writes and reads.
type Update struct {
	Writes []Path
	Reads  []Path
}

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
		action := ""
		for _, k := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
			if p.keyword(k) {
				action = k
			}
		}
		if action == "" {
			return u, p.fail("SET, REMOVE, ADD or DELETE")
		}
		if seen[action] {
			return u, fmt.Errorf("%s is there twice", action)
		}
		seen[action] = true
		for more := true; more; more = p.sign(",") {
			if err := u.clause(p, action); err != nil {
				return u, err
			}
		}
	}
	return u, nil
}

func (u *Update) clause(p *parser, action string) error {
	target, err := p.path()
	if err != nil {
		return err
	}
	u.Writes = append(u.Writes, target)
	switch action {
	case "REMOVE":
		return nil
	case "SET":
		if err := p.expect("="); err != nil {
			return err
		}
		if err := u.term(p, 0); err != nil {
			return err
		}
		if p.sign("+") || p.sign("-") {
			return u.term(p, 0)
		}
		return nil
	default:
		if t := p.next(); t.kind != value {
			return fmt.Errorf("at %d: %s takes a value, as :name", t.at, action)
		}
		return nil
	}
}

// term is a path, a value, if_not_exists(path, term) or list_append(term, term).
func (u *Update) term(p *parser, depth int) error {
	t := p.peek()
	if t.kind == word && len(p.tokens) > 1 && p.tokens[1].text == "(" {
		if t.text != "if_not_exists" && t.text != "list_append" || depth > 10 {
			return fmt.Errorf("at %d: %s cannot stand here", t.at, t.text)
		}
		p.next()
		p.next()
		if err := u.term(p, depth+1); err != nil {
			return err
		}
		if err := p.expect(","); err != nil {
			return err
		}
		if err := u.term(p, depth+1); err != nil {
			return err
		}
		return p.expect(")")
	}
	o, err := p.operand()
	if path, ok := PathOf(o); ok && err == nil {
		u.Reads = append(u.Reads, path)
	}
	return err
}
