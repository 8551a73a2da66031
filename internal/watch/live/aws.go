package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/baileydb/bailey/internal/watch"
	"github.com/baileydb/bailey/internal/watch/jetstream"
	"github.com/baileydb/bailey/internal/watch/replay"
)

// ParseS3 reads s3://bucket/prefix.
func ParseS3(text string) (bucket, prefix string, err error) {
	rest, ok := strings.CutPrefix(text, "s3://")
	bucket, prefix, _ = strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return "", "", fmt.Errorf("%s is not written as s3://bucket/prefix", text)
	}
	return bucket, prefix, nil
}

// Objects are those below an S3 prefix, in the order of their keys, which for what AWS delivers is that of their time.
func Objects(ctx context.Context, client *s3.Client, bucket, prefix string) ([]replay.Input, error) {
	var out []replay.Input
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("s3://%s/%s: %w", bucket, prefix, err)
		}
		for i := range page.Contents {
			o := &page.Contents[i]
			if key := aws.ToString(o.Key); !strings.HasSuffix(key, "/") && aws.ToInt64(o.Size) > 0 {
				out = append(out, object(ctx, client, bucket, key, aws.ToInt64(o.Size)))
			}
		}
	}
	return out, nil
}

func object(ctx context.Context, client *s3.Client, bucket, key string, size int64) replay.Input {
	return replay.Input{Name: "s3://" + bucket + "/" + key, Size: size, Open: func() (io.ReadCloser, error) {
		o, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		if err != nil {
			return nil, err
		}
		return o.Body, nil
	}}
}

// Prefix are the objects below an S3 prefix, those that come included. It lists them all each time; where there are many,
// a queue that is told of them is better: [Queue].
type Prefix struct {
	Client         *s3.Client
	Bucket, Prefix string
	Poll           time.Duration
}

// Follow implements [Source].
func (p *Prefix) Follow(ctx context.Context, to *Sink) error {
	published, failed := map[string]bool{}, false
	for {
		list, err := Objects(ctx, p.Client, p.Bucket, p.Prefix)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && len(published) == 0:
			return err // it never worked
		case err != nil && !failed:
			to.Problem(watch.Problem{File: "s3://" + p.Bucket + "/" + p.Prefix, Message: err.Error() + "; it is tried again"})
		}
		failed = err != nil
		for _, in := range list {
			if published[in.Key()] {
				continue
			}
			if err := to.publish(ctx, in); err != nil {
				return err
			}
			published[in.Key()] = true
		}
		if err := sleep(ctx, p.Poll); err != nil {
			return err
		}
	}
}

// Queue is an SQS queue that is told of S3 objects: by S3, by EventBridge or by CloudTrail, through SNS or not. A message is
// deleted once its objects are safe; one that cannot be read stays, for the queue's dead-letter queue.
type Queue struct {
	SQS *sqs.Client
	S3  *s3.Client
	URL string
}

// Follow implements [Source].
func (q *Queue) Follow(ctx context.Context, to *Sink) error {
	for worked := false; ; {
		out, err := q.SQS.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10, WaitTimeSeconds: 10})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !worked:
			return fmt.Errorf("%s: %w", q.URL, err)
		case err != nil:
			to.Problem(watch.Problem{File: q.URL, Message: err.Error() + "; it is tried again"})
			if err := sleep(ctx, Poll); err != nil {
				return err
			}
			continue
		}
		worked = true
		for i := range out.Messages {
			m := &out.Messages[i]
			if err := q.message(ctx, to, aws.ToString(m.Body)); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				to.Problem(watch.Problem{File: q.URL, Message: "message " + aws.ToString(m.MessageId) + ": " + err.Error()})
				continue
			}
			if _, err := q.SQS.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.URL, ReceiptHandle: m.ReceiptHandle}); err != nil {
				to.Problem(watch.Problem{File: q.URL, Message: err.Error()}) // it comes again, and counts once
			}
		}
	}
}

// message publishes the objects that a message tells of.
func (q *Queue) message(ctx context.Context, to *Sink, body string) error {
	objects, err := Told([]byte(body))
	if err != nil {
		return err
	}
	for _, o := range objects {
		head, err := q.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.Bucket, Key: &o.Key})
		if err != nil {
			var gone *types.NotFound
			if errors.As(err, &gone) {
				return fmt.Errorf("s3://%s/%s is not there", o.Bucket, o.Key)
			}
			return err
		}
		in := object(ctx, q.S3, o.Bucket, o.Key, aws.ToInt64(head.ContentLength))
		if to.Has(in.Key()) {
			continue
		}
		b, err := jetstream.File(in, to.Options)
		if err != nil {
			return err
		}
		if err := to.Publish(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// Object is one that a message tells of.
type Object struct{ Bucket, Key string }

// Told are the objects that a message tells of: S3's event notification, EventBridge's "Object Created" or CloudTrail's own
// notification, in SNS's envelope or not. S3's test message tells of none. See
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html (keys are URL-encoded there, and
// only there), https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html and
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html.
func Told(body []byte) ([]Object, error) {
	var m struct {
		Type    string `json:"Type"`
		Message string `json:"Message"`
		Event   string `json:"Event"`
		Records []struct {
			EventName string `json:"eventName"`
			S3        struct {
				Bucket struct {
					Name string `json:"name"`
				} `json:"bucket"`
				Object struct {
					Key string `json:"key"`
				} `json:"object"`
			} `json:"s3"`
		} `json:"Records"`
		DetailType string `json:"detail-type"`
		Detail     struct {
			Bucket struct {
				Name string `json:"name"`
			} `json:"bucket"`
			Object struct {
				Key string `json:"key"`
			} `json:"object"`
		} `json:"detail"`
		S3Bucket    string   `json:"s3Bucket"`
		S3ObjectKey []string `json:"s3ObjectKey"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("it tells of no object: %w", err)
	}
	var out []Object
	switch {
	case m.Type == "Notification" && m.Message != "":
		if strings.Contains(m.Message, `"Type":"Notification"`) {
			return nil, errors.New("it is a notification within a notification")
		}
		return Told([]byte(m.Message))
	case m.Event == "s3:TestEvent":
		return nil, nil
	case m.DetailType == "Object Created":
		out = append(out, Object{m.Detail.Bucket.Name, m.Detail.Object.Key})
	case m.S3Bucket != "":
		for _, k := range m.S3ObjectKey {
			out = append(out, Object{m.S3Bucket, k})
		}
	}
	for _, r := range m.Records {
		if !strings.HasPrefix(strings.TrimPrefix(r.EventName, "s3:"), "ObjectCreated:") {
			continue
		}
		key, err := url.QueryUnescape(r.S3.Object.Key)
		if err != nil {
			return nil, fmt.Errorf("the key %q: %w", r.S3.Object.Key, err)
		}
		out = append(out, Object{r.S3.Bucket.Name, key})
	}
	for _, o := range out {
		if o.Bucket == "" || o.Key == "" {
			return nil, errors.New("it names no bucket or no key")
		}
	}
	if len(out) == 0 && len(m.Records) == 0 {
		return nil, errors.New("it tells of no object: it is no notification of S3, EventBridge or CloudTrail")
	}
	return out, nil
}
