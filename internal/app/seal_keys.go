package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/vectors"
	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/sealaws"
)

// keyFlags say which keys seal and open.
type keyFlags struct {
	keys, keyID, provider              string
	kms, branchTable, branchKey, named string
}

func (f *keyFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.keys, "keys", "", "file with keys: one that bailey key new wrote, or a keys file as AWS's test vectors have it")
	fl.StringVar(&f.keyID, "key-id", "", "which key of the file, where it has several")
	fl.StringVar(&f.provider, "provider", "bailey", "key provider (namespace) of a raw AES or RSA key of a keys file")
	fl.StringVar(&f.kms, "kms", "", "ARN of the AWS KMS key, in the place of --keys")
	fl.StringVar(&f.branchTable, "branch-table", "", "table of branch keys under the KMS key: KMS is then asked once for many items")
	fl.StringVar(&f.branchKey, "branch-key", "", "ID of the branch key")
	fl.StringVar(&f.named, "branch-table-name", "", "logical name of the table of branch keys (default: its name)")
	cmd.MarkFlagsMutuallyExclusive("keys", "kms")
	cmd.MarkFlagsOneRequired("keys", "kms")
	cmd.MarkFlagsRequiredTogether("branch-table", "branch-key")
	must(cmd.MarkFlagFilename("keys"))
}

// branchPeriod is how long a branch key is used before KMS is asked again.
const branchPeriod = 10 * time.Minute

// keyring is what the flags describe.
func (f *keyFlags) keyring(ctx context.Context, w *World) (seal.Keyring, error) {
	if f.kms == "" {
		return keyringOf(f.keys, f.keyID, f.provider)
	}
	if f.branchTable == "" {
		client, _, err := kmsClient(ctx)
		if err != nil {
			return nil, err
		}
		return seal.NewKMS(client, f.kms, false)
	}
	table, err := f.branches(ctx, w)
	if err != nil {
		return nil, err
	}
	return seal.NewHierarchy(seal.HierarchyConfig{Store: table, ID: f.branchKey, Period: branchPeriod, Clock: w.Now})
}

func kmsClient(ctx context.Context) (seal.BranchKMS, aws.Config, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, c, fmt.Errorf("reading the AWS configuration: %w", err)
	}
	return sealaws.KMS(kms.NewFromConfig(c)), c, nil
}

// branches is the table of branch keys.
func (f *keyFlags) branches(ctx context.Context, w *World) (*seal.BranchKeyTable, error) {
	client, c, err := kmsClient(ctx)
	if err != nil {
		return nil, err
	}
	name := f.named
	if name == "" {
		name = f.branchTable
	}
	return seal.NewBranchKeyTable(seal.BranchKeyTableConfig{
		Table: f.branchTable, LogicalName: name, KMSKey: f.kms, KMS: client, Storage: sealaws.Storage(dynamodb.NewFromConfig(c)), Clock: w.Now,
	})
}

// keyringOf is a key of a file.
func keyringOf(file, id, provider string) (seal.Keyring, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var kind struct {
		Version json.RawMessage `json:"bailey_key"`
	}
	if err := json.Unmarshal(text, &kind); err == nil && kind.Version != nil {
		key, err := seal.ParseKeyFile(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return key.Keyring(false)
	}
	keys, err := vectors.ReadKeys(file)
	if err != nil {
		return nil, err
	}
	return keys.Named(id, provider)
}
