package watch

import (
	"encoding/json"
	"strings"
	"time"
)

// GuardDuty is a finding in GuardDuty's JSON, as EventBridge and exports have it.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html
func (f *Finding) GuardDuty() map[string]any {
	account, region := f.Account, f.Region
	if account == "" {
		account = "000000000000"
	}
	if region == "" {
		region = "us-east-1"
	}
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	info, err := json.Marshal(map[string]any{"detection": f.Detection, "evidence": f.Evidence, "events": f.Events, "resource": f.Resource, "level": f.Level, "respond": f.Respond})
	if err != nil {
		info = []byte("{}") // texts always have a form
	}
	service := map[string]any{
		"serviceName": "bailey", "detectorId": "bailey", "count": f.Count, "archived": false, "eventFirstSeen": stamp(f.First), "eventLastSeen": stamp(f.Last),
		"resourceRole": "TARGET", "additionalInfo": map[string]any{"type": "default", "value": string(info)},
	}
	resource := map[string]any{"resourceType": "AccessKey"}
	if f.Event != nil {
		e := f.Event.Facts
		switch e.Log {
		case "cloudtrail":
			call := map[string]any{"api": e.Name, "serviceName": e.Source, "callerType": "Remote IP", "remoteIpDetails": map[string]any{"ipAddressV4": e.Address}}
			if e.Error != "" {
				call["errorCode"] = e.Error
			}
			service["action"] = map[string]any{"actionType": "AWS_API_CALL", "awsApiCallAction": call}
			resource["accessKeyDetails"] = map[string]any{"accessKeyId": e.AccessKey, "principalId": f.Principal, "userName": e.User, "userType": e.Kind}
		case "sqlaudit":
			service["action"] = map[string]any{"actionType": "RDS_LOGIN_ATTEMPT", "rdsLoginAttemptAction": map[string]any{"remoteIpDetails": map[string]any{"ipAddressV4": e.Address}}}
			resource = map[string]any{"resourceType": "RDSDBInstance", "rdsDbInstanceDetails": map[string]any{"dbInstanceIdentifier": f.Resource}, "rdsDbUserDetails": map[string]any{"user": e.Principal}}
		case "dns":
			name := strings.TrimPrefix(e.Name, "query for ")
			service["action"] = map[string]any{"actionType": "DNS_REQUEST", "dnsRequestAction": map[string]any{"domain": name, "blocked": false}}
			resource = map[string]any{"resourceType": "Instance", "instanceDetails": map[string]any{"instanceId": f.Principal}}
		case "flowlog":
			service["action"] = map[string]any{"actionType": "NETWORK_CONNECTION", "networkConnectionAction": map[string]any{
				"connectionDirection": "UNKNOWN", "remoteIpDetails": map[string]any{"ipAddressV4": e.Address}, "localPortDetails": map[string]any{"port": e.Port},
			}}
			resource = map[string]any{"resourceType": "Instance", "instanceDetails": map[string]any{"instanceId": f.Resource}}
		}
	}
	return map[string]any{
		"schemaVersion": "2.0", "accountId": account, "region": region, "partition": "aws", "id": f.ID,
		"arn":  "arn:aws:guardduty:" + region + ":" + account + ":detector/bailey/finding/" + f.ID,
		"type": f.Type, "severity": f.Severity.Score, "title": f.Title, "description": f.Title + ": " + strings.Join(f.Evidence, "; ") + ". " + f.Why,
		"createdAt": stamp(f.First), "updatedAt": stamp(f.Last), "resource": resource, "service": service,
	}
}

// EventBridge is a finding as EventBridge carries GuardDuty's, for event patterns.
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
func (f *Finding) EventBridge() map[string]any {
	detail := f.GuardDuty()
	return map[string]any{
		"version": "0", "id": f.ID, "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "account": detail["accountId"], "region": detail["region"],
		"time": f.Last.UTC().Format(time.RFC3339), "resources": []string{}, "detail": detail,
	}
}
