package app

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/source/snapshot"
)

func newEstate(w *World) *cobra.Command {
	var output string
	f := checkFlags{}
	cmd := &cobra.Command{
		Use:   "estate [PATH…]",
		Short: "Save what Bailey reads as one file that it can check later",
		Long: `Estate reads the same inputs as check and writes them as JSON: every resource with every value, where it was read and
whether it is known. bailey check reads the file back and says the same of it. Values declared secret are left out.`,
		Example: `  bailey estate infra/ -o estate.json
  bailey check estate.json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			r := &reader{parameterFiles: f.parameterFiles}
			var err error
			if r.parameters, err = f.parameterValues(r); err != nil {
				return err
			}
			in, err := r.read(args)
			if err != nil {
				return err
			}
			var buf bytes.Buffer
			e := estate.Build(in.readings...)
			if err := snapshot.Write(&buf, e); err != nil {
				return err
			}
			bad := 0
			for _, p := range e.Problems {
				if p.Fatal {
					bad++
					fmt.Fprintf(w.Stderr, "bailey: %s\n", p.Error())
				}
			}
			if output == "" {
				_, err = w.Stdout.Write(buf.Bytes())
			} else {
				err = writeFile(output, buf.Bytes())
			}
			if err == nil && bad > 0 {
				err = &exitError{code: exitBad}
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to this file")
	cmd.Flags().StringArrayVar(&f.parameters, "parameter", nil, "value of a template parameter or Terraform variable, NAME=VALUE, or @FILE")
	cmd.Flags().StringArrayVar(&f.parameterFiles, "parameter-file", nil, "file with parameters")
	return cmd
}
