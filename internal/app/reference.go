package app

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
)

// newReference writes the reference pages; make docs calls it and a test holds the pages to it.
func newReference(w *World) *cobra.Command {
	return &cobra.Command{
		Use: "reference FOLDER", Short: "Write the reference pages", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			pages, err := referencePages()
			if err != nil {
				return err
			}
			for _, name := range sorted(pages) {
				file := filepath.Join(args[0], filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					return err
				}
				if err := writeFile(file, []byte(pages[name])); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(w.Stdout, "%d pages\n", len(pages))
			return err
		},
	}
}

// referencePages are the generated pages by path below docs/reference.
func referencePages() (map[string]string, error) {
	set, err := rules.Load(rules.Embedded(), "")
	if err != nil {
		return nil, err
	}
	pages := map[string]string{"safeguards/README.md": safeguardIndex(set), "facts.md": factsPage()}
	watched, err := rules.LoadDetections(rules.EmbeddedDetections(), "")
	if err != nil {
		return nil, err
	}
	pages["detections.md"] = detectionsPage(watched)
	for _, g := range set.Safeguards {
		pages["safeguards/"+g.ID+".md"] = markdown(g)
	}
	root := newRoot(&World{Env: func(string) string { return "" }})
	root.DisableAutoGenTag = true
	for _, c := range append(root.Commands(), root) {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		c.DisableAutoGenTag = true
		var buf bytes.Buffer
		if err := doc.GenMarkdown(c, &buf); err != nil {
			return nil, err
		}
		pages["commands/"+strings.ReplaceAll(c.CommandPath(), " ", "_")+".md"] = buf.String()
	}
	return pages, nil
}

func safeguardIndex(set *rules.Set) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Safeguards\n\n%d requirements, one file each under `internal/rules/safeguards`. A dash: the level does not demand it.\n", len(set.Safeguards))
	group := ""
	for _, g := range set.Safeguards {
		if g.Group() != group {
			group = g.Group()
			fmt.Fprintf(&b, "\n## %s\n\n| safeguard | %s | what holds |\n|---|%s---|\n", group, strings.Join(policy.Builtin(), " | "), strings.Repeat("---|", len(policy.Builtin())))
		}
		fmt.Fprintf(&b, "| [%s](%s.md)", g.ID, g.ID)
		for _, level := range policy.Builtin() {
			l, ok := g.Demanded(level)
			if !ok {
				l = "-"
			}
			fmt.Fprintf(&b, " | %s", l)
		}
		fmt.Fprintf(&b, " | %s |\n", g.Title)
	}
	return b.String()
}

// markdown is one safeguard's page.
func markdown(g *rules.Safeguard) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n`%s`\n\n%s\n\n", g.Title, g.ID, oneLine(g.Why))
	fmt.Fprintf(&b, "| | |\n|---|---|\n| looks at | %s |\n| severity | %s |\n", strings.Join(g.Kind, ", "), severities(g))
	if g.Applies != "" {
		fmt.Fprintf(&b, "| applies where | %s |\n", code(g.Applies))
	}
	fmt.Fprintf(&b, "| check | %s |\n| fix | %s |\n", code(g.Check), cell(fixWords(g)))
	if g.Fix.Effect != "" {
		fmt.Fprintf(&b, "| effect of the fix | %s |\n", g.Fix.Effect)
	}
	for _, name := range sorted(g.Frameworks) {
		fmt.Fprintf(&b, "| %s | %s |\n", name, strings.Join(g.Frameworks[name], ", "))
	}
	for _, name := range sorted(g.SameAs) {
		fmt.Fprintf(&b, "| same as, %s | %s |\n", name, strings.Join(g.SameAs[name], ", "))
	}
	for _, s := range g.Source {
		fmt.Fprintf(&b, "| source | <%s> |\n", s)
	}
	if len(g.Fix.Steps) > 0 {
		b.WriteString("\nOn a running database:\n\n")
		for i, s := range g.Fix.Steps {
			fmt.Fprintf(&b, "%d. %s\n", i+1, s)
		}
	}
	if g.Notes != "" {
		fmt.Fprintf(&b, "\n%s\n", oneLine(g.Notes))
	}
	for _, e := range []struct {
		head  string
		texts rules.Texts
	}{{"Fails", g.Examples.Bad}, {"Passes", g.Examples.Good}, {"Cannot be told", g.Examples.Unknown}} {
		for _, text := range e.texts {
			fmt.Fprintf(&b, "\n## %s\n\n```%s\n%s\n```\n", e.head, language(text), strings.TrimRight(text, "\n"))
		}
	}
	return b.String()
}

