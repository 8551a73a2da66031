package cloudformation

import (
	"bytes"
	"path"
	"strings"
)

// Sniff reports whether a file is a CloudFormation or SAM template, judging by its top-level keys without parsing it.
// It is meant for walking folders: a name that is none of .yaml, .yml, .json and .template is no template. An empty path
// or "-" is judged by the content alone.
func Sniff(name string, data []byte) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json", ".template":
	default:
		if name != "" && name != "-" {
			return false
		}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		data = bytes.ReplaceAll(data[2:], []byte{0}, nil) // UTF-16, as some editors save: Read says so
	}
	if !bytes.Contains(data, []byte("Resources")) && !bytes.Contains(data, []byte("AWSTemplateFormatVersion")) {
		return false
	}
	text := bytes.TrimLeft(data, " \t\r\n")
	if len(text) == 0 {
		return false
	}
	var s sniffer
	if text[0] == '{' {
		s.json(text)
	} else {
		s.yaml(data)
	}
	switch {
	case s.version:
		return true
	case !s.resources:
		return false
	default:
		return !s.foreign || hasTypes(data)
	}
}

// sniffer notes which top-level keys a file has.
type sniffer struct {
	version   bool // AWSTemplateFormatVersion
	resources bool
	foreign   bool // a key that templates do not have
}

func (s *sniffer) key(k []byte) {
	switch string(k) {
	case "AWSTemplateFormatVersion":
		s.version = true
	case "Resources":
		s.resources = true
	default:
		if _, ok := sections[string(k)]; !ok {
			s.foreign = true
		}
	}
}

// json finds the keys at depth one. It does not check anything else.
func (s *sniffer) json(text []byte) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return
			}
		case '"':
			start := i + 1
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth != 1 || i >= len(text) {
				continue
			}
			if rest := bytes.TrimLeft(text[i+1:min(len(text), i+64)], " \t\r\n"); len(rest) > 0 && rest[0] == ':' {
				s.key(text[start:i])
			}
		}
	}
}

// yaml finds the keys that stand as far left as the first one does, in the first document.
func (s *sniffer) yaml(text []byte) {
	indent := -1
	for len(text) > 0 {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		word := bytes.TrimLeft(line, " ")
		if len(word) == 0 || word[0] == '#' || word[0] == '%' || word[0] == '\r' {
			continue
		}
		if bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("...")) {
			if indent >= 0 {
				return
			}
			continue
		}
		at := len(line) - len(word)
		if indent < 0 {
			indent = at
		}
		if at != indent {
			continue
		}
		colon := bytes.IndexByte(word, ':')
		if colon < 0 || colon+1 < len(word) && !strings.ContainsRune(" \t\r", rune(word[colon+1])) {
			if word[0] == '}' || word[0] == ']' {
				continue
			}
			s.foreign = true
			continue
		}
		s.key(bytes.Trim(bytes.TrimRight(word[:colon], " \t"), `"'`))
	}
}

// hasTypes reports whether a value such as AWS::RDS::DBInstance follows some key Type.
func hasTypes(data []byte) bool {
	for {
		before, after, ok := bytes.Cut(data, []byte("Type"))
		if !ok {
			return false
		}
		data = after
		if n := len(before); n > 0 && before[n-1]|0x20 >= 'a' && before[n-1]|0x20 <= 'z' {
			continue // ResourceType and the like
		}
		value := bytes.TrimLeft(after[:min(len(after), 200)], "\"' \t\r\n")
		value, isKey := bytes.CutPrefix(value, []byte(":"))
		if !isKey {
			continue
		}
		value = bytes.TrimLeft(value, "\"' \t\r\n")
		if end := bytes.IndexAny(value, "\"' \t\r\n,}"); end >= 0 {
			value = value[:end]
		}
		if bytes.Contains(value, []byte("::")) {
			return true
		}
	}
}
