package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	mail "github.com/wneessen/go-mail"

	"github.com/baileydb/bailey/internal/policy"
)

// World is what sinks take from their surroundings.
type World struct {
	Env    func(string) string
	Stdout io.Writer
	AWS    func(ctx context.Context, region, endpoint string) (aws.Config, error)
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	// Attempts is how often the web is asked before a delivery has failed; 0 is five times.
	Attempts int
}

// Sinks makes the sinks of all destinations.
func Sinks(cfg policy.Notify, w World) (map[string]Sink, error) {
	out := map[string]Sink{}
	var errs []error
	for i := range cfg.Destinations {
		s, err := sink(&cfg.Destinations[i], w)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", cfg.Destinations[i].Name, err))
			continue
		}
		out[cfg.Destinations[i].Name] = s
	}
	return out, errors.Join(errs...)
}

func sink(d *policy.Destination, w World) (Sink, error) {
	switch {
	case d.SNS != nil:
		return &topic{cfg: d.SNS, w: w}, nil
	case d.Email != nil:
		return newMail(d.Email, w)
	case d.Webhook != nil:
		return newWebhook(d.Webhook, w)
	case d.Slack != nil:
		return newChat(d.Slack.URLEnv, slack, w)
	case d.Teams != nil:
		return newChat(d.Teams.URLEnv, teams, w)
	case d.File != nil:
		return &file{d.File.Path}, nil
	}
	return &stream{w.Stdout}, nil
}

// file adds a line of JSON for each finding, and one that counts those of a storm that are not told one by one.
type file struct{ path string }

func (f *file) Send(_ context.Context, m *Message) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	for i := range m.Findings {
		if err := enc.Encode(&m.Findings[i]); err != nil {
			return err
		}
	}
	if rest := m.Total - len(m.Findings); rest > 0 {
		if err := enc.Encode(map[string]any{"more": rest, "types": m.Types}); err != nil {
			return err
		}
	}
	return add(f.path, text.Bytes())
}

type stream struct{ out io.Writer }

func (s *stream) Send(_ context.Context, m *Message) error {
	_, err := io.WriteString(s.out, m.Subject+"\n\n"+m.Text)
	return err
}

// topic publishes to SNS. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
type topic struct {
	cfg    *policy.SNS
	w      World
	client *sns.Client
}

const (
	maxSubject = 100        // characters of ASCII that SNS allows
	maxBody    = 200 * 1024 // of the 256 KiB that SNS allows
	// patience is how long a destination has to answer.
	patience = 30 * time.Second
)

func (t *topic) Send(ctx context.Context, m *Message) error {
	if t.client == nil {
		region := t.cfg.Region
		if parts := strings.Split(t.cfg.Topic, ":"); region == "" && len(parts) > 3 {
			region = parts[3]
		}
		cfg, err := t.w.AWS(ctx, region, t.cfg.Endpoint)
		if err != nil {
			return err
		}
		t.client = sns.NewFromConfig(cfg, func(o *sns.Options) {
			if t.cfg.Endpoint != "" {
				o.BaseEndpoint = aws.String(t.cfg.Endpoint)
			}
		})
	}
	subject := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, m.Subject)
	text := m.Text
	if len(text) > maxBody {
		text = strings.ToValidUTF8(text[:maxBody], "") + "\n… cut; bailey findings shows all.\n"
	}
	attributes := map[string]types.MessageAttributeValue{"findings": {DataType: aws.String("Number"), StringValue: aws.String(strconv.Itoa(m.Total))}}
	if len(m.Findings) > 0 {
		attributes["severity"] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(m.Findings[0].Severity)}
		if m.Findings[0].Type != "" { // SNS refuses an empty one
			attributes["type"] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(m.Findings[0].Type)}
		}
	}
	in := &sns.PublishInput{TopicArn: aws.String(t.cfg.Topic), Subject: aws.String(subject[:min(len(subject), maxSubject)]), Message: aws.String(text), MessageAttributes: attributes}
	if strings.HasSuffix(t.cfg.Topic, ".fifo") { // a topic that keeps the order wants a group, and drops what it got already
		sum := sha256.Sum256([]byte(text))
		in.MessageGroupId, in.MessageDeduplicationId = aws.String("bailey"), aws.String(hex.EncodeToString(sum[:]))
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if _, err := t.client.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing to %s: %w", t.cfg.Topic, err)
	}
	return nil
}

// post sends mail by SMTP.
type post struct {
	cfg      *policy.Email
	password string
	roots    *x509.CertPool
}

func newMail(cfg *policy.Email, w World) (Sink, error) {
	p := &post{cfg: cfg}
	if cfg.PasswordEnv != "" {
		if p.password = w.Env(cfg.PasswordEnv); p.password == "" {
			return nil, fmt.Errorf("the variable %s, which password_env names, is empty", cfg.PasswordEnv)
		}
	}
	var err error
	p.roots, err = roots(cfg.CA)
	return p, err
}

// roots are the certificates of a file, or nil for the system's.
func roots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nil is the system's
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", path)
	}
	return pool, nil
}

// written is a message as mail, in text and HTML.
func (p *post) written(m *Message) (*mail.Msg, error) {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(p.cfg.From); err != nil {
		return nil, fmt.Errorf("from %q: %w", p.cfg.From, err)
	}
	if err := msg.To(p.cfg.To...); err != nil {
		return nil, fmt.Errorf("to: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers of absence
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

// Send implements [Sink].
func (p *post) Send(ctx context.Context, m *Message) error {
	msg, err := p.written(m)
	if err != nil {
		return err
	}
	host, text, err := net.SplitHostPort(p.cfg.Server)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("port %q is no number", text)
	}
	opts := []mail.Option{mail.WithPort(port), mail.WithTimeout(patience), mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: p.roots, MinVersion: tls.VersionTLS12})}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if p.cfg.TLS != "implicit" {
		// A server that waits for TLS from the beginning says nothing, for which the library waits without an end of its own.
		opts = append(opts, mail.WithDialContextFunc(func(dial context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(dial, network, address)
			if err == nil {
				context.AfterFunc(ctx, func() { _ = conn.Close() }) // whoever waits for it is told
			}
			return conn, err
		}))
	}
	switch p.cfg.TLS {
	case "implicit":
		opts = append(opts, mail.WithSSL())
	case "none":
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if p.cfg.Username != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(p.cfg.Username), mail.WithPassword(p.password))
	}
	client, err := mail.NewClient(host, opts...)
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("mail through %s: %w", p.cfg.Server, err)
	}
	return nil
}
