package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/vectors"
	"github.com/baileydb/bailey/seal"
)

// sealFlags are the flags that bailey seal and bailey open share.
type sealFlags struct {
	keyFlags
	table, config, vectors string
}

func (f *sealFlags) register(cmd *cobra.Command) {
	f.keyFlags.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.table, "table", "", "name of the table, which is bound to every item (default: the config's)")
	fl.StringVar(&f.config, "config", "", "what happens to each attribute, as JSON")
}

const configHelp = `The config is JSON:

  {"logicalTableName": "orders", "partitionKeyName": "id", "sortKeyName": "at",
   "attributeActionsOnEncrypt": {"id": "SIGN_ONLY", "at": "SIGN_ONLY", "card": "ENCRYPT_AND_SIGN", ":seen": "DO_NOTHING"},
   "allowedUnsignedAttributePrefix": ":"}

Actions are ENCRYPT_AND_SIGN, SIGN_ONLY, SIGN_AND_INCLUDE_IN_ENCRYPTION_CONTEXT and DO_NOTHING. Items are JSON as
DynamoDB's API writes it, {"id": {"S": "1"}}, one a line.`

func newSeal(w *World) *cobra.Command {
	var f sealFlags
	cmd := &cobra.Command{
		Use:   "seal [FILE]",
		Short: "Encrypt and sign DynamoDB items, one a line",
		Long: `Seal reads items from a file or standard input and writes each encrypted and signed, in the format of the AWS Database
Encryption SDK: its libraries open them, and bailey open does. Nothing is sent anywhere.

` + configHelp,
		Example: `  bailey key new dev.key
  bailey seal --keys dev.key --config orders.json < items.jsonl > sealed.jsonl`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.items(cmd.Context(), w, args, func(ctx context.Context, s *seal.Sealer, it seal.Item) (seal.Item, error) { return s.Seal(ctx, it) })
		},
	}
	f.register(cmd)
	must(cmd.MarkFlagRequired("config"))
	cmd.AddCommand(newMigrate(w))
	return cmd
}

func newOpen(w *World) *cobra.Command {
	var f sealFlags
	cmd := &cobra.Command{
		Use:   "open [FILE]",
		Short: "Open sealed DynamoDB items, one a line",
		Long: `Open reads sealed items from a file or standard input and writes each in the clear. An item that was changed, cut, moved
to another key or sealed for another table is refused, told with its line on standard error, and the rest goes on; the
exit code is then 1.

With --vectors it tries a file of test vectors of AWS's libraries (aws-dbesdk-decrypt) and prints for each its number,
whether it opened and whether the plain text agrees.

` + configHelp,
		Example: `  bailey open --keys dev.key --config orders.json sealed.jsonl
  bailey open --keys keys.json --vectors decrypt_java_32.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.vectors != "" {
				return f.tryVectors(cmd.Context(), w)
			}
			if f.config == "" {
				return badUse("", "say what happens to each attribute, with --config, or try vectors with --vectors")
			}
			return f.items(cmd.Context(), w, args, func(ctx context.Context, s *seal.Sealer, it seal.Item) (seal.Item, error) { return s.Open(ctx, it) })
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&f.vectors, "vectors", "", "file of test vectors to try")
	return cmd
}

func newKey(w *World) *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Make keys for development", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "new FILE",
		Short: "Write a new random key to a file that only you can read",
		Long: `New makes a key of 256 bits for bailey seal. A key in a file is for development: whoever reads the file reads all that
was sealed with it, and nobody notices. Production keys belong into AWS KMS.`,
		Example: "  bailey key new dev.key",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := seal.NewKeyFile(w.Now()).Text()
			if err != nil {
				return err
			}
			out, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, os.ErrExist) {
				return badUse("", "%s is there already; a key that is written over is lost, and with it what it sealed", args[0])
			}
			if err != nil {
				return badUse("", "%s", plain(err))
			}
			if _, err := out.Write(text); err != nil {
				return errors.Join(err, out.Close())
			}
			return out.Close()
		},
	})
	return cmd
}

// sealer makes the sealer that the flags describe.
func (f *sealFlags) sealer(ctx context.Context, w *World) (*seal.Sealer, error) {
	keyring, err := f.keyring(ctx, w)
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	return f.sealerWith(keyring)
}

// sealerWith makes it with a keyring.
func (f *sealFlags) sealerWith(keyring seal.Keyring) (*seal.Sealer, error) {
	text, err := os.ReadFile(f.config)
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	t, err := vectors.Config(text)
	if err != nil {
		return nil, badUse("", "%s: %s", f.config, plain(err))
	}
	t.Keyring = keyring
	if f.table != "" {
		t.Name = f.table
	}
	s, err := seal.New(t)
	if err != nil {
		return nil, badUse("", "%s: %s", f.config, plain(err))
	}
	return s, nil
}

// items turns each item of the input and writes it.
func (f *sealFlags) items(ctx context.Context, w *World, args []string, turn func(context.Context, *seal.Sealer, seal.Item) (seal.Item, error)) error {
	s, err := f.sealer(ctx, w)
	if err != nil {
		return err
	}
	in := w.Stdin
	if len(args) > 0 {
		file, err := os.Open(args[0])
		if err != nil {
			return badUse("", "%s", plain(err))
		}
		defer file.Close() //nolint:errcheck // it was only read
		in = file
	}
	out := bufio.NewWriter(w.Stdout)
	defer out.Flush() //nolint:errcheck // the write below reports the same error
	lines := bufio.NewReaderSize(in, 1<<20)
	refused := 0
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if terr := one(ctx, s, line, out, turn); terr != nil {
				refused++
				fmt.Fprintf(w.Stderr, "bailey: line %d: %s\n", n, plain(terr))
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if refused > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}

func one(ctx context.Context, s *seal.Sealer, line []byte, out io.Writer, turn func(context.Context, *seal.Sealer, seal.Item) (seal.Item, error)) error {
	var it seal.Item
	if err := json.Unmarshal(line, &it); err != nil {
		return fmt.Errorf("it is no item of DynamoDB: %w", err)
	}
	turned, err := turn(ctx, s, it)
	if err != nil {
		return err
	}
	text, err := json.Marshal(turned)
	if err != nil {
		return err
	}
	_, err = out.Write(append(text, '\n'))
	return err
}

// tryVectors prints what becomes of each vector.
func (f *sealFlags) tryVectors(ctx context.Context, w *World) error {
	keys, err := vectors.ReadKeys(f.keys)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	cases, err := vectors.Read(f.vectors, keys)
	if err != nil {
		return badUse("", "%s", plain(err))
	}
	agreed := 0
	for _, c := range cases {
		r := c.Try(ctx)
		words := []string{"vector " + c.ID, "opened=" + yesNo(r.Opened), "agrees=" + yesNo(r.Agrees)}
		if c.Negative {
			words = append(words, "negative")
		}
		if r.Err != nil {
			words = append(words, "("+plain(r.Err)+")")
		}
		if r.Agrees {
			agreed++
		}
		fmt.Fprintln(w.Stdout, strings.Join(words, " "))
	}
	fmt.Fprintf(w.Stdout, "%d of %d agree\n", agreed, len(cases))
	if agreed < len(cases) {
		return &exitError{code: exitFindings}
	}
	return nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
