package cloudformation

import (
	"strings"
	"testing"

	"github.com/baileydb/bailey/internal/estate"
)

// TestEstate builds an estate from a reading: facts keep their three states on the way.
func TestEstate(t *testing.T) {
	e := estate.Build(Read("t.yaml", []byte(`
Resources:
  Key: {Type: AWS::KMS::Key}
  Known:
    Type: AWS::RDS::DBInstance
    Properties:
      StorageEncrypted: true
      KmsKeyId: !Sub '${Key.Arn}'
  Open:
    Type: AWS::RDS::DBInstance
    Properties:
      Engine: mysql
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://bucket/more.yaml}}
  Whole:
    Type: AWS::RDS::DBInstance
    Properties: {Fn::Transform: {Name: Defaults}}
  Bare: {Type: AWS::RDS::DBInstance}
`), Options{}))
	want := map[string]estate.State{
		"Known": estate.Known, "Open": estate.Unknown, "Whole": estate.Unknown, "Bare": estate.Absent,
	}
	databases := estate.All[estate.DBInstance](e)
	if len(databases) != len(want) {
		t.Fatalf("built %d databases, want %d", len(databases), len(want))
	}
	for _, db := range databases {
		address := db.Declaration().Address
		name := address[strings.LastIndexByte(address, '.')+1:]
		if got := db.StorageEncrypted.State; got != want[name] {
			t.Errorf("%s: whether storage is encrypted is %v, want %v", name, got, want[name])
		}
		if linked := db.KMSKey.Target() != nil; linked != (name == "Known") {
			t.Errorf("%s: linked to the key: %v", name, linked)
		}
	}
}
