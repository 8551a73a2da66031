package app

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/finding"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
	"github.com/baileydb/bailey/internal/strict"
)

// loadRules loads the embedded safeguards and the user's, and keeps those the filters leave. Broken files of the user
// are returned as fatal problems; the others run.
func loadRules(dirs, only, skip []string) (*rules.Set, []finding.Problem, error) {
	set, err := rules.Load(rules.Embedded(), "")
	if err != nil {
		return nil, nil, fmt.Errorf("a built-in safeguard is broken, please report it: %w", err)
	}
	var problems []finding.Problem
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, nil, badUse("", "--safeguards %s: no such folder", dir)
		}
		own, err := rules.Load(os.DirFS(dir), strings.TrimSuffix(dir, "/")+"/")
		problems = append(problems, problemsOf(err)...)
		problems = append(problems, problemsOf(own.Compile())...)
		set.Merge(own)
	}
	if err := filterRules(set, only, skip); err != nil {
		return nil, nil, err
	}
	return set, problems, nil
}

func filterRules(set *rules.Set, only, skip []string) error {
	for _, patterns := range [][]string{only, skip} {
		for _, p := range patterns {
			if !slices.ContainsFunc(set.Safeguards, func(g *rules.Safeguard) bool { return named(g, p) }) {
				return badUse("bailey safeguards lists them.", "no safeguard is named %q%s", p, strict.Suggest(p, ids(set)))
			}
		}
	}
	for _, g := range slices.Clone(set.Safeguards) {
		is := func(p string) bool { return named(g, p) }
		if len(only) > 0 && !slices.ContainsFunc(only, is) || slices.ContainsFunc(skip, is) {
			set.Remove(g)
		}
	}
	return nil
}

// named reports whether a pattern means a safeguard, by its own name or by another tool's identifier.
func named(g *rules.Safeguard, pattern string) bool {
	if policy.Fits(pattern, g.ID) {
		return true
	}
	for _, names := range g.SameAs {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, pattern) }) {
			return true
		}
	}
	return false
}

func ids(set *rules.Set) []string {
	out := make([]string, len(set.Safeguards))
	for i, g := range set.Safeguards {
		out[i] = g.ID
	}
	return out
}

// completeIDs offers the safeguards' names to the shell.
func completeIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	set, err := rules.Load(rules.Embedded(), "")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return ids(set), cobra.ShellCompDirectiveNoFileComp
}

// problemsOf turns a joined error into fatal problems, one for each part.
func problemsOf(err error) []finding.Problem {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var out []finding.Problem
		for _, e := range joined.Unwrap() {
			out = append(out, problemsOf(e)...)
		}
		return out
	}
	var at *strict.Error
	if errors.As(err, &at) {
		return []finding.Problem{{File: at.File, Line: at.Line, Column: at.Column, Message: at.Message, Fatal: true}}
	}
	return []finding.Problem{{Message: err.Error(), Fatal: true}}
}
