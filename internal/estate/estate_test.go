package estate

import (
	"testing"
)

func decl(typ, name string, body ...Field) Declaration {
	return Declaration{
		World: CloudFormation, Type: typ, Address: typ + "." + name, Unit: "t.yaml",
		Origin: Origin{"t.yaml", 1, 1}, Body: Map(body, Origin{"t.yaml", 1, 1}),
	}
}

func TestKindsAreConsistent(t *testing.T) {
	s := Kinds()
	if len(s.Kinds) == 0 {
		t.Fatal("no kinds")
	}
	for _, k := range s.Kinds {
		if len(k.Types[CloudFormation])+len(k.Types[Terraform]) == 0 {
			t.Errorf("%s: bound to no type", k.Name)
		}
	}
}

func TestBuildBindsAndLinks(t *testing.T) {
	at := Origin{"t.yaml", 7, 9}
	key := decl("AWS::KMS::Key", "Key")
	db := decl("AWS::RDS::DBInstance", "Main",
		Field{"StorageEncrypted", String("true", at)},
		Field{"Engine", String("postgres", at)},
		Field{"EngineVersion", String("14.9", at)},
		Field{"KmsKeyId", Reference(Ref{ID: key.ID(), Attr: "Arn"}, "${Key.Arn}", at)},
		Field{"DBParameterGroupName", String("strict", at)},
		Field{"PubliclyAccessible", UnknownBecause("give parameter Public a value", at)},
	)
	group := decl("AWS::RDS::DBParameterGroup", "Group",
		Field{"DBParameterGroupName", String("strict", at)},
		Field{"Parameters", Map([]Field{{"rds.force_ssl", Number("1", at)}}, at)},
	)
	e := Build(Reading{Declarations: []Declaration{key, db, group}})
	dbs := All[DBInstance](e)
	if len(dbs) != 1 {
		t.Fatalf("got %d instances", len(dbs))
	}
	d := dbs[0]
	if !d.StorageEncrypted.Value || d.StorageEncrypted.State != Known || d.StorageEncrypted.Origin != at {
		t.Errorf("storage_encrypted: %+v", d.StorageEncrypted)
	}
	if d.KMSKey.Target() == nil || d.KMSKey.Target().Address() != "AWS::KMS::Key.Key" {
		t.Errorf("kms_key: %+v", d.KMSKey)
	}
	if d.ParameterGroup.Target() == nil {
		t.Errorf("parameter_group: %+v", d.ParameterGroup)
	}
	if d.PubliclyAccessible.State != Unknown {
		t.Errorf("publicly_accessible: %+v", d.PubliclyAccessible)
	}
	if p := d.Parameter("rds.force_ssl"); p.Value != "1" || p.State != Known {
		t.Errorf("rds.force_ssl: %+v", p)
	}
	if users := e.Users(key.ID()); len(users) != 1 || users[0] != db.ID() {
		t.Errorf("users of the key: %v", users)
	}
}

func TestDefaultParameterDependsOnVersion(t *testing.T) {
	for _, c := range []struct {
		family, version, want string
		state                 State
	}{
		{"postgres", "14.9", "0", Absent},
		{"postgres", "15.2", "1", Absent},
		{"postgres", "", "", Unknown},
		{"aurora-postgresql", "16.4", "0", Absent},
		{"aurora-postgresql", "17.1", "1", Absent},
	} {
		version := KnownFact(c.version, Origin{})
		if c.version == "" {
			version = Fact[string]{}
		}
		got := effectiveParameter("rds.force_ssl", KnownFact(c.family, Origin{}), version, &Fact[string]{}, nil)
		if got.State != c.state || got.Value != c.want {
			t.Errorf("%s %s: got %v %q, want %v %q", c.family, c.version, got.State, got.Value, c.state, c.want)
		}
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"StorageEncrypted": "storage_encrypted", "KMSKey": "kms_key", "AutoAssignPublicIP": "auto_assign_public_ip",
		"IAMAuth": "iam_auth", "Name": "name",
	} {
		if got := snake(in); got != want {
			t.Errorf("snake(%s) = %s, want %s", in, got, want)
		}
	}
}
