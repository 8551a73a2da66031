package estate

import (
	"encoding/base64"
	"regexp"
	"strings"
	"unicode/utf8"
)

// EC2Instance is one virtual machine: a bastion, an application's server, or a database that a team runs itself.
type EC2Instance struct {
	Resource `kind:"ec2_instance" var:"instance" cfn:"AWS::EC2::Instance" tf:"aws_instance" aws:"ec2:Instance"`

	AssignedID        Fact[string]                   `as:"id" name:"true" aws:"InstanceId"`
	Subnet            Link[Subnet]                   `cfn:"SubnetId|NetworkInterfaces.SubnetId" tf:"subnet_id" aws:"SubnetId"`
	SecurityGroups    Fact[[]Link[SecurityGroup]]    `cfn:"SecurityGroupIds|NetworkInterfaces.GroupSet|SecurityGroups" tf:"vpc_security_group_ids|security_groups" aws:"SecurityGroups.*.GroupId"`
	NetworkInterfaces Fact[[]Link[NetworkInterface]] `cfn:"NetworkInterfaces.*.NetworkInterfaceId" tf:"network_interface.*.network_interface_id|primary_network_interface.network_interface_id" aws:"NetworkInterfaces.*.NetworkInterfaceId"`
	// AssociatePublicIP asks for a public address, whatever the subnet's setting.
	AssociatePublicIP Fact[bool]           `cfn:"NetworkInterfaces.AssociatePublicIpAddress" tf:"associate_public_ip_address"`
	PublicIP          Fact[string]         `as:"public_ip" aws:"PublicIpAddress"`
	PrivateIP         Fact[string]         `as:"private_ip" cfn:"PrivateIpAddress" tf:"private_ip" aws:"PrivateIpAddress"`
	Profile           Fact[string]         `cfn:"IamInstanceProfile" tf:"iam_instance_profile" aws:"IamInstanceProfile.Arn"`
	Template          Link[LaunchTemplate] `cfn:"LaunchTemplate.LaunchTemplateId|LaunchTemplate.LaunchTemplateName" tf:"launch_template.id|launch_template.name"`
	// MetadataTokens is required where the metadata service takes signed session tokens only (IMDSv2).
	MetadataTokens   Fact[string]        `cfn:"MetadataOptions.HttpTokens" tf:"metadata_options.http_tokens" aws:"MetadataOptions.HttpTokens"`
	MetadataEndpoint Fact[string]        `cfn:"MetadataOptions.HttpEndpoint" tf:"metadata_options.http_endpoint" aws:"MetadataOptions.HttpEndpoint" default:"enabled"`
	UserData         Fact[string]        `cfn:"UserData" tf:"user_data|user_data_base64" secret:"true"`
	Volumes          Fact[[]BlockDevice] `cfn:"BlockDeviceMappings" tf:"ebs_block_device"`
	RootVolume       Fact[[]BlockDevice] `tf:"root_block_device"`
}

// LaunchTemplate is what an auto scaling group, or an instance, is made from.
type LaunchTemplate struct {
	Resource `kind:"launch_template" var:"instance" cfn:"AWS::EC2::LaunchTemplate" tf:"aws_launch_template" aws:"ec2:LaunchTemplate"`

	AssignedID        Fact[string]                `as:"id" name:"true" aws:"LaunchTemplateId"`
	Name              Fact[string]                `name:"true" cfn:"LaunchTemplateName" tf:"name" aws:"LaunchTemplateName"`
	Subnet            Link[Subnet]                `cfn:"LaunchTemplateData.NetworkInterfaces.SubnetId" tf:"network_interfaces.subnet_id"`
	SecurityGroups    Fact[[]Link[SecurityGroup]] `cfn:"LaunchTemplateData.SecurityGroupIds|LaunchTemplateData.NetworkInterfaces.Groups" tf:"vpc_security_group_ids|network_interfaces.security_groups"`
	AssociatePublicIP Fact[bool]                  `cfn:"LaunchTemplateData.NetworkInterfaces.AssociatePublicIpAddress" tf:"network_interfaces.associate_public_ip_address"`
	MetadataTokens    Fact[string]                `cfn:"LaunchTemplateData.MetadataOptions.HttpTokens" tf:"metadata_options.http_tokens"`
	MetadataEndpoint  Fact[string]                `cfn:"LaunchTemplateData.MetadataOptions.HttpEndpoint" tf:"metadata_options.http_endpoint" default:"enabled"`
	UserData          Fact[string]                `cfn:"LaunchTemplateData.UserData" tf:"user_data" secret:"true"`
	Volumes           Fact[[]BlockDevice]         `cfn:"LaunchTemplateData.BlockDeviceMappings" tf:"block_device_mappings"`
	RootVolume        Fact[[]BlockDevice]         // none: a template has no place of its own for it
}

