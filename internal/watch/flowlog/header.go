package flowlog

import "strings"

// Header reports whether a line names fields. A record or a statement that has such a name in it is none: taken for a header
// it would be lost.
func Header(line string) bool {
	if !strings.Contains(line, "srcaddr") && !strings.Contains(line, "interface-id") && !strings.Contains(line, "log-status") {
		return false
	}
	n, known := 0, 0
	for f := range strings.FieldsSeq(line) {
		name := strings.Trim(f, "${}")
		if name == "" || name[0] < 'a' || name[0] > 'z' || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
		n++
		if log.Index(strings.ReplaceAll(name, "-", "_")) >= 0 {
			known++
		}
	}
	return 2*known >= n
}

// Plain reports whether a line looks as one of version 2, which has no header to tell it by: a version, an account.
func Plain(line string) bool {
	version, rest, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	account, _, more := strings.Cut(strings.TrimLeft(rest, " \t"), " ")
	return more && len(version) <= 2 && digits(version) && (account == "-" || account == "unknown" || digits(account))
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
