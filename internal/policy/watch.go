package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/baileydb/bailey/internal/strict"
)

// Watch is the part of the policy that bailey watch runs by.
type Watch struct {
	// Folder is where lists are kept.
	Folder string
	Lists  []ListSource
	// Suppress are findings that are archived as they are found.
	Suppress []Suppression
}

// ListSource is where a list of addresses and names comes from.
type ListSource struct {
	Name      string
	URL, File string
	MaxAge    time.Duration
}

// Suppression archives the findings that fit an event pattern, until a day.
type Suppression struct {
	Pattern []byte // JSON
	Reason  string
	Until   time.Time
}

// Notify is who is told of findings, and how.
type Notify struct {
	// Every is how long findings are gathered after a message before there is the next, so that a storm is one message; Digest
	// how often there is one of what is low.
	Every, Digest time.Duration
	Routes        []Route
	Destinations  []Destination
}

// Route leads findings that fit to destinations.
type Route struct {
	Name     string
	Pattern  []byte   // JSON; empty fits everything
	Severity []string // low, medium, high
	To       []string // names of destinations
	// Gather is how long they are gathered: 0 sends at once, and then every [Notify.Every].
	Gather time.Duration
}

// Destination is a place that messages go to: the one field that is not nil says what it is.
type Destination struct {
	Name    string
	SNS     *SNS
	Email   *Email
	Webhook *Webhook
	Slack   *Chat
	Teams   *Chat
	File    *FileSink
	Stdout  bool
}

// SNS is a topic.
type SNS struct {
	Topic    string `yaml:"topic"`
	Region   string `yaml:"region"`
	Endpoint string `yaml:"endpoint"`
}

// Email is a mail server and those who get its mail. TLS is starttls, implicit or none.
type Email struct {
	Server      string   `yaml:"server"`
	From        string   `yaml:"from"`
	To          []string `yaml:"to"`
	TLS         string   `yaml:"tls"`
	CA          string   `yaml:"ca"`
	Username    string   `yaml:"username"`
	PasswordEnv string   `yaml:"password_env"`
}

// Webhook is an address that findings are posted to; where it is a secret itself, URLEnv names the variable that has it.
// SecretEnv names the variable with the secret that signs them. DeadLetter is a file for what cannot be delivered.
type Webhook struct {
	URL        string `yaml:"url"`
	URLEnv     string `yaml:"url_env"`
	SecretEnv  string `yaml:"secret_env"`
	CA         string `yaml:"ca"`
	DeadLetter string `yaml:"dead_letter"`
}

// Chat is a channel; its address is a secret, so that the policy names the variable that has it.
type Chat struct {
	URLEnv string `yaml:"url_env"`
}

// FileSink is a file to which findings are added, a line of JSON each.
type FileSink struct {
	Path string `yaml:"path"`
}

type fileWatch struct {
	Folder string `yaml:"folder"`
	Lists  []struct {
		Name   string `yaml:"name"`
		URL    string `yaml:"url"`
		File   string `yaml:"file"`
		MaxAge string `yaml:"max_age"`
	} `yaml:"lists"`
	Suppress []struct {
		Pattern map[string]any `yaml:"pattern"`
		Reason  string         `yaml:"reason"`
		Until   string         `yaml:"until"`
	} `yaml:"suppress"`
}

type fileNotify struct {
	Every  string `yaml:"every"`
	Digest string `yaml:"digest"`
	Routes []struct {
		Name     string         `yaml:"name"`
		Pattern  map[string]any `yaml:"pattern"`
		Severity []string       `yaml:"severity"`
		To       []string       `yaml:"to"`
		Gather   string         `yaml:"gather"`
	} `yaml:"routes"`
	Destinations map[string]fileDestination `yaml:"destinations"`
}

type fileDestination struct {
	SNS     *SNS      `yaml:"sns"`
	Email   *Email    `yaml:"email"`
	Webhook *Webhook  `yaml:"webhook"`
	Slack   *Chat     `yaml:"slack"`
	Teams   *Chat     `yaml:"teams"`
	File    *FileSink `yaml:"file"`
	Stdout  *struct{} `yaml:"stdout"`
}

