package app

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/watch/digest"
)

func newWatchVerify(w *World) *cobra.Command {
	var keys string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FOLDER",
		Short: "Find any CloudTrail log file that was changed or removed, by CloudTrail's own digests",
		Long: `Verify reads a folder with what CloudTrail delivered, CloudTrail/ and CloudTrail-Digest/ below it, and holds every log file
against the hash in its digest, every digest against the hash in the next, and every signature against CloudTrail's keys.
The newest digest's signature is with the object in S3 only, so that it is told as unsigned. The exit code is 1 where
something is not as CloudTrail left it.

The keys are what aws cloudtrail list-public-keys prints for the time of the digests, as JSON, or PEM. Without them hashes and
the chain are verified alone.`,
		Example: `  aws s3 sync s3://trail-bucket/ logs/
  aws cloudtrail list-public-keys --start-time 2026-11-01 --end-time 2026-11-30 > keys.json
  bailey watch verify logs/ --keys keys.json`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return verifyTrail(w, args[0], keys, asJSON) },
	}
	cmd.Flags().StringVar(&keys, "keys", "", "file with CloudTrail's public keys, as list-public-keys prints them, or PEM")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func verifyTrail(w *World, folder, keyFile string, asJSON bool) error {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return badUse("", "%s is no folder", folder)
	}
	var keys []*rsa.PublicKey
	if keyFile != "" {
		text, err := os.ReadFile(keyFile)
		if err != nil {
			return badUse("", "%s", plain(err))
		}
		if keys, err = digest.ParseKeys(text); err != nil {
			return badUse("", "%s: %s", keyFile, err)
		}
	}
	r, err := digest.Verify(os.DirFS(folder), keys)
	if err != nil {
		return badUse("", "%s: %s", folder, plain(err))
	}
	if asJSON {
		enc := json.NewEncoder(w.Stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(r); err != nil {
			return err
		}
	} else {
		tellDigests(w, &r, len(keys) > 0)
	}
	if len(r.Wrong) > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}

func tellDigests(w *World, r *digest.Report, signed bool) {
	if len(r.Wrong) == 0 {
		fmt.Fprintf(w.Stdout, "%d log files and %d digests are as CloudTrail left them.\n", r.Files, r.Digests)
	} else {
		fmt.Fprintf(w.Stdout, "%d of what CloudTrail left is not as it was:\n", len(r.Wrong))
		for _, x := range r.Wrong {
			fmt.Fprintf(w.Stdout, "  %s: %s\n", x.File, x.Why)
		}
	}
	if !signed {
		fmt.Fprintln(w.Stdout, "No signature was verified; --keys names a file with CloudTrail's keys.")
	} else if len(r.Unsigned) > 0 {
		fmt.Fprintf(w.Stdout, "%d digests have no signature among the files: the newest ones, which S3 keeps it for.\n", len(r.Unsigned))
	}
	if len(r.Uncovered) > 0 {
		fmt.Fprintf(w.Stdout, "%d log files are named by no digest: those of the last hour, or put there by somebody.\n", len(r.Uncovered))
	}
}
