package principals

import (
	_ "embed" // the table below
	"strings"
	"sync"

	"github.com/baileydb/bailey/iam"
)

// managedTSV has the policies that AWS manages: name, and statements as JSON. Actions that say nothing about databases, keys,
// secrets, principals or running code are left out of them; see generate.
//
//go:embed managed.tsv
var managedTSV string

var managedStatements = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(managedTSV) {
		if name, statements, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			out[name] = statements
		}
	}
	return out
})

// awsManaged returns a policy of AWS's own by its ARN.
func awsManaged(arn string) (*iam.Policy, bool) {
	if !strings.Contains(arn, ":iam::aws:policy/") {
		return nil, false
	}
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	statements, ok := managedStatements()[name]
	if !ok {
		return nil, false
	}
	p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":` + statements + `}`))
	if err != nil {
		return nil, false
	}
	p.Name = name
	return p, true
}
