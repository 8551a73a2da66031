package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/sample"
	"github.com/baileydb/bailey/internal/source/cloudformation"
	"github.com/baileydb/bailey/internal/source/snapshot"
	"github.com/baileydb/bailey/internal/source/terraform"
)

// isEstate reports whether an argument of classify declares databases and holds no data itself: a folder, a template, a
// plan or a saved estate.
func isEstate(path string) bool {
	if strings.Contains(path, "://") {
		return false
	}
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	ext := strings.ToLower(filepath.Ext(path))
	if info.IsDir() || ext == ".tf" {
		return true
	}
	if !candidate(path) || info.Size() > maxFile {
		return false
	}
	data, err := readFile(path)
	return err == nil && (snapshot.Is(data) || terraform.IsPlan(data) || ext != ".json" || cloudformation.Sniff(path, data))
}

// estate classifies the databases that an estate declares, after finding out where they are and how to log in.
func (s *scanner) estate(ctx context.Context, path string) error {
	in, err := (&reader{}).read([]string{path})
	if err != nil {
		return err
	}
	e := estate.Build(in.readings...)
	for _, p := range e.Problems {
		if p.Fatal {
			s.failed = true
			s.answer.Problems = append(s.answer.Problems, p.Error())
		}
	}
	list, not := sample.Declarations(e)
	for _, text := range not {
		s.failed = true
		s.answer.Problems = append(s.answer.Problems, text)
	}
	if len(list) == 0 && len(not) == 0 {
		s.fail(path, fmt.Errorf("no RDS or Aurora database and no DynamoDB table is declared in it"))
		return nil
	}
	l, err := s.locator(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		address, err := l.Find(ctx, d)
		if err != nil {
			s.fail(d.Address, err)
			continue
		}
		s.address(ctx, address)
	}
	return nil
}

func (s *scanner) locator(ctx context.Context) (*sample.Locator, error) {
	l := &sample.Locator{User: s.world.Env("BAILEY_USER"), Password: s.world.Env("BAILEY_PASSWORD"), Endpoints: map[string]string{}, SecretIDs: map[string]string{}}
	for flag, into := range map[string]struct {
		given []string
		to    map[string]string
	}{"endpoint": {s.flags.endpoints, l.Endpoints}, "secret": {s.flags.secrets, l.SecretIDs}} {
		for _, text := range into.given {
			name, value, ok := strings.Cut(text, "=")
			if !ok && flag == "secret" {
				name, value, ok = "*", text, true
			}
			if !ok || name == "" || value == "" {
				return nil, badUse("", "--%s %q: write NAME=VALUE, such as --%s orders=…", flag, text, flag)
			}
			into.to[name] = value
		}
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, badUse("", "reading the AWS configuration: %s", err)
	}
	if c.Region != "" {
		l.Region, l.RDS, l.Secrets = c.Region, rds.NewFromConfig(c), secretsmanager.NewFromConfig(c)
	}
	return l, nil
}