// DefaultNotify sends nothing anywhere.
func DefaultNotify() Notify { return Notify{Every: 5 * time.Minute, Digest: 24 * time.Hour} }

func (r *reader) watch(f *fileWatch) Watch {
	out := Watch{Folder: "lists"}
	if f == nil {
		return out
	}
	if f.Folder != "" {
		out.Folder = f.Folder
	}
	names := map[string]bool{}
	for i, l := range f.Lists {
		at := func(key string) []any { return []any{"watch", "lists", i, key} }
		s := ListSource{Name: l.Name, URL: l.URL, File: l.File, MaxAge: 7 * 24 * time.Hour}
		switch {
		case l.Name == "" || names[l.Name]:
			r.fail([]any{"watch", "lists", i}, "a list needs a name of its own, such as tor")
		case (l.URL == "") == (l.File == ""):
			r.fail([]any{"watch", "lists", i}, "a list comes from a url or from a file")
		}
		names[l.Name] = true
		if l.URL != "" && !secure(l.URL) {
			r.fail(at("url"), "%q is no https:// address", l.URL)
		}
		if l.MaxAge != "" {
			s.MaxAge = r.duration(at("max_age"), l.MaxAge)
		}
		out.Lists = append(out.Lists, s)
	}
	for i, s := range f.Suppress {
		at := func(key string) []any { return []any{"watch", "suppress", i, key} }
		if len(s.Pattern) == 0 || s.Reason == "" {
			r.fail([]any{"watch", "suppress", i}, "a suppression needs a pattern and a reason")
		}
		until, err := time.Parse(time.DateOnly, s.Until)
		if err != nil {
			r.fail(at("until"), "until is missing or no day; write it as 2027-06-30, so that the suppression ends")
		}
		out.Suppress = append(out.Suppress, Suppression{Pattern: asJSON(s.Pattern), Reason: s.Reason, Until: until})
	}
	return out
}

