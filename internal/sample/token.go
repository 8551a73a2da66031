package sample

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
)

// withToken puts an IAM token in the place of the password, where the address asks for one with ?auth=iam, and takes the
// option out. The token is good for 15 minutes, which is longer than a connection takes to be made.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
func withToken(ctx context.Context, u *url.URL, port string) error {
	q := u.Query()
	kind, region := q.Get("auth"), q.Get("region")
	q.Del("auth")
	q.Del("region")
	u.RawQuery = q.Encode()
	switch {
	case kind == "":
		return nil
	case kind != "iam":
		return fmt.Errorf("auth=%s is unknown; it is iam, or left out for a password", kind)
	case u.User.Username() == "":
		return errors.New("auth=iam needs the database user: postgres://USER@host/database?auth=iam")
	}
	if region == "" {
		region = regionOf(u.Hostname())
	}
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return fmt.Errorf("reading the AWS configuration: %w", err)
	}
	if c.Region == "" {
		return errors.New("auth=iam needs to know the Region: add &region=eu-west-1")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	token, err := auth.BuildAuthToken(ctx, u.Hostname()+":"+port, c.Region, u.User.Username(), c.Credentials)
	if err != nil {
		return fmt.Errorf("making an IAM token: %w", err)
	}
	u.User = url.UserPassword(u.User.Username(), token)
	return nil
}

// regionOf is the Region in the name of an RDS endpoint: orders.abc123.eu-west-1.rds.amazonaws.com.
func regionOf(host string) string {
	before, _, ok := strings.Cut(host, ".rds.amazonaws.com")
	if !ok {
		return ""
	}
	return before[strings.LastIndexByte(before, '.')+1:]
}
