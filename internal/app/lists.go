package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/strict"
	"github.com/baileydb/bailey/internal/watch/lists"
)

// listFile is where a list is kept.
func listFile(pol *policy.Policy, name string) string {
	folder := pol.Watch.Folder
	if pol.File != "" && !filepath.IsAbs(folder) {
		folder = filepath.Join(filepath.Dir(pol.File), folder)
	}
	return filepath.Join(folder, name+".txt")
}

// ownPath is a path of the policy file, which is relative to it.
func ownPath(pol *policy.Policy, path string) string {
	if pol.File != "" && !filepath.IsAbs(path) {
		return filepath.Join(filepath.Dir(pol.File), path)
	}
	return path
}

// readLists are the lists there are: the built-in ones and those of the policy. troubles are told: a list that is missing, broken
// or too old finds nothing, or too little.
func readLists(pol *policy.Policy, now time.Time) (all []*lists.List, troubles []string) {
	all = lists.Builtin()
	for _, s := range pol.Watch.Lists {
		path := listFile(pol, s.Name)
		if s.File != "" {
			path = ownPath(pol, s.File)
		}
		l, err := readList(path, s)
		switch {
		case errors.Is(err, os.ErrNotExist) && s.URL != "":
			troubles = append(troubles, fmt.Sprintf("the list %s was never fetched; bailey lists update %s", s.Name, s.Name))
			continue
		case err != nil:
			troubles = append(troubles, fmt.Sprintf("the list %s: %s", s.Name, plain(err)))
			continue
		case l.Stale(now):
			troubles = append(troubles, fmt.Sprintf("the list %s is of %s, older than %s; bailey lists update %s", s.Name, l.Made.Format(time.DateOnly), listAge(s.MaxAge), s.Name))
		}
		if i := slices.IndexFunc(all, func(x *lists.List) bool { return x.Name == l.Name }); i >= 0 {
			all[i] = l
			continue
		}
		all = append(all, l)
	}
	return all, troubles
}

func readList(path string, s policy.ListSource) (*lists.List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	l := &lists.List{Name: s.Name, Made: info.ModTime(), MaxAge: s.MaxAge}
	if err := fillList(l, f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	from := s.URL
	if from == "" {
		from = s.File
	}
	l.Source = from
	return l, nil
}

// fillList reads a list of the form that its name has.
func fillList(l *lists.List, in io.Reader) (err error) {
	if _, ok := lists.Networks[l.Name]; ok {
		l.Ranges, _, err = lists.ReadNetworks(in)
		return err
	}
	l.Entries, _, err = lists.Read(in)
	return err
}

func newLists(w *World) *cobra.Command {
	var policyFile string
	var asJSON bool
	kinds := ""
	for _, name := range listKinds() {
		kinds += fmt.Sprintf("\n  %-12s %s", name, lists.Kinds[name])
	}
	kinds += "\n\nTwo more say whose the networks of the internet are. Bailey brings none; iptoasn.com, DB-IP, IPinfo and GeoLite (its ASN file)\nhave such files, each under its own terms, as rows with a network or a first and last address:\n"
	for _, name := range slices.Sorted(maps.Keys(lists.Networks)) {
		kinds += fmt.Sprintf("\n  %-12s %s", name, lists.Networks[name])
	}
	cmd := &cobra.Command{
		Use:   "lists",
		Short: "Show and update the lists of addresses and names that watch looks things up in",
		Long: `Lists shows what lists of known addresses and names there are, how old each is, and how many entries it has. Where they come from
is written under watch.lists in bailey.yaml; a detection that needs a list which is not there finds nothing, and a list that
is too old is told of at every run. Detections know the names:
` + kinds,
		Example: `  bailey lists
  bailey lists update
  bailey lists update tor`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			pol, err := loadPolicy(policyFile)
			if err != nil {
				return err
			}
			return showLists(w, pol, asJSON)
		},
	}
	cmd.PersistentFlags().StringVar(&policyFile, "policy", "", "policy file (default: bailey.yaml here or above)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	cmd.AddCommand(&cobra.Command{
		Use: "update [NAME...]", Short: "Fetch the lists that come from an address",
		Long: `Update fetches lists again. A list that cannot be fetched or read, or that has lost nine tenths of its entries, does not take the
place of the one that is there.`,
		RunE: func(cmd *cobra.Command, names []string) error {
			pol, err := loadPolicy(policyFile)
			if err != nil {
				return err
			}
			return updateLists(cmd.Context(), w, pol, names)
		},
	})
	return cmd
}

