package rules

import "testing"

func TestPoliciesOfEvents(t *testing.T) {
	for _, c := range []struct {
		policy           string
		whole, strangers bool
	}{
		{`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`, true, false},
		{`{"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "*:*"], "Resource": ["*"], "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}`, true, false},
		{`{"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}`, true, false},
		{`{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b"}]}`, false, false},
		{`{"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}, {"Effect": "Allow", "Action": "rds:*", "Resource": "*"}]}`, false, false},
		{`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:role/x"}, "Action": "s3:*"}]}`, false, true},
		{`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["111122223333", "999999999999"]}, "Action": "s3:*"}]}`, false, true},
		{`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws-us-gov:sts::999999999999:assumed-role/a/b"}, "Action": "s3:*"}]}`, false, true},
		{`{"Statement": [{"Effect": "Deny", "Principal": {"AWS": "999999999999"}, "Action": "s3:*"}]}`, false, false},
		{`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:*"}]}`, false, false},
		{`{"Statement": [{"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "s3:*"}]}`, false, false},
		{`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]}`, false, false}, // everybody: public_policy's
		{`{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::127311923021:root"}, "Action": "s3:PutObject"}]}`, false, false},
		{`no policy`, false, false},
		{`[]`, false, false},
		{``, false, false},
	} {
		if got := wholePolicy(c.policy); got != c.whole {
			t.Errorf("%s: allows everything %v", c.policy, got)
		}
		if got := strangersPolicy(c.policy, "111122223333"); got != c.strangers {
			t.Errorf("%s: allows strangers %v", c.policy, got)
		}
		if strangersPolicy(c.policy, "") {
			t.Errorf("%s: strangers to an account that is not known", c.policy)
		}
	}
}
