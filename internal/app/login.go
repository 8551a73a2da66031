package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/internal/policy"
)

// loginFlags are the flags of bailey login and assume.
type loginFlags struct {
	config, guard, region, format string
	lasts, reason                 string
}

func (f *loginFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.guard, "guard", "", "address of the guard's endpoint (default: BAILEY_GUARD; without, the store and the key on this machine)")
	cmd.Flags().StringVar(&f.config, "config", "", "policy file, where there is no guard to ask (default: bailey.yaml here or above)")
	cmd.Flags().StringVar(&f.region, "region", "eu-west-1", "Region in the signature")
	cmd.Flags().StringVarP(&f.format, "format", "f", "env", "env for the shell, or json as the AWS CLI's credential_process has it")
}

func newLogin(w *World) *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login NAME",
		Short: "Get credentials for the guard, with password and second factor",
		Long: `Login asks for the password and, where the name has a second factor, for a one-time or recovery code; from the terminal, from
BAILEY_PASSWORD and BAILEY_CODE, or line by line from standard input. It prints credentials that end by themselves.`,
		Example: `  eval "$(bailey login ann --guard https://guard.example.com:8000)"
  bailey login ann --format json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runLogin(cmd.Context(), w, &f, args[0]) },
	}
	f.register(cmd)
	return cmd
}

func newAssume(w *World) *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "assume ROLE --reason TEXT",
		Short: "Take on a role for a time, with a fresh one-time code",
		Long: `Assume takes the credentials of bailey login from the environment, asks for a new one-time code and prints credentials of
