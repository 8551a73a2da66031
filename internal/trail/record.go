package trail

import (
	"encoding/json"
	"strings"
	"time"
)

// Record is one call of AWS's API, with the fields that Bailey reads.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type Record struct {
	EventID            string          `json:"eventID"`
	EventTime          time.Time       `json:"eventTime"`
	EventSource        string          `json:"eventSource"` // "rds.amazonaws.com"
	EventName          string          `json:"eventName"`   // "DeleteDBInstance"
	EventType          string          `json:"eventType"`
	AWSRegion          string          `json:"awsRegion"`
	RecipientAccountID string          `json:"recipientAccountId"`
	ErrorCode          string          `json:"errorCode"`
	UserIdentity       Identity        `json:"userIdentity"`
	RequestParameters  map[string]any  `json:"-"`
	RawParameters      json.RawMessage `json:"requestParameters"`
	Resources          []Resource      `json:"resources"`
}

// Resource is one that a record names itself.
type Resource struct {
	ARN  string `json:"ARN"`
	Type string `json:"type"`
}

// Identity is who called.
type Identity struct {
	Type           string `json:"type"` // IAMUser, AssumedRole, Root, AWSService, …
	ARN            string `json:"arn"`
	AccountID      string `json:"accountId"`
	UserName       string `json:"userName"`
	InvokedBy      string `json:"invokedBy"`
	SessionContext struct {
		SessionIssuer struct {
			ARN      string `json:"arn"`
			UserName string `json:"userName"`
		} `json:"sessionIssuer"`
	} `json:"sessionContext"`
}

// Principal returns the ARN of the user or the role behind a session, or the service's name.
func (i *Identity) Principal() string {
	switch {
	case i.SessionContext.SessionIssuer.ARN != "":
		return i.SessionContext.SessionIssuer.ARN
	case i.ARN != "":
		return i.ARN
	}
	return i.InvokedBy
}

// Denied reports whether the call was refused for want of permission.
func (r *Record) Denied() bool {
	switch r.ErrorCode {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation", "UnauthorizedAccess", "AuthorizationError":
		return true
	}
	return strings.HasSuffix(r.ErrorCode, ".AccessDenied") || strings.HasSuffix(r.ErrorCode, "AccessDeniedException")
}
