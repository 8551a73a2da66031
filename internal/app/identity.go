package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/store"
)

// identityFlags are the flags of bailey user, group and role.
type identityFlags struct {
	config, trust, lasts string
	policies, groups     []string
	service, noFactor    bool
	asJSON               bool
}

const identityHelp = `People, programs, groups and roles are kept in the store; what they may do is said by IAM policies in AWS's own JSON, which
the guard evaluates as AWS does. The condition key bailey:Level is the level of the attributes that a request touches,
bailey:Role the role that was assumed.`

func newUser(w *World) *cobra.Command {
	var f identityFlags
	cmd := &cobra.Command{
		Use: "user", Short: "Manage the people and programs that the guard knows", Long: identityHelp,
		Example: `  bailey user add ann --group analysts
  bailey user add loader --service --no-mfa --policy loader.json
  bailey user grant ann --policy orders-read.json --for 7d
  bailey user disable ann`,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &cobra.Command{
		Use: "add NAME", Short: "Add a person or program, with a password and a second factor", Args: cobra.ExactArgs(1),
		Long: `Add reads a password from the terminal, from BAILEY_PASSWORD or from standard input, and prints the secret of the second
factor and the recovery codes, once.`,
		RunE: func(cmd *cobra.Command, args []string) error { return addUser(cmd.Context(), w, &f, args[0]) },
	}
	add.Flags().StringArrayVar(&f.groups, "group", nil, "a group to be in")
	add.Flags().StringArrayVar(&f.policies, "policy", nil, "file with an IAM policy")
	add.Flags().BoolVar(&f.service, "service", false, "it is a program")
	add.Flags().BoolVar(&f.noFactor, "no-mfa", false, "without a second factor; it can then assume no role")
	add.Flags().BoolVar(&f.asJSON, "json", false, "print as JSON")
	cmd.AddCommand(add, listCommand(w, &f, "user"), removeCommand(w, &f, "user"), grantCommand(w, &f, "user"), ableCommand(w, &f, false), ableCommand(w, &f, true))
	cmd.PersistentFlags().StringVar(&f.config, "config", "", "policy file (default: bailey.yaml here or above)")
	return cmd
}

func newGroup(w *World) *cobra.Command {
	return holderCommand(w, store.Group, "bailey group add analysts --policy read.json")
}

func newRole(w *World) *cobra.Command {
	return holderCommand(w, store.Role, "bailey role add db-admin --trust trust.json --policy admin.json")
}

// holderCommand manages what has policies and no password.
func holderCommand(w *World, kind, example string) *cobra.Command {
	var f identityFlags
	cmd := &cobra.Command{
		Use: kind, Short: "Manage the " + kind + "s that the guard knows", Long: identityHelp, Example: "  " + example,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	add := &cobra.Command{
		Use: "add NAME", Short: "Add a " + kind, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return addHolder(cmd.Context(), w, &f, kind, args[0]) },
	}
	add.Flags().StringArrayVar(&f.policies, "policy", nil, "file with an IAM policy")
	if kind == store.Role {
		add.Flags().StringVar(&f.trust, "trust", "", "file with the trust policy: who may assume the role")
		must(add.MarkFlagRequired("trust"))
	}
	cmd.AddCommand(add, listCommand(w, &f, kind), removeCommand(w, &f, kind), grantCommand(w, &f, kind))
	cmd.PersistentFlags().StringVar(&f.config, "config", "", "policy file (default: bailey.yaml here or above)")
	return cmd
}

// grants reads policies from files, by the files' names.
func (f *identityFlags) grants(now time.Time) (map[string]store.Grant, error) {
	out := map[string]store.Grant{}
	var until *time.Time
	if f.lasts != "" {
		d, err := policy.ParseDuration(f.lasts)
		if err != nil {
			return nil, badUse("", "--for: %s", err)
		}
		t := now.Add(d).UTC().Truncate(time.Second)
		until = &t
	}
	for _, path := range f.policies {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, badUse("", "%s", plain(err))
		}
		if !json.Valid(text) {
			return nil, badUse("", "%s: it is no JSON", path)
		}
		out[strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))] = store.Grant{Policy: text, Until: until}
	}
	return out, nil
}

