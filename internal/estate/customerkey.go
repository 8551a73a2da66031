package estate

import "strings"

// customerKey reports whether a link names a key that the customer manages. A key that is named but not known, such as
// a parameter, counts: whoever names a key for AWS's own would write its alias, which is always alias/aws/ and a service.
func customerKey(l *Link[KMSKey]) Fact[bool] {
	given, known := l.Given()
	switch {
	case !known:
		return UnknownLike[bool](l.Meta)
	case !given, l.State == Known && l.Value == "":
		return KnownFact(false, l.Origin)
	}
	return KnownFact(!strings.Contains("/"+l.Value, "/aws/") && !strings.Contains("/"+l.Text, "/aws/"), l.Origin)
}
