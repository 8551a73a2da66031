package bailey_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/baileydb/bailey/"

// rooms says which rooms each room may import. Imports point downward only and siblings never import each other; a
// package that is in no room fails the test. Test files may import more: they join rooms to try them together.
var rooms = map[string][]string{
	"cmd/bailey":                     {"internal/app"},
	"internal/app":                   {"iam", "iam/actions", "internal/check", "internal/classify", "internal/estate", "internal/finding", "internal/fix", "internal/grant", "internal/guard", "internal/guard/dynamodb", "internal/migrate", "internal/notify", "internal/notify/pattern", "internal/parallel", "internal/paths", "internal/policy", "internal/principals", "internal/report", "internal/rules", "internal/sample", "internal/sigma", "internal/source/cloudformation", "internal/source/snapshot", "internal/source/terraform", "internal/store", "internal/strict", "internal/trail", "internal/vectors", "internal/watch", "internal/watch/digest", "internal/watch/feed", "internal/watch/jetstream", "internal/watch/lists", "internal/watch/live", "internal/watch/replay", "reach", "seal", "seal/sealaws"},
	"internal/conformance":           {"iam", "iam/iamtest", "internal/check", "internal/classify", "internal/estate", "internal/finding", "internal/policy", "internal/rules", "internal/source/cloudformation", "internal/source/terraform", "internal/vectors", "internal/watch", "internal/watch/feed", "internal/watch/lists", "internal/watch/months"},
	"internal/bench":                 {"iam/iamtest", "internal/rules", "internal/sigma", "internal/watch", "internal/watch/feed", "seal"},
	"internal/report":                {"internal/classify", "internal/store", "internal/watch", "internal/finding", "reach"},
	"internal/answers":               {"iam", "iam/actions", "internal/estate", "internal/paths", "internal/principals", "reach"},
	"internal/check":                 {"internal/answers", "internal/estate", "internal/finding", "internal/parallel", "internal/policy", "internal/rules"},
	"internal/grant":                 {"iam", "iam/actions"},
	"internal/trail":                 {"iam", "iam/actions"},
	"internal/fix":                   {"internal/estate", "internal/finding", "internal/rules"},
	"internal/source/cloudformation": {"internal/estate"},
	"internal/source/terraform":      {"internal/estate"},
	"internal/source/snapshot":       {"internal/estate"},
	"internal/rules":                 {"iam/actions", "internal/estate", "internal/finding", "internal/parallel", "internal/policy", "internal/strict"},
	"internal/parts":                 {},
	"internal/policy":                {"internal/strict"},
	"internal/paths":                 {"internal/estate", "reach"},
	"internal/principals":            {"iam", "iam/actions", "internal/estate"},
	"internal/principals/generate":   {},
	"internal/classify":              {"internal/strict"},
	"internal/sample":                {"internal/classify", "internal/estate"},
	"internal/store":                 {"internal/classify"},
	"internal/estate":                {},
	"iam":                            {"internal/parallel"},
	"iam/actions":                    {},
	"iam/iamtest":                    {},
	"iam/actions/generate":           {},
	"reach":                          {},
	"seal":                           {},
	"seal/expression":                {"seal"},
	"seal/sealaws":                   {"seal", "seal/expression"},
	"internal/migrate":               {"seal", "seal/sealaws"},
	"internal/watch":                 {"internal/finding", "internal/rules"},
	"internal/sigma":                 {"internal/rules", "internal/strict"},
	"internal/watch/lazy":            {"internal/rules"},
	"internal/watch/cloudtrail":      {"internal/rules", "internal/watch", "internal/watch/lazy"},
	"internal/watch/flowlog":         {"internal/rules", "internal/watch", "internal/watch/lazy"},
	"internal/watch/dns":             {"internal/rules", "internal/watch", "internal/watch/lazy"},
	"internal/watch/lists":           {},
	"internal/watch/sqlaudit":        {"internal/rules", "internal/watch", "internal/watch/lazy"},
	"internal/watch/waf":             {"internal/rules", "internal/watch", "internal/watch/lazy"},
	"internal/watch/guardlog":        {"internal/rules", "internal/watch", "internal/watch/lazy"},
	"internal/watch/replay":          {"internal/watch", "internal/watch/feed"},
	"internal/watch/live":            {"internal/watch", "internal/watch/feed", "internal/watch/flowlog", "internal/watch/jetstream", "internal/watch/replay"},
	"internal/watch/jetstream":       {"internal/watch", "internal/watch/feed", "internal/watch/replay"},
	"internal/watch/digest":          {},
	"internal/watch/feedtest":        {"internal/rules", "internal/watch", "internal/watch/feed"},
	"internal/watch/months":          {"internal/rules", "internal/watch", "internal/watch/feed", "internal/watch/lists"},
	"internal/notify":                {"internal/notify/pattern", "internal/policy"},
	"internal/notify/pattern":        {},
	"internal/watch/feed":            {"internal/watch", "internal/watch/cloudtrail", "internal/watch/dns", "internal/watch/flowlog", "internal/watch/guardlog", "internal/watch/lazy", "internal/watch/sqlaudit", "internal/watch/waf"},
	"internal/guard":                 {"iam", "internal/finding", "internal/store"},
	"internal/guard/dynamodb":        {"internal/guard", "seal", "seal/expression", "seal/sealaws"},
	"internal/vectors":               {"seal"},
	"internal/finding":               {},
	"internal/parallel":              {},
	"internal/strict":                {},
}

