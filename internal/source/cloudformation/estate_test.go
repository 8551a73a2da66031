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

// TestStages tells of each stage whether a web ACL stands before it, however the association writes its ARN, and whether SAM
// makes the stage.
func TestStages(t *testing.T) {
	e := estate.Build(Read("t.yaml", []byte(`
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod}
  Other:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod}
  Bare:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, EndpointConfiguration: {Type: PRIVATE}}
  Rest:
    Type: AWS::ApiGateway::RestApi
  RestProd:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Rest, StageName: prod, DeploymentId: a}
  RestTest:
    Type: AWS::ApiGateway::Stage
    Properties: {RestApiId: !Ref Rest, StageName: test, DeploymentId: a}
  BeforeShop:
    Type: AWS::WAFv2::WebACLAssociation
    Properties: {WebACLArn: x, ResourceArn: !Sub "arn:aws:apigateway:${AWS::Region}::/restapis/${Shop}/stages/${Shop.Stage}"}
  BeforeOther:
    Type: AWS::WAFv2::WebACLAssociation
    Properties: {WebACLArn: x, ResourceArn: !Sub "arn:aws:apigateway:${AWS::Region}::/restapis/${Other}/stages/prod"}
  BeforeRest:
    Type: AWS::WAFv2::WebACLAssociation
    Properties: {WebACLArn: x, ResourceArn: !Sub "arn:aws:apigateway:${AWS::Region}::/restapis/${Rest}/stages/${RestProd}"}
`), Options{}))
	want := map[string]string{
		"AWS::Serverless::Api.Shop.Stage": "yes", "AWS::Serverless::Api.Other.Stage": "yes", "AWS::Serverless::Api.Bare.Stage": "no, private",
		"AWS::ApiGateway::Stage.RestProd": "yes", "AWS::ApiGateway::Stage.RestTest": "no",
	}
	stages := estate.All[estate.APIStage](e)
	for _, s := range stages {
		f, got := s.BehindWebACL(), "no"
		if f.Value {
			got = "yes"
		}
		if f.State == estate.Unknown {
			got = "unknown: " + f.Why
		}
		if p := s.Private(); p.Value || p.State == estate.Unknown {
			got += ", private"
		}
		if d := s.Declaration(); got != want[d.Address] {
			t.Errorf("%s: %s, want %s", d.Address, got, want[d.Address])
		}
	}
	if len(stages) != len(want) {
		t.Errorf("%d stages", len(stages))
	}
}
