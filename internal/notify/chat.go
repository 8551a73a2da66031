package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// chat posts to a channel of Slack or Teams.
type chat struct {
	url    string
	form   func(*Message) any
	client *http.Client
	w      World
}

func newChat(env string, form func(*Message) any, w World) (Sink, error) {
	address, err := secretAddress(env, w)
	if err != nil {
		return nil, err
	}
	return &chat{url: address, form: form, client: client(&tls.Config{MinVersion: tls.VersionTLS12}), w: w}, nil
}

// Send implements [Sink].
func (c *chat) Send(ctx context.Context, m *Message) error {
	body, err := json.Marshal(c.form(m))
	if err != nil {
		return err
	}
	h := &hook{url: c.url, client: c.client, w: c.w}
	return h.deliver(ctx, "", body)
}

const (
	maxShown    = 10  // findings in a chat message, whose blocks are bounded
	maxEvidence = 5   // lines of evidence of each
	maxField    = 300 // characters of a field
	maxAdvice   = 600 // of why it is strange, and of what to do
	// Slack takes 3,000 characters in a block's text and 150 in a header's:
	// https://docs.slack.dev/reference/block-kit/blocks/section-block
	maxBlock, maxHeader = 2900, 150
	// Teams takes cards of about 28 KB: https://learn.microsoft.com/en-us/connectors/teams/
	maxCard = 24 * 1024
)

// field is a text of a finding for a chat, short and on one line.
func field(s string) string { return short(line(s), maxField) }

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// shownEvidence are the first lines of evidence, and how many more there are.
func shownEvidence(f *Finding) []string {
	var out []string
	for i, e := range f.Evidence {
		if i == maxEvidence {
			return append(out, fmt.Sprintf("%d more", len(f.Evidence)-i))
		}
		out = append(out, field(e))
	}
	return out
}

// slackText escapes what Slack takes for marks. https://docs.slack.dev/messaging/formatting-message-text
func slackText(s string) string { return slackCut(s, maxField) }

// slackCut cuts what is escaped, which is longer.
func slackCut(s string, n int) string {
	return short(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(line(s)), n)
}

// slackCode is a text as code, which it cannot end.
func slackCode(s string) string { return "`" + strings.ReplaceAll(slackText(s), "`", "'") + "`" }

// slackBlock is a text that makes no links and mentions of what only looks like them.
func slackBlock(text string) map[string]any {
	return map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": text, "verbatim": true}}
}

// slack is a message in Slack's blocks.
func slack(m *Message) any {
	blocks := []any{map[string]any{"type": "header", "text": map[string]any{"type": "plain_text", "text": short(m.Subject, maxHeader)}}}
	for i := range m.Findings[:min(len(m.Findings), maxShown)] {
		f := &m.Findings[i]
		text := slackMark(f.Severity) + " *" + strings.ToUpper(f.Severity) + "* " + slackText(f.Title)
		for _, r := range rows(f) {
			text += "\n" + r[0] + ": " + slackText(r[1])
		}
		for _, e := range shownEvidence(f) {
			text += "\n• " + slackText(e)
		}
		// What to do must not be cut off by a long evidence.
		end := "\n*Why* " + slackCut(f.Why, maxAdvice) + "\n*Now* " + slackCut(f.Respond, maxAdvice) + "\n" + slackCode(f.More)
		blocks = append(blocks, slackBlock(short(text, maxBlock-len([]rune(end)))+end))
	}
	if rest := m.Total - min(len(m.Findings), maxShown); rest > 0 {
		blocks = append(blocks, slackBlock(fmt.Sprintf("%d more: `bailey findings`", rest)))
	}
	return map[string]any{"text": slackText(m.Subject), "blocks": blocks}
}

func slackMark(severity string) string {
	switch severity {
	case "high":
		return ":red_circle:"
	case "medium":
		return ":large_orange_circle:"
	}
	return ":white_circle:"
}

// teams is an Adaptive Card, as a workflow of Teams takes it: as many findings as fit.
// https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
func teams(m *Message) any {
	for n := min(len(m.Findings), maxShown); ; n-- {
		message := teamsCard(m, n)
		if text, err := json.Marshal(message); n == 0 || err == nil && len(text) <= maxCard {
			return message
		}
	}
}

func teamsCard(m *Message, n int) any {
	body := []any{cardText(marked(m.Subject), "size", "Large", "weight", "Bolder")}
	for i := range m.Findings[:n] {
		f := &m.Findings[i]
		var facts []any
		for _, r := range rows(f) {
			facts = append(facts, map[string]any{"title": r[0], "value": marked(r[1])})
		}
		color := map[string]string{"high": "Attention", "medium": "Warning"}[f.Severity]
		if color == "" {
			color = "Default"
		}
		items := []any{cardText(strings.ToUpper(f.Severity)+" "+marked(f.Title), "weight", "Bolder", "color", color), map[string]any{"type": "FactSet", "facts": facts}}
		for _, e := range shownEvidence(f) {
			items = append(items, cardText("- "+marked(e), "spacing", "None"))
		}
		items = append(items, cardText("**Why** "+markedCut(f.Why, maxAdvice)), cardText("**Now** "+markedCut(f.Respond, maxAdvice)), cardText(marked(f.More), "fontType", "Monospace"))
		body = append(body, map[string]any{"type": "Container", "separator": true, "items": items})
	}
	if rest := m.Total - n; rest > 0 {
		body = append(body, cardText(fmt.Sprintf("%d more: bailey findings", rest)))
	}
	card := map[string]any{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "msteams": map[string]any{"width": "Full"}, "body": body}
	return map[string]any{"type": "message", "attachments": []any{map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card}}}
}

func cardText(text string, more ...any) map[string]any {
	b := map[string]any{"type": "TextBlock", "wrap": true, "text": text}
	for i := 0; i+1 < len(more); i += 2 {
		name, _ := more[i].(string)
		b[name] = more[i+1]
	}
	return b
}

// marked escapes what cards take for marks of Markdown: bold, links, code, headings and quotes. Addresses lose the colon that
// would make them links.
func marked(s string) string { return markedCut(s, maxField) }

func markedCut(s string, n int) string {
	s = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "`", "'", "#", `\#`, "<", `\<`, ">", `\>`).Replace(short(line(s), n))
	return strings.NewReplacer("http://", "http : //", "https://", "https : //").Replace(s)
}
