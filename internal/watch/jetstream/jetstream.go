// Package jetstream shares a watch among processes and machines, through NATS JetStream: one that is embedded, or a cluster.
//
//	source ──batch──▶ NAME-input ──batch──▶ worker ──part──▶ NAME-parts ──part──▶ collector ──state──▶ NAME-state
//	                  work queue            (any number)                          (one of them)        checkpoint
//
// A batch is a file, or some lines of a stream. A worker reads it into a [watch.State] of its own, publishes that as a part,
// and only then acknowledges the batch. The collector merges the parts into the state and checkpoints it together with the
// place in NAME-parts that it is of. States merge in any order to the same, and a part whose batch is in the state already is
// passed over, so batches that are delivered twice, workers that come, go or die, and a collector that is killed change
// nothing of what is found.
//
// Nothing here looks at events. What is kept in JetStream are logs and what is learned of them: whoever may read the account
// that Bailey uses there may read both.
package jetstream

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/baileydb/bailey/internal/watch"
)

const (
	// inline is how large a message's content may be, in bytes; what is larger goes to the object store. A server's own limit
	// is 1 MiB.
	inline = 512 << 10
	// waiting is how many batches wait before those who publish do.
	waiting = 4096
	// lease is how long a collector that says nothing is taken for alive.
	lease = 10 * time.Second
	// ackWait is how long a worker that says nothing keeps a batch.
	ackWait = 20 * time.Second
)

// Options are of a queue.
type Options struct {
	// Name tells several watches on one cluster apart: letters, digits and dashes.
	Name string
	// Replicas is on how many servers everything is kept: 1, 3 or 5; 0 is 3 where the cluster has as many, else 1.
	Replicas int
	// Fingerprint is of the detections. All who share a watch have the same.
	Fingerprint string
	// Trouble is told what will be tried again; nil hears nothing.
	Trouble func(error)
}

// Queue is a watch that several share.
type Queue struct {
	opts    Options
	js      jetstream.JetStream
	input   jetstream.Stream
	parts   jetstream.Stream
	objects jetstream.ObjectStore
	keys    jetstream.KeyValue
	leases  jetstream.KeyValue
	self    string // one process among those that share the watch
	epoch   int    // how many replays have ended before
}

// ErrOther says that a watch of this name is of other detections.
var ErrOther = errors.New("the watch of this name is of other detections")

// Open opens the watch, and makes it where there is none.
func Open(ctx context.Context, conn *nats.Conn, opts Options) (*Queue, error) {
	if opts.Trouble == nil {
		opts.Trouble = func(error) {}
	}
	if opts.Replicas == 0 {
		opts.Replicas = 1
		if len(conn.Servers()) >= 3 {
			opts.Replicas = 3
		}
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, err
	}
	q := &Queue{opts: opts, js: js, self: rand.Text()}
	if err := q.patient(ctx, "opening the watch", q.make); err != nil {
		return nil, err
	}
	if err := q.same(ctx); err != nil {
		return nil, err
	}
	_, err = q.Load(ctx)
	return q, err
}

// make makes the streams and stores that are not there.
func (q *Queue) make(ctx context.Context) (err error) {
	name, n := q.opts.Name, q.opts.Replicas
	if q.input, err = q.stream(ctx, jetstream.StreamConfig{
		Name: name + "-input", Subjects: []string{name + ".input"}, Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, MaxMsgs: waiting,
		Duplicates: 10 * time.Minute, Replicas: n, Compression: jetstream.S2Compression, Description: "logs to be read by workers of bailey watch",
	}); err != nil {
		return err
	}
	if q.parts, err = q.stream(ctx, jetstream.StreamConfig{
		Name: name + "-parts", Subjects: []string{name + ".parts"}, Duplicates: 10 * time.Minute, Replicas: n, Compression: jetstream.S2Compression,
		Description: "what workers of bailey watch have read, to be merged",
	}); err != nil {
		return err
	}
	if q.objects, err = q.store(ctx, jetstream.ObjectStoreConfig{Bucket: name, Replicas: n, Compression: true, Description: "large batches and the state of bailey watch"}); err != nil {
		return err
	}
	if q.keys, err = q.bucket(ctx, jetstream.KeyValueConfig{Bucket: name + "-state", Replicas: n}); err != nil {
		return err
	}
	q.leases, err = q.bucket(ctx, jetstream.KeyValueConfig{Bucket: name + "-lease", Replicas: n, TTL: lease})
	return err
}

func (q *Queue) stream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := q.js.Stream(ctx, c.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = q.js.CreateStream(ctx, c)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was faster
			s, err = q.js.Stream(ctx, c.Name)
		}
	}
	return s, err
}