func addUser(ctx context.Context, w *World, f *identityFlags, name string) error {
	i, _, done, err := identities(ctx, w, f.config, true)
	if err != nil {
		return err
	}
	defer done()
	id := &store.Identity{Kind: store.User, Name: name, Groups: f.groups}
	if f.service {
		id.Kind = store.Service
	}
	if id.Policies, err = f.grants(w.Now()); err != nil {
		return err
	}
	secrets := newSecrets(w)
	password, err := secrets.ask("BAILEY_PASSWORD", "Password for "+name)
	if err != nil {
		return err
	}
	enrolled, err := i.Enroll(ctx, id, password, !f.noFactor)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	if f.asJSON {
		return json.NewEncoder(w.Stdout).Encode(enrolled) //nolint:gosec // it is shown once, to whoever enrols
	}
	fmt.Fprintf(w.Stdout, "%s is added.\n", name)
	if enrolled.Secret == "" {
		return nil
	}
	fmt.Fprintf(w.Stdout, "\nSecond factor, for an authenticator app; it is not shown again:\n  %s\n  %s\n\nRecovery codes, each good for once:\n", enrolled.Secret, enrolled.URL)
	for _, c := range enrolled.Recovery {
		fmt.Fprintf(w.Stdout, "  %s\n", c)
	}
	return nil
}

func addHolder(ctx context.Context, w *World, f *identityFlags, kind, name string) error {
	i, _, done, err := identities(ctx, w, f.config, true)
	if err != nil {
		return err
	}
	defer done()
	id := &store.Identity{Kind: kind, Name: name}
	if id.Policies, err = f.grants(w.Now()); err != nil {
		return err
	}
	if f.trust != "" {
		if id.Trust, err = os.ReadFile(f.trust); err != nil {
			return badUse("", "%s", plain(err))
		}
	}
	if _, err := i.Enroll(ctx, id, "", false); err != nil {
		return badUse("", "%s", plain(err))
	}
	fmt.Fprintf(w.Stdout, "%s is added.\n", name)
	return nil
}

func listCommand(w *World, f *identityFlags, kind string) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i, _, done, err := identities(cmd.Context(), w, f.config, false)
			if err != nil {
				return err
			}
			defer done()
			list, err := i.Store.Identities(cmd.Context(), "")
			if err != nil {
				return err
			}
			for n := range list {
				x := &list[n]
				if x.Kind != kind && (kind != store.User || x.Kind != store.Service) {
					continue
				}
				fmt.Fprintln(w.Stdout, strings.Join(identityWords(x, w.Now()), "  "))
			}
			return nil
		},
	}
}

// identityWords says what there is to know of an identity, without secrets.
func identityWords(x *store.Identity, now time.Time) []string {
	out := []string{x.Name}
	if x.Kind == store.Service {
		out = append(out, "program")
	}
	if x.Kind == store.User || x.Kind == store.Service {
		factor := "no second factor"
		if len(x.TOTP) > 0 {
			factor = fmt.Sprintf("second factor, %d recovery codes", len(x.Recovery))
		}
		out = append(out, factor)
	}
	if x.Disabled {
		out = append(out, "disabled")
	}
	if len(x.Groups) > 0 {
		out = append(out, "in "+strings.Join(x.Groups, ", "))
	}
	var names []string
	for name, g := range x.Policies {
		switch {
		case g.Until == nil:
		case now.Before(*g.Until):
			name += " until " + g.Until.Format(time.DateTime)
		default:
			name += ", ended " + g.Until.Format(time.DateTime)
		}
		names = append(names, name)
	}
	if slices.Sort(names); len(names) > 0 {
		out = append(out, "policies: "+strings.Join(names, ", "))
	}
	return out
}

