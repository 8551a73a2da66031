package terraform

import (
	"bytes"
	"strings"
)

// suppressions reads the comments by which scanners are told to leave a check out, within a block or right above it.
func suppressions(lines [][]byte, from, to int) map[string]string {
	var out map[string]string
	for from > 1 && from-2 < len(lines) && isComment(lines[from-2]) {
		from--
	}
	for i := from; i <= min(to, len(lines)); i++ {
		if !bytes.Contains(lines[i-1], []byte("skip=")) && !bytes.Contains(lines[i-1], []byte("ignore:")) {
			continue
		}
		comment := lines[i-1]
		if at := bytes.IndexByte(comment, '#'); at >= 0 {
			comment = comment[at+1:]
		} else if at := bytes.Index(comment, []byte("//")); at >= 0 {
			comment = comment[at+2:]
		} else {
			continue
		}
		for id, reason := range suppressed(strings.TrimSpace(string(comment))) {
			if out == nil {
				out = map[string]string{}
			}
			out[id] = reason
		}
	}
	return out
}

func isComment(line []byte) bool {
	line = bytes.TrimSpace(line)
	return bytes.HasPrefix(line, []byte("#")) || bytes.HasPrefix(line, []byte("//"))
}

// suppressed reads one comment: checkov and Bailey name one check and a reason, trivy and tfsec one or several checks.
func suppressed(comment string) map[string]string {
	out := map[string]string{}
	for _, prefix := range []string{"checkov:skip=", "bailey:skip="} {
		rest, found := strings.CutPrefix(comment, prefix)
		if !found {
			continue
		}
		id, reason, _ := strings.Cut(rest, ":")
		id, extra, _ := strings.Cut(strings.TrimSpace(id), " ")
		if reason == "" {
			reason = extra
		}
		if id = spelled(id, prefix == "bailey:skip="); id != "" {
			out[id] = strings.TrimSpace(reason)
		}
	}
	words := strings.Fields(comment)
	for i, word := range words {
		_, rest, found := strings.Cut(word, "ignore:")
		if !found || !strings.HasPrefix(word, "trivy:") && !strings.HasPrefix(word, "tfsec:") {
			continue
		}
		id, reason, _ := strings.Cut(rest, ":") // exp:2027-01-01 or ws:production may follow
		if next := words[i+1:]; reason == "" && len(next) > 0 && !strings.Contains(next[0], ":ignore:") {
			reason = strings.Join(next, " ")
		}
		if id = spelled(id, false); id != "" {
			out[id] = reason
		}
	}
	return out
}

// spelled is an identifier as the safeguards' same_as spell it.
func spelled(id string, own bool) string {
	if own {
		return strings.ToLower(id)
	}
	return strings.TrimPrefix(strings.ToUpper(id), "AVD-")
}
