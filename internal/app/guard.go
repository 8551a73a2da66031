package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/internal/guard/dynamodb"
	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/store"
	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/sealaws"
)

// drain is how long requests may take to end after the guard was told to.
const drain = 20 * time.Second

func newGuard(w *World) *cobra.Command {
	var config string
	cmd := &cobra.Command{
		Use:   "guard",
		Short: "Stand in front of DynamoDB: who, what, how much, sealed, and on record",
		Long: `Guard runs the listeners of bailey.yaml. A listener takes requests signed by a session (bailey login, bailey assume), decides
by IAM policies and by the levels of attributes, seals and opens items, limits floods at the door, and writes every request
to the audit before it is done. Programs point their AWS SDK at it with AWS_ENDPOINT_URL_DYNAMODB.

It reads bailey.yaml again when the file changes or on SIGHUP; a broken one is told and the old one stays. On SIGTERM it
takes no more requests and lets those under way end. The listeners' addresses change with a restart only.`,
		Example: `  bailey guard --config bailey.yaml
  export AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runGuard(cmd.Context(), w, config) },
	}
	cmd.Flags().StringVar(&config, "config", "", "policy file (default: bailey.yaml here or above)")
	return cmd
}

// house is what all listeners of a guard share.
type house struct {
	world      *World
	store      *store.Store
	key        guard.Key
	identities *guard.Identities
	audit      *guard.Audit
	metrics    *dynamodb.Metrics
}

// guardKey reads the server's key; with anew it makes one where there is none.
func guardKey(path string, anew bool) (guard.Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && anew {
		key := guard.NewKey()
		if text, err = key.Text(); err != nil {
			return key, err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return key, badUse("", "%s", plain(err))
		}
		if _, err := f.Write(text); err != nil {
			return key, errors.Join(err, f.Close())
		}
		return key, f.Close()
	}
	if err != nil {
		return guard.Key{}, badUse("bailey user add makes one, with the first person.", "%s", plain(err))
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return guard.Key{}, badUse("chmod 600 "+path, "%s can be read by others, who could make sessions of their own", path)
	}
	key, err := guard.ParseKey(text)
	if err != nil {
		return key, badUse("", "%s: %s", path, err)
	}
	return key, nil
}

// identities opens the store and the key for commands that manage people.
func identities(ctx context.Context, w *World, config string, anew bool) (*guard.Identities, *policy.Policy, func(), error) {
	pol, err := loadPolicy(config)
	if err != nil {
		return nil, nil, nil, err
	}
	key, err := guardKey(pol.Guard.Key, anew)
	if err != nil {
		return nil, nil, nil, err
	}
	s, err := store.Open(ctx, storeName("", pol))
	if err != nil {
		return nil, nil, nil, badUse("", "%s", plain(err))
	}
	i := &guard.Identities{Store: s, Key: key, Now: w.Now, Account: pol.Guard.Account, Login: pol.Guard.Login, Assume: pol.Guard.Assume}
	return i, pol, func() { _ = s.Close() }, nil
}

func runGuard(ctx context.Context, w *World, config string) error {
	i, pol, done, err := identities(ctx, w, config, false)
	if err != nil {
		return err
	}
	defer done()
	if len(pol.Guard.Listeners) == 0 {
		return badUse("guard: {listeners: [{protocol: dynamodb, listen: 127.0.0.1:8000, region: eu-west-1}]}", "bailey.yaml names no listener under guard")
	}
	h := &house{world: w, store: i.Store, key: i.Key, identities: i, metrics: dynamodb.NewMetrics()}
	if h.audit, err = guard.OpenAudit(pol.Guard.Audit.Folder, i.Key, w.Now); err != nil {
		return badUse("", "%s", plain(err))
	}
	h.audit.Sync = pol.Guard.Audit.Sync
	h.audit.Noted = func(seq int64, hash string) error {
		return i.Store.SetHead(context.WithoutCancel(ctx), pol.Guard.Audit.Folder, seq, hash)
	}
	err = h.serve(ctx, pol, config)
	return errors.Join(err, h.audit.Close())
}

// running is a listener at work; its handler is changed as bailey.yaml changes.
type running struct {
	server  *http.Server
	handler atomic.Pointer[dynamodb.Handler]
	limits  *guard.Limits
}

// ServeHTTP implements [http.Handler].
func (r *running) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.handler.Load().ServeHTTP(w, q) }

func (h *house) serve(ctx context.Context, pol *policy.Policy, config string) error {
	// The signals are the guard's: it needs longer than other commands to put things in order.
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if h.world.Held != nil {
		h.world.Held.Store(true)
	}
	all := map[string]*running{}
	failed := make(chan error, len(pol.Guard.Listeners)+1)
	for n := range pol.Guard.Listeners {
		l := &pol.Guard.Listeners[n]
		r := &running{limits: &guard.Limits{}}
		if err := h.configure(ctx, r, pol, l); err != nil {
			return err
		}
		if err := h.listen(ctx, r, l, failed); err != nil {
			return err
		}
		all[l.Name] = r
	}
	metrics, err := h.figures(ctx, pol.Guard.Metrics, failed)
	if err != nil {
		return err
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	changed := modified(pol.File)
	for {
		select {
		case err := <-failed:
			return errors.Join(badUse("", "%s", plain(err)), h.shut(ctx, all, metrics))
		case s := <-signals:
			if s != syscall.SIGHUP {
				fmt.Fprintln(h.world.Stderr, "bailey: letting requests under way end")
				return h.shut(ctx, all, metrics)
			}
			h.reload(ctx, all, config)
		case <-tick.C:
			if err := h.audit.Tick(); err != nil {
				fmt.Fprintf(h.world.Stderr, "bailey: %s\n", err)
			}
			if now := modified(pol.File); !now.Equal(changed) {
				changed = now
				h.reload(ctx, all, config)
			}
		}
	}
}

func modified(path string) time.Time {
	if info, err := os.Stat(path); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}

// reload takes a changed policy; where it is broken, or a listener cannot be made, the old one stays.
func (h *house) reload(ctx context.Context, all map[string]*running, config string) {
	pol, err := loadPolicy(config)
	if err != nil {
		fmt.Fprintf(h.world.Stderr, "bailey: the changed policy is not taken: %s\n", plain(err))
		return
	}
	for n := range pol.Guard.Listeners {
		l := &pol.Guard.Listeners[n]
		r, ok := all[l.Name]
		if !ok {
			fmt.Fprintf(h.world.Stderr, "bailey: the listener %s is new; it begins with the next start\n", l.Name)
			continue
		}
		if err := h.configure(ctx, r, pol, l); err != nil {
			fmt.Fprintf(h.world.Stderr, "bailey: the listener %s stays as it was: %s\n", l.Name, plain(err))
			return
		}
	}
	fmt.Fprintln(h.world.Stderr, "bailey: the changed policy holds")
}

// configure makes a listener's handler.
func (h *house) configure(ctx context.Context, r *running, pol *policy.Policy, l *policy.Listener) error {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return badUse("", "reading the AWS configuration: %s", err)
	}
	if l.Region != "" {
		c.Region = l.Region
	}
	if c.Region == "" {
		return badUse("", "the listener %s needs a region, in bailey.yaml or AWS_REGION", l.Name)
	}
	c.BaseEndpoint = nil
	upstream := func(o *awsdynamodb.Options) {
		if l.Upstream != "" {
			o.BaseEndpoint = &l.Upstream
		}
	}
	tables, sealers, err := h.tables(ctx, pol, l)
	if err != nil {
		return err
	}
	r.limits.Set(limit(l.Limits.Address), limit(l.Limits.Principal), limit(l.Limits.Resource))
	r.handler.Store(&dynamodb.Handler{
		Name: l.Name, Region: c.Region, Account: pol.Guard.Account, Identities: h.identities, Limits: r.limits, Audit: h.audit,
		Rules:  &guard.Rules{Destroyers: pol.Guard.Destroyers, MFAAge: pol.Guard.MFAAge},
		Tables: tables, Default: pol.DefaultLevel, Deny: l.Deny, Refuse: l.Refuse, Unaudited: l.Unaudited, Now: h.world.Now, Metrics: h.metrics,
		Raw:    awsdynamodb.NewFromConfig(c, upstream),
		Sealed: awsdynamodb.NewFromConfig(c, upstream, sealaws.With(sealers)),
		Log:    func(text string) { fmt.Fprintf(h.world.Stderr, "bailey: %s: %s\n", l.Name, text) },
	})
	return nil
}

func limit(l policy.Limit) guard.Limit { return guard.Limit(l) }

// listen opens the listener's address and serves.
func (h *house) listen(ctx context.Context, r *running, l *policy.Listener, failed chan<- error) error {
	var lc net.ListenConfig
	socket, err := lc.Listen(ctx, "tcp", l.Listen)
	if err != nil {
		return badUse("", "listening at %s: %s", l.Listen, plain(err))
	}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second, MaxHeaderBytes: 64 << 10, ErrorLog: nil}
	scheme := "http"
	if l.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(l.Certificate, l.TLSKey)
		if err != nil {
			return badUse("", "%s", plain(err))
		}
		r.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
		socket = tls.NewListener(socket, r.server.TLSConfig)
		scheme = "https"
	}
	fmt.Fprintf(h.world.Stderr, "bailey: %s listens at %s://%s\n", l.Name, scheme, socket.Addr())
	go func() {
		if err := r.server.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return nil
}

// figures serves /metrics and /healthz, where an address is given.
func (h *house) figures(ctx context.Context, address string, failed chan<- error) (*http.Server, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // nothing to serve
	}
	var lc net.ListenConfig
	socket, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, badUse("", "listening at %s: %s", address, plain(err))
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", h.metrics.Handler())
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := h.store.Attempts(r.Context(), "nobody"); err != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		if err := h.audit.Tick(); err != nil {
			http.Error(w, "the audit cannot be written", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n")) // whoever asked may be gone
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintf(h.world.Stderr, "bailey: metrics are at http://%s/metrics\n", socket.Addr())
	go func() {
		if err := s.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return s, nil
}

// shut takes no more requests, and waits for those under way.
func (h *house) shut(ctx context.Context, all map[string]*running, metrics *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, len(all)+1)
	for _, r := range all {
		wg.Go(func() { errs <- r.server.Shutdown(ctx) })
	}
	wg.Wait()
	if metrics != nil {
		errs <- metrics.Shutdown(ctx)
	}
	close(errs)
	var out error
	for err := range errs {
		out = errors.Join(out, err)
	}
	return out
}

// tables are what the guard knows of each table: from bailey.yaml, and the levels of the catalog where it is silent.
func (h *house) tables(ctx context.Context, pol *policy.Policy, l *policy.Listener) (map[string]*dynamodb.Table, map[string]*seal.Sealer, error) {
	known, err := h.levels(ctx, pol)
	if err != nil {
		return nil, nil, err
	}
	tables, sealers := map[string]*dynamodb.Table{}, map[string]*seal.Sealer{}
	for name, levels := range known {
		tables[name] = &dynamodb.Table{Levels: levels, Default: pol.DefaultLevel}
	}
	for n := range l.Tables {
		t := &l.Tables[n]
		levels := map[string]string{}
		for name, level := range known[t.Name] {
			levels[name] = level
		}
		for name, a := range t.Attributes {
			if a.Level != "" {
				levels[name] = a.Level
			}
		}
		made := &dynamodb.Table{Partition: t.PartitionKey, Levels: levels, Default: pol.DefaultLevel}
		if (t.Keys != policy.TableKeys{}) {
			if made.Sealer, err = h.sealer(ctx, pol, t, levels); err != nil {
				return nil, nil, badUse("", "%s:%d: table %s: %s", pol.File, l.Line, t.Name, plain(err))
			}
			sealers[t.Name] = made.Sealer
		}
		tables[t.Name] = made
	}
	return tables, sealers, nil
}

// levels are those of attributes in the catalog, by table. What is ordinary has the lowest.
func (h *house) levels(ctx context.Context, pol *policy.Policy) (map[string]map[string]string, error) {
	entries, err := h.store.Entries(ctx)
	if err != nil {
		return nil, badUse("", "%s", plain(err))
	}
	out := map[string]map[string]string{}
	for i := range entries {
		e := &entries[i]
		if e.Gone || !isDynamoDB(e.Store) {
			continue
		}
		if out[e.Table] == nil {
			out[e.Table] = map[string]string{}
		}
		level := e.Holds()
		if pol.Rank(level) < 0 {
			level = pol.LevelNames()[0]
		}
		top := topOf(e.Path)
		out[e.Table][top] = pol.Highest(level, out[e.Table][top])
	}
	return out, nil
}
