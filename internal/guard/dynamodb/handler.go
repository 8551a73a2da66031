package dynamodb

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/baileydb/bailey/internal/guard"
	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
	"github.com/baileydb/bailey/seal/sealaws"
)

// maxBody is the largest request that DynamoDB takes, 16 MB of BatchWriteItem, with room for base64.
const maxBody = 24 << 20

// Table is what the guard knows of a table.
type Table struct {
	// Sealer seals and opens its items; nil where they are left as they are.
	Sealer *seal.Sealer
	// Partition is the name of its partition key.
	Partition string
	// Levels are those of its attributes by name, Default that of all others.
	Levels  map[string]string
	Default string
}

func (t *Table) level(attribute string) string {
	if l, ok := t.Levels[attribute]; ok {
		return l
	}
	return t.Default
}

// Handler is a guard in front of DynamoDB.
type Handler struct {
	Name, Region, Account string
	Identities            *guard.Identities
	Rules                 *guard.Rules
	Limits                *guard.Limits
	Audit                 *guard.Audit
	// Tables are those that are configured; Default is the level of all others' attributes.
	Tables  map[string]*Table
	Default string
	// Raw asks DynamoDB as it is, Sealed seals and opens on the way.
	Raw, Sealed *dynamodb.Client
	// Deny refuses requests for attributes above the session's level, Refuse updates of signed attributes, and Unaudited lets
	// requests through whose record cannot be written.
	Deny, Refuse, Unaudited bool
	Now                     func() time.Time
	Metrics                 *Metrics
	// Log is told what went wrong inside, without values.
	Log func(text string)

	replays    replays
	partitions sync.Map // table name to the name of its partition key
}

// exchange is one request on its way.
type exchange struct {
	h       *Handler
	r       *http.Request
	body    []byte
	start   time.Time
	session *guard.Session
	record  guard.Record
	// upstream is how long DynamoDB took.
	upstream time.Duration
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, r: r, start: h.Now()}
	began := time.Now() //nolint:forbidigo // a duration, not a time
	x.record = guard.Record{Listener: h.Name, From: r.RemoteAddr}
	from := address(r.RemoteAddr)
	release, err := h.Limits.Take(guard.ByAddress, from, 0, x.start)
	if err != nil {
		// At the door: nothing is read, and nothing is written but a count.
		h.Metrics.limited(string(guard.ByAddress))
		w.Header().Set("Connection", "close")
		answer(w, nil, fail("ThrottlingException", err.Error()))
		return
	}
	defer release()
	out, f := x.serve(r.Context(), from)
	n := answer(w, out, f)
	if x.session != nil {
		h.Limits.Spend(guard.ByPrincipal, x.session.Name, n)
	}
	h.Limits.Spend(guard.ByAddress, from, n)
	h.Metrics.served(x.record.Verdict, x.record.Action, time.Since(began)-x.upstream)
}

func address(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

// answer writes an output or a failure, and returns its size.
func answer(w http.ResponseWriter, out []byte, f *failure) int {
	status := http.StatusOK
	if f != nil {
		out, status = f.body(), f.status
	}
	id := make([]byte, 15)
	_, _ = rand.Read(id) // it does not fail
	header := w.Header()
	header.Set("X-Amzn-Requestid", base32.StdEncoding.EncodeToString(id))
	header.Set("Content-Type", "application/x-amz-json-1.0")
	header.Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(out)), 10))
	header.Set("Content-Length", strconv.Itoa(len(out)))
	w.WriteHeader(status)
	_, _ = w.Write(out) //nolint:gosec // JSON for programs; whoever asked may be gone
	return len(out)
}

