package report

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// frame is the part of a file around a finding.
type frame struct {
	lines []frameLine
	// line is the number of the marked line, column its marked column in code points, 0 when not known.
	line, column int
}

type frameLine struct {
	number int
	text   string // printable, tabs expanded, secrets hidden
	marked bool
}

// frames cuts code frames out of files, each of which it reads once.
type frames struct {
	source func(string) ([]byte, error)
	files  map[string][]string
}

func newFrames(source func(string) ([]byte, error)) *frames {
	return &frames{source: source, files: map[string][]string{}}
}

// frameContext is the number of lines before and after the marked one.
const frameContext = 2

// maxFrameFile is the largest file a frame is cut from, in bytes. Larger ones are generated, and nobody's source.
const maxFrameFile = 8 << 20

func (fs *frames) lines(file string) []string {
	lines, ok := fs.files[file]
	if ok {
		return lines
	}
	if fs.source != nil && file != "" {
		if b, err := fs.source(file); err == nil && len(b) <= maxFrameFile && bytes.IndexByte(b, 0) < 0 {
			lines = hideSecrets(strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n"))
		}
	}
	fs.files[file] = lines
	return lines
}

// at returns the frame at a position; false when the file or the line is not to be had.
func (fs *frames) at(file string, line, column int) (frame, bool) {
	lines := fs.lines(file)
	if line < 1 || line > len(lines) {
		return frame{}, false
	}
	from, to := max(line-frameContext, 1), min(line+frameContext, len(lines))
	for from < line && strings.TrimSpace(lines[from-1]) == "" {
		from++
	}
	for to > line && strings.TrimSpace(lines[to-1]) == "" {
		to--
	}
	out := frame{line: line}
	for n := from; n <= to; n++ {
		text, moved := expand(lines[n-1], column)
		if n == line {
			out.column = moved
		}
		out.lines = append(out.lines, frameLine{n, text, n == line})
	}
	out.trimIndent()
	return out, true
}

// trimIndent drops the indentation that all lines share, but for two columns.
func (f *frame) trimIndent() {
	shared := -1
	for _, l := range f.lines {
		if text := strings.TrimLeft(l.text, " "); text != "" {
			if n := len(l.text) - len(text); shared < 0 || n < shared {
				shared = n
			}
		}
	}
	drop := shared - 2
	if drop <= 0 {
		return
	}
	for i := range f.lines {
		f.lines[i].text = f.lines[i].text[min(drop, len(f.lines[i].text)):]
	}
	if f.column > 0 {
		f.column = max(f.column-drop, 1)
	}
}

const tabWidth = 4

// expand makes a line printable: tabs become spaces, control characters visible. The column moves along; 0 stays 0.
func expand(s string, column int) (string, int) {
	var b strings.Builder
	n, runes, moved := 0, 0, 0
	for _, r := range s {
		if runes++; runes == column {
			moved = n + 1
		}
		text := printableRune(r)
		if r == '\t' {
			text = strings.Repeat(" ", tabWidth-n%tabWidth)
		}
		b.WriteString(text)
		n += utf8.RuneCountInString(text)
	}
	if column > runes {
		moved = n + 1
	}
	return strings.TrimRight(b.String(), " "), moved
}

// clip cuts a long line to at most width columns around a column, and says where the column is then.
func clip(s string, column, width int) (string, int) {
	if utf8.RuneCountInString(s) <= width {
		return s, column
	}
	runes := []rune(s)
	start := 0
	if column > width*2/3 {
		start = min(column-width/3, len(runes)-width+2)
	}
	end := min(start+width-2, len(runes))
	text := string(runes[start:end])
	if start > 0 {
		text, column = "…"+text, column-start+1
	}
	if end < len(runes) {
		text += "…"
	}
	return text, column
}

const hidden = "••••••"

// secretValue matches a literal value given to a name that sounds like a secret, in YAML, JSON and HCL: the name with
// its separator, and the value.
var secretValue = regexp.MustCompile(
	`(?i)(["']?[\w.-]*(?:password|passwd|passphrase|secret_?string|auth_?token|access_?token|private_?key|secret_?key)["']?\s*[:=]\s*)` +
		`("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'{}\[\],][^,}]*)`)

// secretBlock matches a line that opens a block with such a name: a parameter, a variable.
var secretBlock = regexp.MustCompile(
	`(?i)(?:password|passwd|passphrase|secret_?string|auth_?token|access_?token|private_?key|secret_?key)["']?\s*[:=]?\s*(?:[{|>][-+]?)?\s*$`)

var defaultValue = regexp.MustCompile(`(?i)(["']?\b(?:default|value)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'{}\[\],][^,}]*)`)

// reference matches values that name a secret instead of holding it.
var reference = regexp.MustCompile(`^["']?(?:\$\{|!|\{\{resolve:|var\.|local\.|data\.|module\.|random_|aws_|true\b|false\b|null\b|\|\s*$|>[-+]?\s*$)`)

// hideSecrets replaces literal values of names that sound like secrets. It is a courtesy to whoever shares a report,
// and no promise: what counts is that evidence never carries a secret.
func hideSecrets(lines []string) []string {
	block := -1 // indentation of the secret-sounding name whose block we are in
	literal := false
	for i, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if strings.TrimSpace(line) == "" {
			continue
		}
		if block >= 0 && indent <= block {
			block, literal = -1, false
		}
		switch {
		case block >= 0 && literal:
			lines[i] = line[:indent] + hidden
			continue
		case block >= 0:
			lines[i] = hide(defaultValue, line)
		}
		if !namesSecret(line) {
			continue
		}
		lines[i] = hide(secretValue, lines[i])
		if block < 0 && secretBlock.MatchString(line) {
			trimmed := strings.TrimRight(line, " +-")
			block, literal = indent, strings.HasSuffix(trimmed, "|") || strings.HasSuffix(trimmed, ">")
		}
	}
	return lines
}

// namesSecret reports whether a line has a part of any name that secretValue and secretBlock look for: most have none, and
// looking for four words costs a tenth of matching.
func namesSecret(line string) bool {
	for i := range len(line) - 2 {
		word := ""
		switch line[i] | 0x20 {
		case 'p':
			word = "pass"
		case 's':
			word = "secret"
		case 't':
			word = "token"
		case 'k':
			word = "key"
		default:
			continue
		}
		if len(line)-i >= len(word) && strings.EqualFold(line[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

func hide(re *regexp.Regexp, line string) string {
	return re.ReplaceAllStringFunc(line, func(m string) string {
		sub := re.FindStringSubmatch(m)
		value := strings.TrimSpace(sub[2])
		if reference.MatchString(value) {
			return m
		}
		if q := value[0]; q == '"' || q == '\'' {
			return sub[1] + string(q) + hidden + string(q)
		}
		return sub[1] + hidden
	})
}
