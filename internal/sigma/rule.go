package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/baileydb/bailey/internal/rules"
)

// rule is one rule over single events.
type rule struct {
	*head
	log  *log
	expr expr
	err  error
}

// log is a log that Bailey reads, with the names that Sigma's rules have for its fields; nil where they are the log's own.
type log struct {
	name   string
	fields map[string]string
}

var (
	cloudtrail = &log{name: "cloudtrail"}
	dns        = &log{name: "dns", fields: map[string]string{
		"query": "name", "query_name": "name", "queryname": "name", "dns.question.name": "name", "name": "name", "query_type": "type", "record_type": "type", "type": "type", "rcode": "rcode",
		"srcaddr": "address", "src_ip": "address", "address": "address",
	}}
	flow = &log{name: "flowlog", fields: map[string]string{
		"srcaddr": "srcaddr", "src_ip": "srcaddr", "sourceip": "srcaddr", "dstaddr": "dstaddr", "dst_ip": "dstaddr", "destinationip": "dstaddr",
		"srcport": "srcport", "src_port": "srcport", "sourceport": "srcport", "dstport": "dstport", "dst_port": "dstport", "destinationport": "dstport",
		"action": "action", "protocol": "protocol", "bytes": "bytes", "log_status": "log_status", "log-status": "log_status", "flow_direction": "flow_direction", "flow-direction": "flow_direction",
		"interface_id": "interface_id", "interface-id": "interface_id", "account_id": "account_id", "account-id": "account_id", "vpc_id": "vpc_id", "vpc-id": "vpc_id",
	}}
)

// services are AWS's logs as rules name them, without spaces, dashes and underscores.
var services = map[string]*log{
	"cloudtrail": cloudtrail, "route53": dns, "route53resolver": dns, "route53resolverquerylogs": dns, "resolver": dns, "dns": dns,
	"vpcflow": flow, "vpcflowlogs": flow, "vpcflowlog": flow, "flowlogs": flow, "flow": flow,
}

// field is what Bailey calls a field.
func (l *log) field(name string) (string, error) {
	if l.fields == nil {
		return name, nil
	}
	if own, ok := l.fields[strings.ToLower(name)]; ok {
		return own, nil
	}
	return "", skip("the field %s is none that Bailey reads of %s logs", name, l.name)
}

func (r *rule) read() error {
	source, detection := r.keys["logsource"], r.keys["detection"]
	if source == nil || source.Kind != yaml.MappingNode {
		return fail(r.head, r.root, "logsource is missing: a map with product and service")
	}
	if detection == nil || detection.Kind != yaml.MappingNode {
		return fail(r.head, r.root, "detection is missing: a map with selections and a condition")
	}
	var err error
	if r.log, err = logOf(source); err != nil {
		return err
	}
	s := &selections{rule: r, named: map[string]expr{}}
	r.expr, err = s.read(detection)
	return err
}

func logOf(source *yaml.Node) (*log, error) {
	said := map[string]string{}
	for i := 0; i+1 < len(source.Content); i += 2 {
		said[source.Content[i].Value] = strings.ToLower(source.Content[i+1].Value)
	}
	product, category, service := said["product"], said["category"], said["service"]
	short := strings.NewReplacer(" ", "", "-", "", "_", "").Replace(service)
	l := services[short]
	switch {
	case product == "aws" && category == "" && l != nil:
		return l, nil
	case (product == "" || product == "aws") && service == "" && category == "dns":
		return dns, nil
	}
	var parts []string
	for _, k := range []string{"product", "category", "service"} {
		if said[k] != "" {
			parts = append(parts, k+" "+said[k])
		}
	}
	return nil, skip("Bailey reads no log of %s", strings.Join(parts, ", "))
}

func (r *rule) detection() (*rules.Detection, error) {
	d, err := r.draft()
	if err != nil {
		return nil, err
	}
	return d, complete(d, r.log, r.expr)
}

// complete writes what a detection looks for, and how it is found.
func complete(d *rules.Detection, l *log, x expr) error {
	when, err := render(x)
	if err != nil {
		return err
	}
	d.Log, d.When = l.name, when
	if l != cloudtrail {
		return nil
	}
	d.Events, d.Source = indexEvents(x), indexSources(x)
	if len(d.Events) == 0 {
		d.AnyCase = true
		if texts := indexTexts(x, len(d.Source) > 0); len(texts) > 0 {
			d.Needs = map[string]rules.Texts{"": texts}
		}
	}
	return nil
}