func language(example string) string {
	if isTerraform(example) {
		return "hcl"
	}
	return "yaml"
}

// isTerraform tells an example's language: CloudFormation has Resources on a line of its own.
func isTerraform(example string) bool {
	return !strings.Contains("\n"+example, "\nResources:") && !strings.HasPrefix(strings.TrimSpace(example), "{")
}

func code(s string) string { return "`" + strings.ReplaceAll(oneLine(s), "|", "\\|") + "`" }

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

// factsPage lists every kind and its facts under their names in each language.
func factsPage() string {
	var b strings.Builder
	b.WriteString("# Facts\n\nWhat safeguards can ask of each kind of resource, and where it is written.\n")
	kinds := slices.SortedFunc(slices.Values(estate.Kinds().Kinds), func(a, b *estate.Kind) int { return cmp.Compare(a.Name, b.Name) })
	structs := map[string]*estate.Struct{}
	for _, k := range kinds {
		fmt.Fprintf(&b, "\n## %s\n\nVariable `%s`, all of them `estate.%s`.", k.Name, k.Var, k.Plural)
		for _, w := range []estate.World{estate.CloudFormation, estate.Terraform} {
			if len(k.Types[w]) > 0 {
				fmt.Fprintf(&b, " %s: %s.", map[estate.World]string{estate.CloudFormation: "CloudFormation", estate.Terraform: "Terraform"}[w], strings.Join(k.Types[w], ", "))
			}
		}
		b.WriteString("\n\n")
		factTable(&b, k.Struct, structs)
	}
	for done := map[string]bool{}; ; {
		next := ""
		for _, name := range sorted(structs) {
			if !done[name] {
				next = name
				break
			}
		}
		if next == "" {
			break
		}
		done[next] = true
		fmt.Fprintf(&b, "\n## %s\n\nPart of other facts.\n\n", next)
		factTable(&b, structs[next], structs)
	}
	return b.String()
}

func factTable(b *strings.Builder, s *estate.Struct, structs map[string]*estate.Struct) {
	b.WriteString("| fact | is | CloudFormation | Terraform |\n|---|---|---|---|\n")
	for _, a := range s.Attributes {
		if a.Struct != nil {
			structs[a.Struct.Name] = a.Struct
		}
		name := a.Name
		if a.Takes {
			name += "(name)"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, a.Describe(), cell(a.Written(estate.CloudFormation)), cell(a.Written(estate.Terraform)))
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// detectionsPage lists what watch looks for.
func detectionsPage(list []*rules.Detection) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Detections\n\n%d detections, one file each under `internal/rules/detections`. `bailey detections explain ID` shows one whole.\n", len(list))
	log := ""
	for _, d := range slices.SortedFunc(slices.Values(list), func(a, b *rules.Detection) int {
		return cmp.Or(strings.Compare(a.Log, b.Log), strings.Compare(a.ID, b.ID))
	}) {
		if d.Log != log {
			log = d.Log
			fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n| detection | what happened | type | severity |\n|---|---|---|---|\n", log, rules.LogNamed(log).Means)
		}
		var by []string
		for _, level := range sorted(d.Severity) {
			by = append(by, level+" "+d.Severity[level])
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s |\n", d.ID, d.Title, d.Type, strings.Join(by, ", "))
	}
	return b.String()
}