// find returns an identity by the name a command has for it: users and programs are one.
func find(ctx context.Context, i *guard.Identities, kind, name string) (*store.Identity, error) {
	id, err := i.Store.Identity(ctx, kind, name)
	if errors.Is(err, store.ErrNoIdentity) && kind == store.User {
		id, err = i.Store.Identity(ctx, store.Service, name)
	}
	if err != nil {
		return nil, badUse("bailey "+kind+" list shows them.", "%s", plain(err))
	}
	return id, nil
}

func removeCommand(w *World, f *identityFlags, kind string) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Remove one, and end its sessions", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.change(cmd.Context(), w, kind, args[0], func(i *guard.Identities, id *store.Identity) error {
				return i.Store.RemoveIdentity(cmd.Context(), id.Kind, id.Name, w.Now())
			})
		},
	}
}

func (f *identityFlags) change(ctx context.Context, w *World, kind, name string, do func(*guard.Identities, *store.Identity) error) error {
	i, _, done, err := identities(ctx, w, f.config, false)
	if err != nil {
		return err
	}
	defer done()
	id, err := find(ctx, i, kind, name)
	if err != nil {
		return err
	}
	if err := do(i, id); err != nil {
		return badUse("", "%s", plain(err))
	}
	return nil
}

func grantCommand(w *World, f *identityFlags, kind string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "grant NAME --policy FILE", Short: "Give policies, for a time where one is named", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			given, err := f.grants(w.Now())
			if err != nil {
				return err
			}
			return f.change(cmd.Context(), w, kind, args[0], func(i *guard.Identities, id *store.Identity) error {
				return i.Give(cmd.Context(), id, given)
			})
		},
	}
	cmd.Flags().StringArrayVar(&f.policies, "policy", nil, "file with an IAM policy")
	cmd.Flags().StringVar(&f.lasts, "for", "", "how long it holds: 8h, 7d (default: until it is taken away)")
	must(cmd.MarkFlagRequired("policy"))
	return cmd
}

func ableCommand(w *World, f *identityFlags, enable bool) *cobra.Command {
	cmd := &cobra.Command{Use: "disable NAME", Short: "Keep somebody out, and end the sessions", Args: cobra.ExactArgs(1)}
	if enable {
		cmd.Use, cmd.Short = "enable NAME", "Let somebody in again"
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.change(cmd.Context(), w, store.User, args[0], func(i *guard.Identities, id *store.Identity) error {
			id.Disabled = !enable
			if err := i.Store.SetIdentity(cmd.Context(), id, false); err != nil || enable {
				return err
			}
			_, err := i.Store.EndSessions(cmd.Context(), id.Name, w.Now())
			return err
		})
	}
	return cmd
}

// newSecrets reads secrets from where nobody looks on.
func newSecrets(w *World) *secrets { return &secrets{world: w} }

type secrets struct {
	world *World
	lines *lineReader
}

type lineReader struct {
	in   io.Reader
	done bool
}

// line reads one line, byte by byte, so that the next reader finds the next line.
func (l *lineReader) line() string {
	var out []byte
	var b [1]byte
	for !l.done && len(out) < 4096 {
		n, err := l.in.Read(b[:])
		if n == 1 && b[0] == '\n' {
			break
		}
		if n == 1 {
			out = append(out, b[0])
		}
		if err != nil {
			l.done = true
		}
	}
	return strings.TrimRight(string(out), "\r")
}

// ask reads a secret from the environment, from the terminal without showing it, or from the next line of standard input.
func (s *secrets) ask(env, prompt string) (string, error) {
	if text := s.world.Env(env); text != "" {
		return text, nil
	}
	if s.world.ReadSecret != nil {
		fmt.Fprint(s.world.Stderr, prompt+": ")
		text, ok, err := s.world.ReadSecret()
		if ok {
			fmt.Fprintln(s.world.Stderr)
			return text, err
		}
		fmt.Fprintln(s.world.Stderr)
	}
	if s.lines == nil {
		s.lines = &lineReader{in: s.world.Stdin}
	}
	text := s.lines.line()
	if text == "" {
		return "", badUse("", "%s: none was given; type it, set %s, or write it to standard input", prompt, env)
	}
	return text, nil
}
