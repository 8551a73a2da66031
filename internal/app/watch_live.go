package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/baileydb/bailey/internal/policy"
	"github.com/baileydb/bailey/internal/report"
	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/feed"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/live"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// followFormats are those that can be written one after the other.
var followFormats = []string{"text", "json", "guardduty"}

// followed is a watch that goes on.
type followed struct {
	flags  *watchFlags
	world  *World
	engine *watch.Engine
	pol    *policy.Policy
	tell   *notices
	left   map[string]bool // detections of which it was told that they leave something out
	before int64           // events of earlier runs
	events int64
}

// follow follows logs until it is interrupted, or all of them end.
func (f *watchFlags) live(ctx context.Context, w *World, g *watch.Engine, pol *policy.Policy, tell *notices) error {
	if !slices.Contains(followFormats, f.format) || f.output != "" {
		return badUse("", "--follow writes one finding after the other, to standard output, as %s", strings.Join(followFormats, ", "))
	}
	if f.share.nats == "" {
		if err := os.MkdirAll(f.share.folder, 0o700); err != nil {
			return badUse("", "%s", plain(err))
		}
	}
	held(w)
	q, err := f.open(ctx, w, g)
	if err != nil {
		return err
	}
	defer q.close()
	sources, err := f.sources(ctx, w, q)
	if err != nil {
		return err
	}
	before, err := q.Load(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.Stderr, "following %s; what is found is told every %s. Ctrl-C ends it, and the same command goes on from there.\n", strings.Join(f.follow, ", "), f.share.every)
	ctx, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop(nil)
	f.works(ctx, q, g, &wg, stop)
	if tell != nil {
		wg.Go(func() { tell.whenDue(ctx, w) })
	}
	var mu sync.Mutex
	published, ended := map[string]bool{}, len(sources)
	sink := &live.Sink{
		Publish: func(ctx context.Context, b jetstream.Batch) error {
			mu.Lock()
			published[b.Key] = true
			mu.Unlock()
			return q.Publish(ctx, b)
		},
		Has:    func(key string) bool { return before.Has(key, "") },
		Cursor: q.Cursor, Move: q.Move,
		Problem: func(p watch.Problem) { fmt.Fprintf(w.Stderr, "bailey: %s: %s\n", p.File, p.Message) },
		Options: feed.Options{FlowFormat: f.flowFormat},
	}
	for _, s := range sources {
		wg.Go(func() {
			err := s.Follow(ctx, sink)
			if err != nil && ctx.Err() == nil {
				stop(err)
			}
			mu.Lock()
			ended--
			mu.Unlock()
		})
	}
	l := &followed{flags: f, world: w, engine: g, pol: pol, tell: tell, left: map[string]bool{}, before: before.Events}
	err = q.Collect(ctx, &jetstream.Collector{
		Engine: g, Every: f.share.every,
		Standby: func() {
			fmt.Fprintln(w.Stderr, "another bailey collects and tells what is found; this one reads, works, and takes over if that one ends")
		},
		Done: func(s *watch.State) bool {
			mu.Lock()
			defer mu.Unlock()
			maps.DeleteFunc(published, func(key string, _ bool) bool { return s.Has(key, "") })
			return ended == 0 && len(published) == 0
		},
		Look: func(s *watch.State, problems []watch.Problem, _ bool) error {
			return l.look(context.WithoutCancel(ctx), s, problems)
		},
	})
	if c := context.Cause(ctx); c != nil && !errors.Is(c, context.Canceled) {
		return badUse("", "%s", plain(c))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	fmt.Fprintf(w.Stderr, "%d events were read.\n", l.events)
	return nil
}

// look tells what is new in the state.
func (l *followed) look(ctx context.Context, s *watch.State, problems []watch.Problem) error {
	w, f := l.world, l.flags
	for _, p := range problems {
		fmt.Fprintf(w.Stderr, "bailey: %s:%d: %s\n", p.File, p.At, p.Message)
	}
	for _, p := range full(s) {
		if !l.left[p.File] {
			l.left[p.File] = true
			fmt.Fprintf(w.Stderr, "bailey: %s: %s\n", p.File, p.Message)
		}
	}
	l.events = s.Events - l.before
	all := l.engine.Evaluate(s)
	var changed []watch.Finding
	told := map[string]int{}
	for i := range all {
		told[all[i].ID] = all[i].Count
		if s.Told[all[i].ID] != all[i].Count {
			changed = append(changed, all[i])
		}
	}
	before := s.Told
	s.Told = told
	s.Forget(l.engine)
	s.Age(l.engine)
	changed, err := f.matching(changed)
	if err != nil {
		return err
	}
	open, archived, err := suppressed(l.pol, changed, w.Now())
	if err != nil {
		return err
	}
	if f.save {
		if err := saveArchived(ctx, storeName("", l.pol), archived); err != nil {
			return err
		}
		if err := saveFindings(ctx, storeName("", l.pol), open); err != nil {
			return err
		}
	}
	if l.tell != nil {
		if err := l.tell.take(ctx, open, f.save); err != nil {
			fmt.Fprintf(w.Stderr, "bailey: %s\n", plain(err)) // it is tried again with the next finding
		}
	}
	return l.print(slices.DeleteFunc(open, func(x watch.Finding) bool { return before[x.ID] > 0 }))
}

// print writes findings that are new.
func (l *followed) print(found []watch.Finding) error {
	w, f := l.world, l.flags
	if f.format == "text" {
		return report.WriteFound(w.Stdout, found, report.Options{Width: w.Width, Color: f.color == "always" || f.color == "auto" && w.StdoutTerminal && w.Env("NO_COLOR") == ""})
	}
	enc := json.NewEncoder(w.Stdout)
	enc.SetEscapeHTML(false)
	for i := range found {
		var line any = found[i]
		if f.format == "guardduty" {
			line = found[i].GuardDuty()
		}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// sources are what --follow names.
func (f *watchFlags) sources(ctx context.Context, w *World, q *queue) ([]live.Source, error) {
	var out []live.Source
	started := strconv.FormatInt(w.Now().UnixNano(), 36)
	for _, text := range f.follow {
		s, err := f.source(ctx, w, q, text, started)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (f *watchFlags) source(ctx context.Context, w *World, q *queue, text, started string) (live.Source, error) {
	subject, isSubject := strings.CutPrefix(text, "nats:")
	switch {
	case text == "-":
		return &live.Lines{Name: "standard input", Started: started, In: w.Stdin}, nil
	case isSubject:
		if f.share.nats == "" {
			return nil, badUse("Name a server with --nats.", "%s is a subject on no server", text)
		}
		return &live.Subject{Conn: q.conn, Name: subject, Started: started}, nil
	case strings.HasPrefix(text, "s3://"):
		bucket, prefix, err := live.ParseS3(text)
		if err != nil {
			return nil, badUse("", "%s", err)
		}
		client, err := s3Client(ctx, w, "")
		if err != nil {
			return nil, err
		}
		return &live.Prefix{Client: client, Bucket: bucket, Prefix: prefix, Poll: time.Minute}, nil
	case strings.HasPrefix(text, "https://"), strings.HasPrefix(text, "http://"):
		return queueSource(ctx, w, text)
	}
	info, err := os.Stat(text)
	if err == nil && info.IsDir() {
		return &live.Folder{Path: filepath.Clean(text), Poll: live.Poll}, nil
	}
	if err != nil && !os.IsNotExist(err) {
		return nil, badUse("", "%s", plain(err))
	}
	return &live.Tail{Path: filepath.Clean(text), Poll: live.Poll / 4}, nil
}

// queueSource is an SQS queue by its address, whose host names the Region: sqs.eu-west-1.amazonaws.com.
func queueSource(ctx context.Context, w *World, address string) (live.Source, error) {
	u, err := url.Parse(address)
	if err != nil || strings.Count(strings.Trim(u.Path, "/"), "/") != 1 {
		return nil, badUse("It is written as https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.", "%s is no address of an SQS queue", address)
	}
	region := ""
	if host := strings.Split(u.Hostname(), "."); len(host) > 3 && host[0] == "sqs" {
		region = host[1]
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, badUse("", "reading the AWS configuration: %s", plain(err))
	}
	objects, err := s3Client(ctx, w, region)
	if err != nil {
		return nil, err
	}
	return &live.Queue{SQS: sqs.NewFromConfig(c), S3: objects, URL: address}, nil
}

func s3Client(ctx context.Context, w *World, region string) (*s3.Client, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, badUse("", "reading the AWS configuration: %s", plain(err))
	}
	if c.Region == "" {
		return nil, badUse("", "S3 needs a Region: set AWS_REGION")
	}
	return s3.NewFromConfig(c, func(o *s3.Options) {
		// Servers that are not AWS's do not have a name for each bucket.
		o.DisableLogOutputChecksumValidationSkipped = true // older objects have none
		o.UsePathStyle = aws.ToString(c.BaseEndpoint) != "" || w.Env("AWS_ENDPOINT_URL") != "" || w.Env("AWS_ENDPOINT_URL_S3") != ""
	}), nil
}

func s3Inputs(ctx context.Context, w *World, text string) ([]replay.Input, error) {
	bucket, prefix, err := live.ParseS3(text)
	if err != nil {
		return nil, err
	}
	client, err := s3Client(ctx, w, "")
	if err != nil {
		return nil, err
	}
	return live.Objects(ctx, client, bucket, prefix)
}
