package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/baileydb/bailey/internal/vectors"
)

// sealed opens every item that others have sealed, and expects those that must not open to be refused.
func sealed(dir string) (*score, error) {
	keys, err := vectors.ReadKeys(filepath.Join(dir, "keys.json"))
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "decrypt_*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no decrypt_*.json", dir)
	}
	s := newScore("seal")
	for _, f := range files {
		cases, err := vectors.Read(f, keys)
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			what := ""
			if r := c.Try(context.Background()); !r.Agrees {
				what = fmt.Sprintf("opened %t, error %v", r.Opened, r.Err)
			}
			s.judge(filepath.Base(f), c.ID+" "+c.Description, what)
		}
	}
	return s, nil
}