// listAge is a duration in days where it has that many.
func listAge(d time.Duration) string {
	if days := d / (24 * time.Hour); days > 0 && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", days)
	}
	return d.String()
}

func listKinds() []string {
	return slices.Sorted(maps.Keys(lists.Kinds))
}

func showLists(w *World, pol *policy.Policy, asJSON bool) error {
	all, troubles := readLists(pol, w.Now())
	if asJSON {
		type row struct {
			Name    string     `json:"name"`
			Entries int        `json:"entries"`
			Source  string     `json:"source"`
			Made    *time.Time `json:"made,omitempty"`
			Stale   bool       `json:"stale"`
		}
		out := []row{}
		for _, l := range all {
			r := row{Name: l.Name, Entries: l.Len(), Source: l.Source, Stale: l.Stale(w.Now())}
			if !l.Made.IsZero() {
				r.Made = &l.Made
			}
			out = append(out, r)
		}
		enc := json.NewEncoder(w.Stdout)
		enc.SetIndent("", "  ")
		if err := enc.Encode(out); err != nil {
			return err
		}
	} else {
		for _, l := range all {
			made := ""
			if !l.Made.IsZero() {
				made = "of " + l.Made.Format(time.DateOnly) + ", "
			}
			fmt.Fprintf(w.Stdout, "%-12s %8d entries, %s%s\n", l.Name, l.Len(), made, printableLine(l.Source))
		}
	}
	for _, t := range troubles {
		fmt.Fprintf(w.Stderr, "bailey: %s\n", t)
	}
	return nil
}

const (
	maxList  = 256 << 20
	listWait = 2 * time.Minute
)

func updateLists(ctx context.Context, w *World, pol *policy.Policy, names []string) error {
	var known []string
	for _, s := range pol.Watch.Lists {
		known = append(known, s.Name)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return badUse("", "there is no list %q in the policy%s", n, strict.Suggest(n, known))
		}
	}
	failed := 0
	for _, s := range pol.Watch.Lists {
		if s.URL == "" || len(names) > 0 && !slices.Contains(names, s.Name) {
			continue
		}
		n, err := updateList(ctx, pol, s)
		if err != nil {
			failed++
			fmt.Fprintf(w.Stderr, "bailey: the list %s stays as it is: %s\n", s.Name, plain(err))
			continue
		}
		fmt.Fprintf(w.Stdout, "%s has %d entries.\n", s.Name, n)
	}
	if failed > 0 {
		return &exitError{code: exitBad}
	}
	return nil
}

func updateList(ctx context.Context, pol *policy.Policy, s policy.ListSource) (int, error) {
	ctx, stop := context.WithTimeout(ctx, listWait)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return 0, err
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s answered %s", s.URL, resp.Status)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxList+1))
	if err != nil {
		return 0, err
	}
	if len(text) > maxList {
		return 0, fmt.Errorf("%s is larger than %d MiB", s.URL, maxList>>20)
	}
	l := &lists.List{Name: s.Name}
	if err := fillList(l, bytes.NewReader(text)); err != nil {
		return 0, fmt.Errorf("%s: %w", s.URL, err)
	}
	path := listFile(pol, s.Name)
	if old, err := readList(path, s); err == nil && l.Len() < old.Len()/10 {
		return 0, fmt.Errorf("%s has %d entries, where there were %d; delete %s if that is right", s.URL, l.Len(), old.Len(), path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return 0, err
	}
	return l.Len(), writeFile(path, text)
}