func (q *Queue) bucket(ctx context.Context, c jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	if _, err := q.js.KeyValue(ctx, c.Bucket); errors.Is(err, jetstream.ErrBucketNotFound) {
		if _, err := q.js.CreateKeyValue(ctx, c); err != nil && !errors.Is(err, jetstream.ErrBucketExists) {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	if err := q.leader(ctx, "KV_"+c.Bucket); err != nil {
		return nil, err
	}
	return q.js.KeyValue(ctx, c.Bucket) // a handle keeps how it was to be read when it was opened
}

func (q *Queue) store(ctx context.Context, c jetstream.ObjectStoreConfig) (jetstream.ObjectStore, error) {
	if _, err := q.js.ObjectStore(ctx, c.Bucket); errors.Is(err, jetstream.ErrBucketNotFound) {
		if _, err := q.js.CreateObjectStore(ctx, c); err != nil && !errors.Is(err, jetstream.ErrBucketExists) {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	if err := q.leader(ctx, "OBJ_"+c.Bucket); err != nil {
		return nil, err
	}
	return q.js.ObjectStore(ctx, c.Bucket)
}

// leader has a bucket read from its leader only. Buckets are made so that any server answers, one that lags behind too, which
// says that what was just stored is not there.
func (q *Queue) leader(ctx context.Context, stream string) error {
	s, err := q.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	c := s.CachedInfo().Config
	if !c.AllowDirect {
		return nil
	}
	c.AllowDirect = false
	_, err = q.js.UpdateStream(ctx, c)
	return err
}

// same makes sure that all have the same detections: a part that was made by others could not be merged.
func (q *Queue) same(ctx context.Context) error {
	return q.patient(ctx, "comparing the detections", func(ctx context.Context) error {
		_, err := q.keys.Create(ctx, "detections", []byte(q.opts.Fingerprint))
		if !taken(err) {
			return err
		}
		e, err := q.keys.Get(ctx, "detections")
		if err != nil {
			return err
		}
		if string(e.Value()) == q.opts.Fingerprint {
			return nil
		}
		i, err := q.input.Info(ctx)
		if err != nil {
			return err
		}
		p, err := q.parts.Info(ctx)
		if err != nil {
			return err
		}
		if i.State.Msgs+p.State.Msgs > 0 {
			return ErrOther
		}
		// Nothing is on its way: what was learned by other detections stays, as with a file of --memory.
		_, err = q.keys.Update(ctx, "detections", []byte(q.opts.Fingerprint), e.Revision())
		return err
	})
}

// Delete takes everything away that the watch has in JetStream, what was learned included.
func (q *Queue) Delete(ctx context.Context) error {
	return errors.Join(q.js.DeleteStream(ctx, q.opts.Name+"-input"), q.js.DeleteStream(ctx, q.opts.Name+"-parts"), q.js.DeleteObjectStore(ctx, q.opts.Name),
		q.js.DeleteKeyValue(ctx, q.opts.Name+"-state"), q.js.DeleteKeyValue(ctx, q.opts.Name+"-lease"))
}

// patient tries again until it works, or the context ends: a cluster that has lost a server is away for seconds. What will
// never work is an error at once.
func (q *Queue) patient(ctx context.Context, what string, do func(context.Context) error) error {
	pause := 50 * time.Millisecond
	for {
		once, stop := context.WithTimeout(ctx, 4*time.Second)
		err := do(once)
		stop()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case hopeless(err):
			return fmt.Errorf("%s: %w", what, err)
		}
		q.opts.Trouble(fmt.Errorf("%s: %w; it is tried again", what, err))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// taken reports whether a key is there already, or is another one than was read.
func taken(err error) bool {
	return errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch)
}

// hopeless reports whether an error stays.
func hopeless(err error) bool {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, ErrOther), errors.Is(err, errLost), errors.Is(err, errGone), errors.Is(err, errAbsent), errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrPermissionViolation), errors.Is(err, nats.ErrConnectionClosed),
		errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, jetstream.ErrMsgNotFound):
		return true
	case errors.As(err, &api):
		return api.Code == 400 && api.ErrorCode != 10077 // too many messages wait
	}
	return false
}