// serve answers a request. Every one that was signed by a session leaves a record, whatever becomes of it.
func (x *exchange) serve(ctx context.Context, from string) ([]byte, *failure) {
	name, f := x.read()
	if f != nil {
		return nil, f
	}
	if name == "Login" {
		return x.logIn(ctx)
	}
	if f := x.authenticate(ctx, from); f != nil {
		x.record.Verdict, x.record.Reason = guard.Denied, f.message
		x.record.Action = "dynamodb:" + name
		if werr := x.write(); werr != nil {
			return nil, werr
		}
		return nil, f
	}
	release, err := x.h.Limits.Take(guard.ByPrincipal, x.session.Name, len(x.body), x.start)
	if err != nil {
		x.h.Metrics.limited(string(guard.ByPrincipal))
		x.record.Verdict = guard.Limited
		return nil, fail("ThrottlingException", err.Error())
	}
	defer release()
	if name == "AssumeRole" || name == "EndSession" {
		return x.identity(ctx, name)
	}
	o, ok := operations[name]
	if !ok {
		x.record.Action = "dynamodb:" + name
		if strings.HasSuffix(name, "Statement") || name == "ExecuteTransaction" {
			return nil, x.refuse(fail("ValidationException", "PartiQL does not pass the guard, as what a statement touches cannot be told; use GetItem, PutItem, Query or Scan"))
		}
		return nil, x.refuse(fail("UnknownOperationException", "the operation "+name+" does not pass the guard"))
	}
	in := o.input()
	if err := decode(x.body, in); err != nil {
		x.record.Action = "dynamodb:" + name
		return nil, x.refuse(fail("SerializationException", err.Error()))
	}
	return x.operate(ctx, name, o, in)
}