// LaunchConfiguration is the older form of a launch template.
type LaunchConfiguration struct {
	Resource `kind:"launch_configuration" var:"instance" cfn:"AWS::AutoScaling::LaunchConfiguration" tf:"aws_launch_configuration" aws:"autoscaling:LaunchConfiguration"`

	Name              Fact[string]                `name:"true" cfn:"LaunchConfigurationName" tf:"name" aws:"LaunchConfigurationName"`
	SecurityGroups    Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroups" tf:"security_groups" aws:"SecurityGroups"`
	AssociatePublicIP Fact[bool]                  `cfn:"AssociatePublicIpAddress" tf:"associate_public_ip_address" aws:"AssociatePublicIpAddress"`
	MetadataTokens    Fact[string]                `cfn:"MetadataOptions.HttpTokens" tf:"metadata_options.http_tokens" aws:"MetadataOptions.HttpTokens"`
	MetadataEndpoint  Fact[string]                `cfn:"MetadataOptions.HttpEndpoint" tf:"metadata_options.http_endpoint" aws:"MetadataOptions.HttpEndpoint" default:"enabled"`
	UserData          Fact[string]                `cfn:"UserData" tf:"user_data|user_data_base64" secret:"true"`
	Volumes           Fact[[]BlockDevice]         `cfn:"BlockDeviceMappings" tf:"ebs_block_device" aws:"BlockDeviceMappings"`
	RootVolume        Fact[[]BlockDevice]         `tf:"root_block_device"`
}

// Volume is a disk of its own.
type Volume struct {
	Resource `kind:"volume" cfn:"AWS::EC2::Volume" tf:"aws_ebs_volume" aws:"ec2:Volume"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"VolumeId"`
	// Encrypted is, where nothing is written, what the account's setting for new volumes says; off, unless turned on.
	Encrypted Fact[bool]   `cfn:"Encrypted" tf:"encrypted" aws:"Encrypted" default:"false"`
	KMSKey    Link[KMSKey] `cfn:"KmsKeyId" tf:"kms_key_id" aws:"KmsKeyId"`
	Snapshot  Fact[string] `cfn:"SnapshotId" tf:"snapshot_id" aws:"SnapshotId"`
}

// BlockDevice is a disk that is made with an instance.
type BlockDevice struct {
	At       Origin       `json:"-" fact:"-"`
	In       World        `json:"-" fact:"-"`
	Device   Fact[string] `cfn:"DeviceName" tf:"device_name" aws:"DeviceName"`
	Settings Fact[Pairs]  `cfn:"Ebs" tf:"ebs" aws:"Ebs"`
	// Encrypted is, where nothing is written, what the account's setting for new volumes says; off, unless turned on.
	Encrypted Fact[bool]   `cfn:"Ebs.Encrypted" tf:"encrypted|ebs.encrypted" aws:"Ebs.Encrypted" default:"false"`
	KMSKey    Link[KMSKey] `cfn:"Ebs.KmsKeyId" tf:"kms_key_id|ebs.kms_key_id" aws:"Ebs.KmsKeyId"`
	Snapshot  Fact[string] `cfn:"Ebs.SnapshotId" tf:"snapshot_id|ebs.snapshot_id" aws:"Ebs.SnapshotId"`
}