// asJSON is a pattern as event patterns are written; what YAML holds under text keys always has such a form.
func asJSON(v map[string]any) []byte {
	if len(v) == 0 {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return text
}

func (r *reader) notify(f *fileNotify) Notify {
	out := DefaultNotify()
	if f == nil {
		return out
	}
	if f.Every != "" {
		out.Every = r.duration([]any{"notify", "every"}, f.Every)
	}
	if f.Digest != "" {
		out.Digest = r.duration([]any{"notify", "digest"}, f.Digest)
	}
	names := slices.Sorted(maps.Keys(f.Destinations))
	for _, name := range names {
		out.Destinations = append(out.Destinations, r.destination(name, f.Destinations[name]))
	}
	for i, x := range f.Routes {
		at := func(key ...any) []any { return append([]any{"notify", "routes", i}, key...) }
		route := Route{Name: x.Name, Pattern: asJSON(x.Pattern), Severity: x.Severity, To: x.To}
		if route.Name == "" {
			route.Name = fmt.Sprintf("route %d", i+1)
		}
		if slices.ContainsFunc(out.Routes, func(other Route) bool { return other.Name == route.Name }) {
			r.fail(at("name"), "there are two routes %q; what waits for a message is kept by a route's name", route.Name)
		}
		if len(route.To) == 0 {
			r.fail(at(), "to is missing: name the destinations")
		}
		for j, n := range route.To {
			if !slices.Contains(names, n) {
				r.fail(at("to", j), "there is no destination %q%s", n, strict.Suggest(n, names))
			}
		}
		for j, s := range route.Severity {
			if !slices.Contains(severities, s) {
				r.fail(at("severity", j), "%q is no severity%s", s, strict.Suggest(s, severities))
			}
		}
		if len(route.Severity) == 0 {
			route.Severity = severities[1:]
		}
		if x.Gather != "" {
			route.Gather = r.duration(at("gather"), x.Gather)
		}
		out.Routes = append(out.Routes, route)
	}
	if len(f.Routes) == 0 && len(names) > 0 {
		out.Routes = []Route{
			{Name: "medium and high", Severity: severities[1:], To: names},
			{Name: "low", Severity: severities[:1], To: names, Gather: out.Digest},
		}
	}
	return out
}

// secure reports whether an address is one of HTTPS, or of HTTP on this machine.
func secure(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

var severities = []string{"low", "medium", "high"}

func (r *reader) destination(name string, f fileDestination) Destination {
	at := func(key ...any) []any { return append([]any{"notify", "destinations", name}, key...) }
	d := Destination{Name: name, SNS: f.SNS, Email: f.Email, Webhook: f.Webhook, Slack: f.Slack, Teams: f.Teams, File: f.File, Stdout: f.Stdout != nil}
	kinds := 0
	for _, is := range []bool{d.SNS != nil, d.Email != nil, d.Webhook != nil, d.Slack != nil, d.Teams != nil, d.File != nil, d.Stdout} {
		if is {
			kinds++
		}
	}
	if kinds != 1 {
		r.fail(at(), "a destination is one of sns, email, webhook, slack, teams, file and stdout; for stdout write {stdout: {}}")
		return d
	}
	switch {
	case d.SNS != nil:
		if !strings.HasPrefix(d.SNS.Topic, "arn:") || strings.Count(d.SNS.Topic, ":") != 5 {
			r.fail(at("sns"), "%q is no topic; write its ARN, topic: arn:aws:sns:REGION:ACCOUNT:NAME", d.SNS.Topic)
		}
		if d.SNS.Endpoint != "" && !secure(d.SNS.Endpoint) {
			r.fail(at("sns", "endpoint"), "%q is no https:// address", d.SNS.Endpoint)
		}
	case d.Email != nil:
		r.email(at, d.Email)
	case d.Webhook != nil:
		switch {
		case (d.Webhook.URL == "") == (d.Webhook.URLEnv == ""):
			r.fail(at("webhook"), "a webhook has a url, or a url_env that names the variable with its address")
		case d.Webhook.URL != "" && !secure(d.Webhook.URL): // the address may be a secret, and is not repeated
			r.fail(at("webhook", "url"), "it is no https:// address; findings would go over the network in the clear")
		}
	case d.Slack != nil && d.Slack.URLEnv == "", d.Teams != nil && d.Teams.URLEnv == "":
		r.fail(at(), "url_env is missing: the name of the variable with the channel's address")
	case d.File != nil && d.File.Path == "":
		r.fail(at("file"), "path is missing")
	}
	return d
}

func (r *reader) email(at func(...any) []any, e *Email) {
	if host, _, err := net.SplitHostPort(e.Server); err != nil || host == "" {
		r.fail(at("email"), "%q is no mail server; write server: mail.example.com:587", e.Server)
	} else if e.TLS == "none" && !loopback(host) {
		r.fail(at("email", "tls"), "findings would go over the network in the clear; write starttls or implicit")
	}
	if e.TLS == "" {
		e.TLS = "starttls"
	}
	if modes := []string{"starttls", "implicit", "none"}; !slices.Contains(modes, e.TLS) {
		r.fail(at("email", "tls"), "%q is none of starttls, implicit and none", e.TLS)
	}
	if e.From == "" || len(e.To) == 0 {
		r.fail(at("email"), "from and to are needed")
	} else if _, err := mail.ParseAddress(e.From); err != nil {
		r.fail(at("email", "from"), "%q is no address of mail", e.From)
	}
	for i, to := range e.To {
		if _, err := mail.ParseAddress(to); err != nil {
			r.fail(at("email", "to", i), "%q is no address of mail", to)
		}
	}
	if (e.Username == "") != (e.PasswordEnv == "") {
		r.fail(at("email"), "username goes with password_env, the name of the variable with the password")
	}
}
