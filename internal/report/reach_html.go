package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"io"
	"strconv"
	"strings"
)

// writeReachHTML writes one page that needs nothing else and lets nothing run: its content security policy allows the
// styles that are in it, by their hash.
func writeReachHTML(w io.Writer, r *Reach) error {
	t, err := template.New("reach.tmpl").Funcs(template.FuncMap{
		"kinds": func(r ReachRefusal) string { return byKind(&r) }, "refused": func(r ReachRefusal) string { return refusedWords(&r) }, "text": printable, "endpoint": endpointWords,
		"port":  strconv.Itoa,
		"stops": func(p ReachPath, i int) bool { return p.Stop == i },
	}).ParseFS(assets, "html/reach.tmpl")
	if err != nil {
		return err
	}
	style, err := assets.ReadFile("html/reach.css")
	if err != nil {
		return err
	}
	answer, good := reachAnswer(r)
	if r.Explanation != nil {
		answer, good = []string{verdictWords(r.Explanation)}, false
	}
	page := map[string]any{
		"R": r, "Answer": printable(strings.Join(answer, " ")), "Good": good, "Next": printable(r.Next), "With": byVerdict(r),
		"Style":  template.CSS(style), //nolint:gosec // embedded
		"Policy": stylesOnly(style, []byte(reachStyle)), "Picture": template.HTML(""),
	}
	if len(r.Databases) > 0 && r.Explanation == nil {
		page["Picture"] = template.HTML(reachSVG(r)) //nolint:gosec // every text in it is escaped
	}
	var b bytes.Buffer
	if err := t.Execute(&b, page); err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// sources are those that get into a database, and those of which it is not known.
type sources struct {
	Open, Maybe []reachGroup
	Common      []string
}

func byVerdict(r *Reach) []sources {
	out := make([]sources, len(r.Databases))
	for i := range r.Databases {
		out[i].Open = openGroups(&r.Databases[i])
		out[i].Maybe, out[i].Common = maybeGroups(&r.Databases[i])
	}
	return out
}

// stylesOnly is a content security policy that allows these styles and nothing else.
func stylesOnly(styles ...[]byte) template.HTML {
	var hashes []string
	for _, s := range styles {
		sum := sha256.Sum256(s)
		hashes = append(hashes, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	return template.HTML(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ` + strings.Join(hashes, " ") + //nolint:gosec // hashes only
		`; img-src data:; base-uri 'none'; form-action 'none'">`)
}
