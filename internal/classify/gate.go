package classify

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
)

// gate is one deterministic automaton over the patterns of many detectors. Its states are built when a value first
// needs them, so loading is cheap and only what the data meets takes memory; reading them takes no lock.
//
// Patterns are RE2's without assertions and without classes that tell letters beyond ASCII apart: every byte from 0x80
// on is the same character to the gate.
type gate struct {
	insts []inst
	sets  []byteSet // by class, not by byte
	class [256]uint8
	start *state
	dead  *state

	mu     sync.Mutex
	states map[string]*state
}

// inst is one character of one pattern, or its end.
type inst struct {
	set      int   // index into the sets of bytes; -1 for the end of a pattern
	next     []int // instructions after this one, alternatives resolved
	detector uint16
}

type state struct {
	accepts []uint16 // detectors whose pattern ends here
	insts   []int
	next    [beyondASCII + 1]atomic.Pointer[state] // by class; an array, so that a step follows one pointer only
}

// maxStates bounds the memory of a gate. Beyond it states are built anew for each byte, which is slow and correct.
const maxStates = 20000

// byteSet has one bit per ASCII byte, and the last for all others.
type byteSet [3]uint64

func (s *byteSet) add(b int)      { s[b>>6] |= 1 << (b & 63) }
func (s *byteSet) has(b int) bool { return s[b>>6]>>(b&63)&1 == 1 }

const beyondASCII = 128

// newGate compiles the patterns; detectors[i] is what patterns[i] answers for.
func newGate(patterns []*syntax.Prog, detectors []uint16) *gate {
	g := &gate{states: map[string]*state{}}
	var sets []byteSet
	index := map[byteSet]int{}
	var first []int
	for i, prog := range patterns {
		first = append(first, g.link(prog, detectors[i], func(s byteSet) int {
			at, ok := index[s]
			if !ok {
				at = len(sets)
				index[s], sets = at, append(sets, s)
			}
			return at
		})...)
	}
	g.classify(sets)
	g.dead = &state{}
	g.start = g.build(first)
	return g
}

// link adds one program and returns its first instructions.
func (g *gate) link(prog *syntax.Prog, detector uint16, intern func(byteSet) int) []int {
	at := make([]int, len(prog.Inst)) // program counter to instruction
	for pc := range prog.Inst {
		in := &prog.Inst[pc]
		at[pc] = -1
		switch in.Op {
		case syntax.InstMatch:
			at[pc] = len(g.insts)
			g.insts = append(g.insts, inst{set: -1, detector: detector})
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			at[pc] = len(g.insts)
			g.insts = append(g.insts, inst{set: intern(bytesOf(in)), detector: detector})
		default:
		}
	}
	follow := func(pc uint32) []int {
		var out []int
		seen := make([]bool, len(prog.Inst))
		var walk func(uint32)
		walk = func(pc uint32) {
			if seen[pc] {
				return
			}
			seen[pc] = true
			in := &prog.Inst[pc]
			switch in.Op {
			case syntax.InstAlt, syntax.InstAltMatch:
				walk(in.Out)
				walk(in.Arg)
			case syntax.InstCapture, syntax.InstNop:
				walk(in.Out)
			case syntax.InstFail, syntax.InstEmptyWidth:
			default:
				out = append(out, at[pc])
			}
		}
		walk(pc)
		return out
	}
	for pc := range prog.Inst {
		if i := at[pc]; i >= 0 && g.insts[i].set >= 0 {
			g.insts[i].next = follow(prog.Inst[pc].Out)
		}
	}
	return follow(uint32(prog.Start)) //nolint:gosec // a program counter is small
}

func bytesOf(in *syntax.Inst) byteSet {
	var s byteSet
	for b := range 128 {
		if in.MatchRune(rune(b)) {
			s.add(b)
		}
	}
	if in.MatchRune('\u00e9') { // compile has made sure that one such character stands for all
		s.add(beyondASCII)
	}
	return s
}

// compile parses a pattern for a gate.
func compile(pattern string) (*syntax.Prog, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("is no regular expression: %w", err)
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("is no regular expression: %w", err)
	}
	if len(prog.Inst) > 2000 {
		return nil, fmt.Errorf("makes %d instructions, and a pattern has at most 2000; repeat less", len(prog.Inst))
	}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		switch in.Op {
		case syntax.InstEmptyWidth:
			return nil, fmt.Errorf(`holds an assertion (^, $, \b); leave it out, a pattern always covers the whole value`)
		case syntax.InstRune, syntax.InstRune1:
			want := in.MatchRune('\u00e9')
			for _, r := range []rune{'\u00df', '\u0142', '\u0436', '\u4e2d', '\u200b'} {
				if in.MatchRune(r) != want {
					return nil, fmt.Errorf("tells characters beyond ASCII apart; use ASCII classes, or a negated class for all the others")
				}
			}
		default:
		}
	}
	return prog, nil
}

// classify numbers the bytes so that those which no set tells apart share a number.
func (g *gate) classify(sets []byteSet) {
	number := map[string]uint8{}
	var of [129]uint8
	member := make([][]bool, 0, 129)
	for b := range 129 {
		key := make([]byte, len(sets))
		in := make([]bool, len(sets))
		for i := range sets {
			if sets[i].has(b) {
				key[i], in[i] = 1, true
			}
		}
		n, ok := number[string(key)]
		if !ok {
			n = uint8(len(number)) //nolint:gosec // at most 129 classes
			number[string(key)] = n
			member = append(member, in)
		}
		of[b] = n
	}
	for b := range 256 {
		g.class[b] = of[min(b, beyondASCII)]
	}
	// From here on an instruction's set is a set of classes.
	classSets := make([]byteSet, len(sets))
	for c, in := range member {
		for i, ok := range in {
			if ok {
				classSets[i].add(c)
			}
		}
	}
	g.sets = classSets
}

// build makes the state of the instructions given, or finds it.
func (g *gate) build(insts []int) *state {
	slices.Sort(insts)
	insts = slices.Compact(insts)
	if len(insts) == 0 {
		return g.dead
	}
	key := make([]byte, 0, 4*len(insts))
	for _, i := range insts {
		key = binary.AppendUvarint(key, uint64(i)) //nolint:gosec // an index
	}
	if s, ok := g.states[string(key)]; ok {
		return s
	}
	s := &state{insts: insts}
	for _, i := range insts {
		if g.insts[i].set < 0 {
			s.accepts = append(s.accepts, g.insts[i].detector)
		}
	}
	if len(g.states) < maxStates {
		g.states[string(key)] = s
	}
	return s
}

// step finds the state after class c when it has not been built yet.
func (g *gate) step(s *state, c uint8) *state {
	g.mu.Lock()
	defer g.mu.Unlock()
	if to := s.next[c].Load(); to != nil {
		return to
	}
	var after []int
	for _, i := range s.insts {
		if in := &g.insts[i]; in.set >= 0 && g.sets[in.set].has(int(c)) {
			after = append(after, in.next...)
		}
	}
	to := g.build(after)
	if len(g.states) < maxStates {
		s.next[c].Store(to)
	}
	return to
}

// whole returns the detectors whose pattern covers all of v. The slice is the gate's own.
func (g *gate) whole(v []byte) []uint16 {
	s := g.start
	for _, b := range v {
		c := g.class[b]
		to := s.next[c].Load()
		if to == nil {
			to = g.step(s, c)
		}
		if to == g.dead {
			return nil
		}
		s = to
	}
	return s.accepts
}
