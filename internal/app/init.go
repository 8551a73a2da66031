package app

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/check"
	"github.com/baileydb/bailey/internal/estate"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/rules"
)

func newInit(w *World) *cobra.Command {
	var output string
	var force bool
	cmd := &cobra.Command{
		Use:   "init [PATH…]",
		Short: "Write a commented policy from the databases found here",
		Long: `Init finds the databases below the paths and writes a policy file with a line for each, for you to fill in: which level
its data has. Without it every store has the default level.`,
		Example: "  bailey init\n  bailey init infra/ -o infra/bailey.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := os.Stat(output); err == nil && !force {
				return badUse("Edit it, or give --force to write it anew.", "%s is there already", output)
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			r := &reader{parameters: map[string]string{}}
			in, err := r.read(args)
			if err != nil {
				return err
			}
			text, n, err := initialPolicy(in)
			if err != nil {
				return err
			}
			if err := writeFile(output, []byte(text)); err != nil {
				return badUse("", "%s", plain(err))
			}
			_, err = fmt.Fprintf(w.Stdout, "%s: %d databases listed. Give each its level, then run bailey check.\n", output, n)
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "bailey.yaml", "write to this file")
	cmd.Flags().BoolVar(&force, "force", false, "replace a file that is there")
	return cmd
}

// initialPolicy is the default policy spelled out, with the stores that were found as commented matches.
func initialPolicy(in *inputs) (text string, stores int, err error) {
	p := policy.Default()
	res, err := check.Check(check.Input{Estate: estate.Build(in.readings...), Policy: p, Rules: rules.NewSet()})
	if err != nil {
		return "", 0, err
	}
	var b strings.Builder
	b.WriteString("# Which levels of data there are, from least to most sensitive, and what each demands.\n# Everything here has a default: what you delete keeps its meaning.\nlevels:\n")
	for _, l := range p.Levels {
		fmt.Fprintf(&b, "  - name: %s\n    means: %s\n", l.Name, l.Means)
		if len(l.Regulations) > 0 {
			fmt.Fprintf(&b, "    regulations: [%s]\n", strings.Join(l.Regulations, ", "))
		}
		if l.Leak != "" {
			fmt.Fprintf(&b, "    leak: %s\n", strconv.Quote(l.Leak))
		}
		if l.Objectives.RPO > 0 {
			fmt.Fprintf(&b, "    objectives: {rpo: %s, rto: %s}   # how much work may be lost, how long it may take to be back\n",
				short(int(l.Objectives.RPO.Minutes())), short(int(l.Objectives.RTO.Minutes())))
		}
		if l.ReviewEvery > 0 {
			fmt.Fprintf(&b, "    review_every: %dd\n", int(l.ReviewEvery.Hours())/24)
		}
	}
	b.WriteString("\n# What lives where: the first match wins, then a store's tags, then default_level.\n# Patterns are matched with names, logical names and addresses.\n")
	if len(res.Stores) == 0 {
		b.WriteString("# No databases were found here.\ndata: []\n#  - {match: \"orders*\", level: secret}\n")
	} else {
		b.WriteString("data:\n")
	}
	for _, s := range res.Stores {
		fmt.Fprintf(&b, "  # %s, %s:%d (%s)\n  - {match: %s, level: %s}\n", s.Kind, s.File, s.Line, s.LevelFrom, strconv.Quote(s.Resource), s.Level)
	}
	fmt.Fprintf(&b, "\n# The level of what nothing else decides.\ndefault_level: %s\n", p.DefaultLevel)
	fmt.Fprintf(&b, "\n# Tags that give a store its level.\nclassification_tags: [%s]\n", strings.Join(p.ClassificationTags, ", "))
	b.WriteString("\n# Who answers for what.\nowners: []\n#  - {match: \"orders*\", owner: payments team}\n")
	b.WriteString("\n# Where the catalog is kept: a file, or postgres://user@host/database where several share it.\nstore: bailey.db\n")
	b.WriteString("\n# Networks, by name, for levels that limit their reach.\nnetworks: {}\n#  vpn: [10.8.0.0/16]\n")
	b.WriteString("\n# What is accepted for a time: a waiver has a reason and an end.\naccept: []\n#  - {safeguard: rds/multi-az, match: \"*-dev\", reason: rebuilt from code, until: 2027-06-30}\n")
	return b.String(), len(res.Stores), nil
}

// short writes minutes as people do.
func short(minutes int) string {
	if minutes%60 == 0 {
		return fmt.Sprintf("%dh", minutes/60)
	}
	return fmt.Sprintf("%dm", minutes)
}