func (d *BlockDevice) place(o Origin)     { d.At = o }
func (d *BlockDevice) declaredIn(w World) { d.In = w }

// Plain reports whether the device is a disk that is not encrypted. One made from a snapshot has the snapshot's
// encryption, which is not known here.
func (d *BlockDevice) Plain() Fact[bool] {
	switch {
	case d.In == CloudFormation && d.Settings.State == Absent: // ephemeral, or left out
		return KnownFact(false, d.At)
	case d.Encrypted.State == Unknown:
		return UnknownLike[bool](d.Encrypted.Meta)
	case d.Encrypted.State == Absent && d.Snapshot.State != Absent:
		return UnknownFact[bool]("say whether it is encrypted: the snapshot decides otherwise", d.At)
	}
	return KnownFact(!d.Encrypted.Value, d.Encrypted.Origin)
}

// PlainDisks names the disks that are not encrypted.
func (i *EC2Instance) PlainDisks() Fact[Strings] { return plainDisks(&i.RootVolume, &i.Volumes) }

// PlainDisks names the disks that are not encrypted.
func (t *LaunchTemplate) PlainDisks() Fact[Strings] { return plainDisks(&t.RootVolume, &t.Volumes) }

// PlainDisks names the disks that are not encrypted.
func (c *LaunchConfiguration) PlainDisks() Fact[Strings] {
	return plainDisks(&c.RootVolume, &c.Volumes)
}

func plainDisks(lists ...*Fact[[]BlockDevice]) Fact[Strings] {
	out := KnownFact(Strings{}, lists[0].Origin)
	for _, list := range lists {
		if list.State == Unknown {
			return UnknownLike[Strings](list.Meta)
		}
		for i := range list.Value {
			d := &list.Value[i]
			if plain := d.Plain(); plain.State == Known && !plain.Value {
				continue
			}
			if len(out.Value) == 0 {
				out.Origin = d.At
			}
			name := d.Device
			if name.State == Absent {
				name = KnownFact("the root disk", d.At)
			}
			out.Value = append(out.Value, name)
		}
	}
	return out
}

// SecretInUserData reports whether the start script holds a password or a key, for everyone who can describe the
// instance to read.
func (i *EC2Instance) SecretInUserData() Fact[bool] { return secretInScript(&i.UserData) }

// SecretInUserData reports whether the start script holds a password or a key.
func (t *LaunchTemplate) SecretInUserData() Fact[bool] { return secretInScript(&t.UserData) }

// SecretInUserData reports whether the start script holds a password or a key.
func (c *LaunchConfiguration) SecretInUserData() Fact[bool] { return secretInScript(&c.UserData) }

var (
	// An AWS access key, or a name that says secret with a value written out: PASSWORD=..., "db_password": "...".
	scriptKey    = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	scriptSecret = regexp.MustCompile(`(?i)(?:passw(?:or)?d|pwd|secret|token|api_?key|access_?key)[a-z0-9_]*\\?["']?\s*[=:]\s*\\?["']?([^\s"'\\;,]{6,})`)
)

func secretInScript(script *Fact[string]) Fact[bool] {
	text := script.Value
	if script.State == Unknown {
		text = script.Text
	}
	if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text)); err == nil && utf8.Valid(raw) {
		text = string(raw)
	}
	if scriptKey.MatchString(text) {
		return KnownFact(true, script.Origin)
	}
	open := script.State == Unknown && script.Text == ""
	for _, m := range scriptSecret.FindAllStringSubmatch(text, -1) {
		value := m[1]
		switch {
		case strings.Contains(value, "${") && script.State == Unknown:
			open = true // a parameter's value may stand here
		case strings.ContainsAny(value[:1], "$`/<{(%@") || strings.HasPrefix(value, "arn:"): // looked up when it runs
		default:
			return KnownFact(true, script.Origin)
		}
	}
	if open {
		return UnknownLike[bool](script.Meta)
	}
	return KnownFact(false, script.Origin)
}