// read takes the request in: the operation's name and the body as it is signed.
func (x *exchange) read() (string, *failure) {
	r := x.r
	if r.Method != http.MethodPost || r.URL.Path != "/" || r.URL.RawQuery != "" {
		return "", &failure{status: http.StatusNotFound, code: "UnknownOperationException", message: "the guard takes POST requests to /, as AWS SDKs make them"}
	}
	service, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok || service != "DynamoDB_20120810" && service != "Bailey" || (service == "Bailey") != (name == "Login" || name == "AssumeRole" || name == "EndSession") || len(name) > 64 {
		return "", fail("UnknownOperationException", "the header X-Amz-Target names no operation of DynamoDB")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return "", fail("SerializationException", "the request ended before its body did")
	case len(body) > maxBody:
		return "", &failure{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLarge", message: "the request is larger than DynamoDB takes"}
	}
	x.body = body
	return name, nil
}

// authenticate finds the session and holds the signature against the request.
func (x *exchange) authenticate(ctx context.Context, from string) *failure {
	c, f := readClaim(x.r)
	if f != nil {
		return f
	}
	x.record.Session = c.accessKey[:min(len(c.accessKey), 64)]
	s, err := x.h.Identities.Session(ctx, c.accessKey, c.token)
	switch {
	case errors.Is(err, guard.ErrExpired):
		return fail("ExpiredTokenException", "The security token included in the request is expired; log in again with bailey login")
	case errors.Is(err, guard.ErrDenied):
		return fail("UnrecognizedClientException", "The security token included in the request is invalid.")
	case err != nil:
		x.h.Log("asking for a session: " + err.Error())
		return &failure{status: http.StatusServiceUnavailable, code: "ServiceUnavailableException", message: "the guard cannot ask who you are"}
	}
	if f := c.fresh(x.start); f != nil {
		return f
	}
	if f := c.verify(x.r, x.body, s.Secret, x.r.TLS != nil); f != nil {
		return f
	}
	if c.service != "dynamodb" {
		return fail("InvalidSignatureException", "Credential should be scoped to correct service: 'dynamodb'")
	}
	if x.h.replays.elsewhere(c.signature, from, x.start) {
		return fail("InvalidSignatureException", "this very request came from another address before")
	}
	x.session = s
	x.record.Who, x.record.Role, x.record.MFA, x.record.Session = s.Name, s.Role, !s.MFA.IsZero(), s.ID
	return x.inflate()
}

// inflate unpacks a body that came compressed, after the signature, which is over what came.
func (x *exchange) inflate() *failure {
	switch x.r.Header.Get("Content-Encoding") {
	case "", "identity":
		return nil
	case "gzip":
	default:
		return fail("SerializationException", "the body is compressed in a way that the guard does not know; it is gzip or nothing")
	}
	z, err := gzip.NewReader(bytes.NewReader(x.body))
	if err == nil {
		x.body, err = io.ReadAll(io.LimitReader(z, maxBody+1))
	}
	if err != nil || len(x.body) > maxBody {
		return fail("SerializationException", "the body is no gzip, or too large")
	}
	return nil
}

// write keeps the record. A request whose record cannot be written is denied, unless the listener says otherwise.
func (x *exchange) write() *failure {
	err := x.h.Audit.Write(x.record)
	if err == nil {
		return nil
	}
	x.h.Metrics.unaudited()
	x.h.Log(err.Error())
	if x.h.Unaudited {
		return nil
	}
	return &failure{status: http.StatusServiceUnavailable, code: "ServiceUnavailableException", message: "the guard cannot write its audit record, so that nothing is done"}
}

// refuse records a denial.
func (x *exchange) refuse(f *failure) *failure {
	x.record.Verdict, x.record.Reason = guard.Denied, f.message
	if werr := x.write(); werr != nil {
		return werr
	}
	return f
}

// operate decides, asks DynamoDB and gives back what may be seen.
func (x *exchange) operate(ctx context.Context, name string, o operation, in any) ([]byte, *failure) {
	list, f := accesses(in, func(table string) string { return x.h.partition(ctx, table) })
	if f != nil {
		x.record.Action = "dynamodb:" + name
		return nil, x.refuse(f)
	}
	x.describe(name, in, list)
	hidden, f := x.decide(name, in, list)
	if f != nil {
		return nil, x.refuse(f)
	}
	for _, a := range list {
		release, err := x.h.Limits.Take(guard.ByResource, a.table, len(x.body), x.start)
		if err != nil {
			x.h.Metrics.limited(string(guard.ByResource))
			x.record.Verdict = guard.Limited
			return nil, fail("ThrottlingException", err.Error())
		}
		defer release()
	}
	x.record.Verdict = guard.Allowed
	if f := x.write(); f != nil {
		x.record.Verdict = guard.Failed
		return nil, f
	}
	began := time.Now() //nolint:forbidigo // a duration, not a time
	out, err := x.h.ask(ctx, o, in)
	x.upstream = time.Since(began)
	if err != nil {
		x.sight(hidden).stripErr(err, list)
		f := failureOf(err)
		if f.status >= http.StatusInternalServerError {
			x.h.Log(name + ": " + err.Error())
		}
		return nil, f
	}
	x.sight(hidden).stripOutput(out, in, list)
	return encode(nil, reflect.ValueOf(out)), nil
}

// ask sends the request on.
func (h *Handler) ask(ctx context.Context, o operation, in any) (any, error) {
	if u, ok := in.(*dynamodb.UpdateItemInput); ok && !h.Refuse {
		t := h.Tables[nameOf(aws.ToString(u.TableName))]
		if t != nil && t.Sealer != nil && errors.Is(expression.CheckUpdate(t.Sealer, aws.ToString(u.UpdateExpression), u.ExpressionAttributeNames), expression.ErrSealed) {
			return sealaws.UpdateItem(ctx, h.Raw, t.Sealer, u)
		}
	}
	return o.call(ctx, h.Sealed, in)
}

// partition is the name of a table's partition key.
func (h *Handler) partition(ctx context.Context, table string) string {
	if t := h.Tables[table]; t != nil && t.Partition != "" {
		return t.Partition
	}
	if name, ok := h.partitions.Load(table); ok {
		text, _ := name.(string)
		return text
	}
	about, err := h.Raw.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil || about.Table == nil || len(about.Table.KeySchema) == 0 {
		return "" // leading keys are then unknown, which no policy allows
	}
	name := aws.ToString(about.Table.KeySchema[0].AttributeName)
	h.partitions.Store(table, name)
	return name
}

func (h *Handler) table(name string) *Table {
	if t := h.Tables[name]; t != nil {
		return t
	}
	return &Table{Default: h.Default}
}

// arn is the resource that a request is for.
func (h *Handler) arn(table, index string) string {
	text := "arn:aws:dynamodb:" + h.Region + ":" + h.Account + ":table/" + table
	if index != "" {
		text += "/index/" + index
	}
	return text
}

// resource is that of a request which touches no items.
func (h *Handler) resource(in any) string {
	if table := text(in, "TableName", "SourceTableName", "TargetTableName"); table != "" {
		return h.arn(nameOf(table), "")
	}
	if arn := text(in, "ResourceArn", "TableArn", "BackupArn", "ExportArn", "ImportArn", "SourceTableArn"); arn != "" {
		return arn
	}
	return "*"
}

// describe fills in what the record says of the request.
func (x *exchange) describe(name string, in any, list []*access) {
	x.record.Action = "dynamodb:" + name
	if len(list) == 0 {
		x.record.Resource = x.h.resource(in)
		return
	}
	var resources, attributes, levels []string
	for _, a := range list {
		resources = append(resources, x.h.arn(a.table, a.index))
		attributes = append(attributes, a.attributes()...)
		levels = append(levels, x.levels(a)...)
	}
	for _, s := range []*[]string{&resources, &attributes, &levels} {
		slices.Sort(*s)
		*s = slices.Compact(*s)
	}
	x.record.Resource, x.record.Attributes, x.record.Levels = strings.Join(resources, " "), attributes, levels
}

// levels are those of what a request touches in a table.
func (x *exchange) levels(a *access) []string {
	t := x.h.table(a.table)
	set := map[string]bool{}
	for _, name := range a.attributes() {
		set[t.level(name)] = true
	}
	if a.all {
		set[t.Default] = true
		for _, l := range t.Levels {
			set[l] = true
		}
	}
	var out []string
	for l := range set {
		out = append(out, l)
	}
	slices.Sort(out)
	return out
}

// unknownKey stands for leading keys that could not be told. It is none that a table has.
const unknownKey = "\x00unknown"

// decide asks for every access, and returns the levels whose attributes are left out of the answer, by table.
func (x *exchange) decide(name string, in any, list []*access) (map[string][]string, *failure) {
	secure := map[string][]string{"aws:SecureTransport": {strconv.FormatBool(x.r.TLS != nil)}, "aws:RequestedRegion": {x.h.Region}}
	if len(list) == 0 {
		a := x.h.Rules.Decide(x.session, &guard.Request{Action: x.record.Action, Resource: x.record.Resource, Keys: secure, Destructive: destructive(in)}, x.r.RemoteAddr, x.start)
		if !a.Allowed {
			return nil, denied(a.Reason)
		}
		return nil, nil
	}
	hidden := map[string][]string{}
	for _, a := range list {
		t := x.h.table(a.table)
		keys := map[string][]string{}
		for k, v := range secure {
			keys[k] = v
		}
		a.conditions(keys)
		q := guard.Request{Action: "dynamodb:" + a.action, Resource: x.h.arn(a.table, a.index), Keys: keys, Levels: x.levels(a)}
		answer := x.h.Rules.Decide(x.session, &q, x.r.RemoteAddr, x.start)
		if !answer.Allowed {
			return nil, denied(answer.Reason)
		}
		for attribute := range a.uses {
			if l := t.level(attribute); slices.Contains(answer.Refused, l) {
				return nil, denied(x.session.Who() + " may not use the attribute " + attribute + ", which is " + l)
			}
		}
		if x.h.Deny && len(answer.Refused) > 0 {
			return nil, denied(x.session.Who() + " may not read all of what is asked for: some of it is " + strings.Join(answer.Refused, " and ") + "; name the attributes with ProjectionExpression")
		}
		hidden[a.table] = append(hidden[a.table], answer.Refused...)
	}
	return hidden, nil
}

func denied(reason string) *failure { return fail("AccessDeniedException", reason) }

// conditions are the condition keys of DynamoDB.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
func (a *access) conditions(keys map[string][]string) {
	if keys["dynamodb:LeadingKeys"] = a.keys; len(a.keys) == 0 {
		keys["dynamodb:LeadingKeys"] = []string{unknownKey}
	}
	if names := a.attributes(); len(names) > 0 {
		keys["dynamodb:Attributes"] = names
	}
	switch {
	case a.selects != "":
		keys["dynamodb:Select"] = []string{a.selects}
	case len(a.gives) > 0:
		keys["dynamodb:Select"] = []string{"SPECIFIC_ATTRIBUTES"}
	case a.all && a.returns == "":
		keys["dynamodb:Select"] = []string{"ALL_ATTRIBUTES"}
	}
	if a.returns != "" {
		keys["dynamodb:ReturnValues"] = []string{a.returns}
	}
	if a.enclosing != "" {
		keys["dynamodb:EnclosingOperation"] = []string{a.enclosing}
	}
}