// put publishes a message once: content that is too large for one goes to the object store.
func (q *Queue) put(ctx context.Context, subject, id string, header nats.Header, body []byte) error {
	object := ""
	if len(body) > inline {
		var err error
		if object, err = q.keep(ctx, subject+" "+id, body); err != nil {
			return err
		}
		body = nil
		header.Set("Bailey-Object", object)
	}
	m := &nats.Msg{Subject: subject, Header: header, Data: body}
	tries, there := 0, false
	err := q.patient(ctx, "publishing "+id, func(ctx context.Context) error {
		tries++
		ack, err := q.js.PublishMsg(ctx, m, jetstream.WithMsgID(id))
		there = err == nil && ack.Duplicate
		return err
	})
	// A message that was there before has an object of its own. After a try whose answer was lost it may be this very one.
	if err == nil && there && tries == 1 && object != "" {
		return q.drop(ctx, object)
	}
	return err
}

// errMixed says that an object is not what was stored.
var errMixed = errors.New("it arrived changed")

// keep stores an object under a name of its own for every try. A try that seemed to fail may still be at work in the cluster,
// and would mix its pieces with those of the next one under the same name. What was stored is read back: the client sends a
// piece again that found no leader, after the pieces behind it, and calls that stored.
func (q *Queue) keep(ctx context.Context, name string, body []byte) (object string, err error) {
	err = q.patient(ctx, "storing "+name, func(ctx context.Context) error {
		object = name + " " + rand.Text()
		if _, err := q.objects.PutBytes(ctx, object, body); err != nil {
			return err
		}
		switch back, err := q.objects.GetBytes(ctx, object); {
		case errors.Is(err, jetstream.ErrDigestMismatch), err == nil && !bytes.Equal(back, body):
			return errors.Join(errMixed, q.objects.Delete(ctx, object), q.bury(ctx, object))
		case errors.Is(err, jetstream.ErrObjectNotFound): // a leader that came meanwhile may not have it yet
			return errors.New("it is not there")
		default:
			return err
		}
	})
	return object, err
}

var (
	// errGone says that an object was deleted, errAbsent that there is none, and no sign that there ever was.
	errGone   = errors.New("the object was deleted")
	errAbsent = errors.New("the object is not there")
)

// content is a message's, wherever it is.
func (q *Queue) content(ctx context.Context, header nats.Header, data []byte) (body []byte, object string, err error) {
	object = header.Get("Bailey-Object")
	if object == "" {
		return data, "", nil
	}
	tries := 0
	err = q.patient(ctx, "reading "+object, func(ctx context.Context) (err error) {
		if body, err = q.objects.GetBytes(ctx, object); !errors.Is(err, jetstream.ErrObjectNotFound) {
			return err
		}
		info, err := q.objects.GetInfo(ctx, object, jetstream.GetObjectInfoShowDeleted())
		switch {
		case err == nil && info.Deleted:
			return errGone
		case errors.Is(err, jetstream.ErrObjectNotFound):
			if tries++; tries == 5 {
				return errAbsent
			}
			return errors.New("it is not there yet")
		}
		return err
	})
	return body, object, err
}

// forget deletes an object. A sign that it was there stays until bury.
func (q *Queue) forget(ctx context.Context, object string) error {
	return q.patient(ctx, "deleting "+object, func(ctx context.Context) error {
		if err := q.objects.Delete(ctx, object); !errors.Is(err, jetstream.ErrObjectNotFound) {
			return err
		}
		return nil
	})
}

// drop deletes an object that nobody can ask for any more, and the sign that it was there.
func (q *Queue) drop(ctx context.Context, object string) error {
	if err := q.forget(ctx, object); err != nil {
		return err
	}
	return q.patient(ctx, "deleting "+object, func(ctx context.Context) error { return q.bury(ctx, object) })
}

// bury takes the sign away that an object was there, once nobody can ask for it.
func (q *Queue) bury(ctx context.Context, object string) error {
	s, err := q.js.Stream(ctx, "OBJ_"+q.opts.Name)
	if err != nil {
		return err
	}
	// The subject is the client's: an object's name in base64.
	return s.Purge(ctx, jetstream.WithPurgeSubject("$O."+q.opts.Name+".M."+base64.URLEncoding.EncodeToString([]byte(object))))
}

// part is what a batch has become.
type part struct {
	Epoch    int             `json:"epoch"`
	Key      string          `json:"key"`
	Sum      string          `json:"sum,omitempty"`
	State    json.RawMessage `json:"state"`
	Problems []watch.Problem `json:"problems,omitempty"`
}

// checkpoint says where the state is, and of which parts it is made.
type checkpoint struct {
	Object string `json:"object"`
	Parts  uint64 `json:"parts"` // the last one's place in the stream
	// Epoch is how many replays have ended: what was read for one does not count for the next, which may read the same.
	Epoch int `json:"epoch"`
}