the role. They end by themselves; who took the role on and why is in the audit.`,
		Example: `  eval "$(bailey assume db-admin --for 30m --reason 'drop the table of the old shop, ticket 4711')"`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return runAssume(cmd.Context(), w, &f, args[0]) },
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.lasts, "for", "30m", "how long")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why")
	must(cmd.MarkFlagRequired("reason"))
	return cmd
}

func (f *loginFlags) endpoint(w *World) string {
	if f.guard != "" {
		return f.guard
	}
	return w.Env("BAILEY_GUARD")
}

func runLogin(ctx context.Context, w *World, f *loginFlags, name string) error {
	s := newSecrets(w)
	password, err := s.ask("BAILEY_PASSWORD", "Password for "+name)
	if err != nil {
		return err
	}
	code, err := s.ask("BAILEY_CODE", "One-time code (none: just Enter)")
	if err != nil {
		code = "" // whoever has no second factor has none to give
	}
	if at := f.endpoint(w); at != "" {
		var c guard.Credentials
		if err := callGuard(ctx, at, "Login", map[string]string{"Name": name, "Password": password, "Code": code}, nil, f.region, w.Now(), &c); err != nil {
			return err
		}
		return f.print(w, &c)
	}
	i, _, done, err := identities(ctx, w, f.config, false)
	if err != nil {
		return err
	}
	defer done()
	c, err := i.LogIn(ctx, name, password, code, "this machine")
	if err != nil {
		return &exitError{code: exitFindings, message: plain(err)}
	}
	return f.print(w, c)
}

func runAssume(ctx context.Context, w *World, f *loginFlags, role string) error {
	lasts, err := policy.ParseDuration(f.lasts)
	if err != nil {
		return badUse("", "--for: %s", err)
	}
	mine := aws.Credentials{AccessKeyID: w.Env("AWS_ACCESS_KEY_ID"), SecretAccessKey: w.Env("AWS_SECRET_ACCESS_KEY"), SessionToken: w.Env("AWS_SESSION_TOKEN")}
	if mine.AccessKeyID == "" || mine.SessionToken == "" {
		return badUse(`eval "$(bailey login NAME)"`, "the credentials of bailey login are not in the environment")
	}
	code, err := newSecrets(w).ask("BAILEY_CODE", "One-time code")
	if err != nil {
		return err
	}
	if at := f.endpoint(w); at != "" {
		var c guard.Credentials
		q := map[string]any{"Role": role, "Code": code, "Reason": f.reason, "Seconds": int64(lasts / time.Second)}
		if err := callGuard(ctx, at, "AssumeRole", q, &mine, f.region, w.Now(), &c); err != nil {
			return err
		}
		return f.print(w, &c)
	}
	i, _, done, err := identities(ctx, w, f.config, false)
	if err != nil {
		return err
	}
	defer done()
	s, err := i.Session(ctx, mine.AccessKeyID, mine.SessionToken)
	if err != nil {
		return &exitError{code: exitFindings, message: plain(err), hint: `eval "$(bailey login NAME)"`}
	}
	c, err := i.AssumeRole(ctx, s, role, code, f.reason, lasts, "this machine")
	if err != nil {
		return &exitError{code: exitFindings, message: plain(err)}
	}
	return f.print(w, c)
}

// print writes credentials for a shell, or for AWS's own tools.
func (f *loginFlags) print(w *World, c *guard.Credentials) error {
	if f.format == "json" {
		return json.NewEncoder(w.Stdout).Encode(struct {
			Version int
			*guard.Credentials
		}{1, c})
	}
	if f.format != "env" {
		return badUse("", "format %q does not exist; it is env or json", f.format)
	}
	fmt.Fprintf(w.Stdout, "export AWS_ACCESS_KEY_ID='%s'\nexport AWS_SECRET_ACCESS_KEY='%s'\nexport AWS_SESSION_TOKEN='%s'\n", c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
	fmt.Fprintf(w.Stderr, "until %s\n", c.Expiration.Format(time.RFC3339))
	return nil
}

// callGuard asks a guard for something of its own.
func callGuard(ctx context.Context, at, what string, in any, as *aws.Credentials, region string, now time.Time, out any) error {
	u, err := url.Parse(at)
	if err != nil || u.Host == "" {
		return badUse("", "--guard %q is no address; write https://guard.example.com:8000", at)
	}
	if u.Scheme != "https" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") {
		return badUse("", "a password does not go over the network in the clear; write https://%s", u.Host)
	}
	u.Path = "/"
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("X-Amz-Target", "Bailey."+what)
	q.Header.Set("Content-Type", "application/x-amz-json-1.0")
	if as != nil {
		sum := sha256.Sum256(body)
		if err := v4.NewSigner().SignHTTP(ctx, *as, q, hex.EncodeToString(sum[:]), "dynamodb", region, now); err != nil {
			return err
		}
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return badUse("", "asking the guard at %s: %s", u.Host, err)
	}
	defer r.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return badUse("", "asking the guard at %s: %s", u.Host, err)
	}
	if r.StatusCode != http.StatusOK {
		var f struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(text, &f) != nil || f.Message == "" {
			f.Message = r.Status
		}
		return &exitError{code: exitFindings, message: f.Message}
	}
	return json.Unmarshal(text, out)
}

func newSessions(w *World) *cobra.Command {
	var config string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "List the sessions of the guard, and end them",
		Long:  "Sessions lists who is logged in, in which role, why and until when.",
		Example: `  bailey sessions
  bailey sessions end ann`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i, _, done, err := identities(cmd.Context(), w, config, false)
			if err != nil {
				return err
			}
			defer done()
			list, err := i.Store.Sessions(cmd.Context(), w.Now())
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(w.Stdout).Encode(list)
			}
			for n := range list {
				x := &list[n]
				words := []string{x.ID, x.Name}
				if x.Role != "" {
					words = append(words, "as "+x.Role+" ("+x.Reason+")")
				}
				if x.MFA.IsZero() {
					words = append(words, "without second factor")
				}
				fmt.Fprintln(w.Stdout, strings.Join(append(words, "from "+x.Address, "until "+x.Expires.Format(time.RFC3339)), "  "))
			}
			return nil
		},
	}
	end := &cobra.Command{
		Use: "end SESSION|NAME", Short: "End a session, or all of a name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			i, _, done, err := identities(cmd.Context(), w, config, false)
			if err != nil {
				return err
			}
			defer done()
			n, err := i.Store.EndSessions(cmd.Context(), args[0], w.Now())
			if err != nil {
				return err
			}
			fmt.Fprintf(w.Stdout, "%d ended.\n", n)
			return nil
		},
	}
	cmd.AddCommand(end)
	cmd.PersistentFlags().StringVar(&config, "config", "", "policy file (default: bailey.yaml here or above)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
