package snapshot

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/baileydb/bailey/internal/estate"
)

func sample() estate.Reading {
	at := estate.Origin{File: "t.yaml", Line: 4, Column: 7}
	secret := estate.String("hunter2", at)
	secret.NoEcho, secret.Param = true, "Password"
	return estate.Reading{
		Declarations: []estate.Declaration{{
			World: estate.CloudFormation, Type: "AWS::RDS::DBInstance", Address: "AWS::RDS::DBInstance.Main", Written: "Main", Unit: "t.yaml", Origin: at,
			Suppressed: map[string]string{"CKV_AWS_16": "why"},
			Body: estate.Map([]estate.Field{
				{Name: "StorageEncrypted", Value: estate.Bool(true, at)},
				{Name: "AllocatedStorage", Value: estate.Number("20", at)},
				{Name: "KmsKeyId", Value: estate.Reference(estate.Ref{ID: "t.yaml#AWS::KMS::Key.K", Attr: "Arn"}, "${K.Arn}", at)},
				{Name: "MultiAZ", Value: estate.UnknownBecause("give parameter HA a value", at)},
				{Name: "MasterUserPassword", Value: secret},
				{Name: "Tags", Value: estate.List([]estate.Value{estate.Null(at)}, at)},
			}, at),
		}},
		Problems: []estate.Problem{{Origin: at, Message: "m", Fatal: true}},
	}
}

func TestRoundTrip(t *testing.T) {
	var buf bytes.Buffer
	if err := Write(&buf, estate.Build(sample())); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(buf.String(), "hunter2") {
		t.Error("the snapshot holds a secret")
	}
	if !Is(buf.Bytes()) {
		t.Error("not recognized as a snapshot")
	}
	got, err := Read("s.json", buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := sample()
	pw := &want.Declarations[0].Body.Fields[4].Value
	*pw = estate.Value{Kind: estate.KindUnknown, Why: "it is declared secret and is not in the snapshot; check the original", Param: "Password", NoEcho: true, Origin: pw.Origin}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	for in, want := range map[string]string{
		`{"format": "bailey-estate-9"}`: "save the estate again",
		"{\n\"format\": 7}":             "s.json:2: not a snapshot",
		`{"format": "bailey-estate-1", "declarations": [{"address": "a", "body": {"k": "list"}}]}`: "a: its body is not a map",
		`{"format": "bailey-estate-1", "declarations": [{"address": "a", "body": {"k": "huh"}}]}`:  `a value of kind "huh"`,
	} {
		if _, err := Read("s.json", []byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	var buf bytes.Buffer
	if err := Write(&buf, estate.Build(sample())); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte(`{"format": "bailey-estate-1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read("s.json", data)
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		e := estate.Build(r)
		if err := Write(&once, e); err != nil {
			t.Fatal(err)
		}
		back, err := Read("s.json", once.Bytes())
		if err != nil {
			t.Fatalf("what was written does not read back: %v", err)
		}
		if err := Write(&twice, estate.Build(back)); err != nil {
			t.Fatal(err)
		}
		if once.String() != twice.String() {
			t.Error("writing what was read gives another snapshot")
		}
	})
}
