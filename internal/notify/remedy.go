package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"

	"github.com/baileydb/bailey/internal/policy"
)

// Remedy is what to do about a delivery to a destination that failed, empty where nothing is known.
func Remedy(d *policy.Destination, err error) string {
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var api smithy.APIError
	var answered *refusal
	text := err.Error()
	switch {
	case errors.As(err, &authority):
		return "Nobody that this machine trusts vouches for the certificate. Where it is your own, name the file with its authority: ca: FILE."
	case errors.As(err, &host):
		return "The certificate is for another name; write the name that it is for."
	case errors.As(err, &invalid):
		return "The certificate has ended or is not for servers; whoever runs the server has to renew it."
	case errors.As(err, &dns):
		return "There is no such host, or no name server that can be reached from here."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nobody listens there; look at host and port."
	case d.Email != nil && d.Email.TLS == "starttls" && errors.Is(err, context.DeadlineExceeded):
		return "There was no answer in time. Where the server speaks TLS from the beginning, mostly on port 465, write tls: implicit; or a firewall drops what goes there."
	case errors.Is(err, os.ErrDeadlineExceeded), strings.Contains(text, "deadline exceeded"), strings.Contains(text, "i/o timeout"):
		return "There was no answer in time; a firewall may drop what goes there."
	case errors.As(err, &api):
		return remedyAWS(d, api.ErrorCode())
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return "The folder has to be there, and whoever runs bailey has to be allowed to write into it."
	case errors.As(err, &answered):
		return remedyWeb(d, answered.status)
	}
	switch {
	case d.SNS != nil && strings.Contains(text, "credentials"):
		return "There are no AWS credentials: set AWS_PROFILE, or run where a role is attached."
	case d.Email != nil && strings.Contains(text, "535"):
		return "The server does not take the username with this password."
	case d.Email != nil && strings.Contains(text, "STARTTLS"):
		return "The server has no STARTTLS on this port; where it speaks TLS from the beginning, mostly on port 465, write tls: implicit."
	case d.Email != nil && strings.Contains(text, "first record does not look like a TLS handshake"):
		return "The server does not speak TLS from the beginning; write tls: starttls, mostly on port 587."
	}
	return ""
}

func remedyAWS(d *policy.Destination, code string) string {
	switch code {
	case "AuthorizationError", "AccessDenied", "AccessDeniedException", "KMSAccessDenied":
		return "Allow sns:Publish on the topic, and where it is encrypted kms:GenerateDataKey and kms:Decrypt on its key."
	case "NotFound", "NotFoundException":
		return "There is no such topic in this account and Region."
	case "InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException", "SignatureDoesNotMatch", "InvalidAccessKeyId":
		return "AWS does not know these credentials, or they have ended; sign in again."
	case "InvalidParameter", "InvalidParameterException":
		return "Look at the topic's ARN: " + d.SNS.Topic
	}
	return ""
}

func remedyWeb(d *policy.Destination, status string) string {
	kind, env := "webhook", ""
	switch {
	case d.Slack != nil:
		kind, env = "channel", d.Slack.URLEnv
	case d.Teams != nil:
		kind, env = "workflow", d.Teams.URLEnv
	case d.Webhook != nil:
		env = d.Webhook.URLEnv
	}
	address := "its address"
	if env != "" {
		address = "the address in " + env
	}
	code, _, _ := strings.Cut(status, " ")
	switch code {
	case "301", "302", "303", "307", "308":
		return "It sends elsewhere, which is not followed; write the address that is meant."
	case "401", "403":
		return "It does not let us in: look at the secret and at " + address + "."
	case "404", "410":
		return "The " + kind + " is gone; make a new one, and change " + address + "."
	case "413":
		return "The message is too long for it."
	case "400", "422":
		return "It does not understand the message; " + address + " may be for another kind of " + kind + "."
	}
	return ""
}