func TestRooms(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		room := strings.TrimPrefix(p.ImportPath, module)
		if p.ImportPath+"/" == module {
			continue // this test
		}
		seen++
		allowed, ok := rooms[room]
		if !ok {
			t.Errorf("%s is in no room: give it a line in rooms, or a place in a room that is there", room)
			continue
		}
		for _, imp := range p.Imports {
			if to, ours := strings.CutPrefix(imp, module); ours && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which stands beside or above it", room, to)
			}
		}
	}
	if seen != len(rooms) {
		t.Errorf("%d packages, %d rooms", seen, len(rooms))
	}
}

// What must not be linked into the binary, and why.
var banned = map[string]string{
	"testing":                        "tests do not belong into the product",
	"github.com/google/go-cmp/cmp":   "only tests compare this way",
	"github.com/stretchr/testify":    "tests use the standard library and go-cmp",
	"gopkg.in/yaml.v3":               "archived; go.yaml.in/yaml/v3 is its home now",
	"github.com/google/cel-go/cel":   "moved to cel.dev/cel-go; two of them would not agree on types",
	"github.com/hashicorp/terraform": "its licence does not allow it",
}

func TestBannedDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./cmd/bailey").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.Lines(string(out)) {
		if why, ok := banned[strings.TrimSpace(dep)]; ok {
			t.Errorf("the binary links %s: %s", strings.TrimSpace(dep), why)
		}
	}
}

func TestEveryDependencyHasItsLine(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("DEPENDENCIES.md")
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for line := range strings.Lines(string(mod)) {
		m := regexp.MustCompile(`^\s*(?:require )?([a-z0-9.]+\.[a-z]+/\S+) v\S+\s*$`).FindStringSubmatch(line)
		if m != nil {
			direct = append(direct, m[1])
		}
	}
	if len(direct) == 0 {
		t.Fatal("go.mod names no direct dependency")
	}
	listed := regexp.MustCompile("(?m)^- `([^`]+)`: .+").FindAllStringSubmatch(string(text), -1)
	for _, d := range direct {
		if !slices.ContainsFunc(listed, func(m []string) bool { return m[1] == d }) {
			t.Errorf("%s has no line in DEPENDENCIES.md", d)
		}
	}
	for _, m := range listed {
		if !slices.Contains(direct, m[1]) {
			t.Errorf("DEPENDENCIES.md lists %s, which go.mod does not need", m[1])
		}
	}
}
