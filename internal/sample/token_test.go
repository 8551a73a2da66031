package sample

import (
	"context"
	"net/url"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret-word")
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	u, err := url.Parse("postgres://reader@orders.abc123.eu-west-1.rds.amazonaws.com/shop?auth=iam&sslmode=verify-full")
	if err != nil {
		t.Fatal(err)
	}
	if err := withToken(context.Background(), u, "5432"); err != nil {
		t.Fatal(err)
	}
	token, _ := u.User.Password()
	for _, part := range []string{"orders.abc123.eu-west-1.rds.amazonaws.com:5432", "Action=connect", "DBUser=reader", "eu-west-1%2Frds-db", "X-Amz-Signature="} {
		if !strings.Contains(token, part) {
			t.Errorf("the token lacks %s: %s", part, token)
		}
	}
	if u.RawQuery != "sslmode=verify-full" || strings.Contains(token, "secret-word") {
		t.Errorf("%s", u.Redacted())
	}
	for address, want := range map[string]string{
		"postgres://reader@db.example.com/shop?auth=iam": "needs to know the Region",
		"postgres://db.example.com/shop?auth=iam":        "needs the database user",
		"postgres://reader@db/shop?auth=kerberos":        "auth=kerberos is unknown",
	} {
		u, _ := url.Parse(address)
		if err := withToken(context.Background(), u, "5432"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	plain, _ := url.Parse("postgres://reader:word@db/shop")
	if err := withToken(context.Background(), plain, "5432"); err != nil || plain.String() != "postgres://reader:word@db/shop" {
		t.Errorf("an address without a token: %v %s", err, plain.Redacted())
	}
}
