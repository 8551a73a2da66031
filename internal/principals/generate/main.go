// Command generate writes managed.tsv: the policies that AWS manages, as far as they speak of databases, keys, secrets,
// principals and what runs code. It takes them from the PyPI package moto, which keeps a copy of what the API returns.
//
//	go run ./internal/principals/generate
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const moto = "5.2.5"

// services are those whose actions are kept; everything else in a policy says nothing about a database.
var services = strings.Fields(`dynamodb rds rds-data rds-db dax kms secretsmanager backup backup-storage iam sts ssm lambda dms
	redshift redshift-data redshift-serverless elasticache memorydb cassandra timestream qldb neptune-db neptune-graph
	docdb-elastic cloudtrail guardduty glue cloudformation sagemaker codebuild ecs datapipeline ec2-instance-connect codestar
	states apprunner batch bedrock-agentcore`)

// some are the actions kept of services of which most do not matter here.
var some = map[string][]string{
	"ec2":  {"runinstances", "authorizesecuritygroupingress", "deleteflowlogs", "requestspotinstances", "createlaunchtemplateversion", "*"},
	"logs": {"deleteloggroup", "deletelogstream", "delete*", "*"},
	"s3":   {"getobject", "get*", "getobject*", "putobject", "put*", "deleteobject", "delete*", "*"},
}

// left are names of policies for products that have nothing to do with databases but long policies.
var left = []string{"SageMaker", "DataZone", "AWSTransform", "Partner", "MigrationNetwork"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run() error {
	policies, err := download()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# AWS's managed policies, reduced to what concerns databases, from moto %s (Apache-2.0). Written by: go run ./internal/principals/generate\n", moto)
	for _, name := range sortedKeys(policies) {
		p := policies[name]
		path := strings.Trim(p.Path, "/")
		if path == "aws-service-role" || slices.ContainsFunc(left, func(s string) bool { return strings.Contains(name, s) }) {
			continue
		}
		statements, err := reduce(p.Document.Statement)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&out, "%s\t%s\n", name, statements)
	}
	return os.WriteFile(filepath.Join("internal", "principals", "managed.tsv"), out.Bytes(), 0o600)
}

type policy struct {
	Path     string
	Document struct{ Statement json.RawMessage }
}

// download reads the table out of the package's Python source, where it stands as one long text of JSON.
func download() (map[string]policy, error) {
	dir, err := os.MkdirTemp("", "moto")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)                                                                                                   //nolint:errcheck // a temporary folder
	cmd := exec.CommandContext(context.Background(), "pip", "download", "--quiet", "--no-deps", "--dest", dir, "moto=="+moto) //nolint:gosec // a version written above
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return nil, errors.New("pip downloaded no wheel")
	}
	z, err := zip.OpenReader(wheels[0])
	if err != nil {
		return nil, err
	}
	defer z.Close() //nolint:errcheck // only read
	f, err := z.Open("moto/iam/aws_managed_policies.py")
	if err != nil {
		return nil, err
	}
	source, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	from, to := bytes.IndexByte(source, '{'), bytes.LastIndexByte(source, '}')
	if from < 0 || to < from {
		return nil, errors.New("the package's table is not where it was")
	}
	var out map[string]policy
	return out, json.Unmarshal(source[from:to+1], &out)
}

func reduce(raw json.RawMessage) (string, error) {
	var list []map[string]any
	if json.Unmarshal(raw, &list) != nil {
		var one map[string]any
		if err := json.Unmarshal(raw, &one); err != nil {
			return "", err
		}
		list = []map[string]any{one}
	}
	out := []map[string]any{}
	for _, s := range list {
		delete(s, "Sid")
		if given, ok := s["Action"]; ok {
			kept := []any{}
			for _, a := range asList(given) {
				if text, ok := a.(string); ok && keep(text) {
					kept = append(kept, a)
				}
			}
			if len(kept) == 0 {
				continue
			}
			s["Action"] = kept
		}
		out = append(out, s)
	}
	data, err := json.Marshal(out)
	return string(data), err
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func keep(action string) bool {
	service, name, _ := strings.Cut(strings.ToLower(action), ":")
	if list, ok := some[service]; ok {
		return slices.Contains(list, name)
	}
	return strings.Contains(service, "*") || slices.Contains(services, service)
}

func sortedKeys(m map[string]policy) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
