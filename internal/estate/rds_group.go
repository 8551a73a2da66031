package estate

import "strings"

// DBParameterGroup holds the engine parameters of instances.
type DBParameterGroup struct {
	Resource `kind:"db_parameter_group" var:"group" cfn:"AWS::RDS::DBParameterGroup" tf:"aws_db_parameter_group" aws:"rds:DBParameterGroup"`

	Name        Fact[string] `name:"true" cfn:"DBParameterGroupName" tf:"name" aws:"DBParameterGroupName"`
	Family      Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Description Fact[string] `cfn:"Description" tf:"description" aws:"Description"`
	Parameters  Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// DBClusterParameterGroup holds the engine parameters of clusters.
type DBClusterParameterGroup struct {
	Resource `kind:"db_cluster_parameter_group" var:"group" cfn:"AWS::RDS::DBClusterParameterGroup" tf:"aws_rds_cluster_parameter_group" aws:"rds:DBClusterParameterGroup"`

	Name        Fact[string] `name:"true" cfn:"DBClusterParameterGroupName" tf:"name" aws:"DBClusterParameterGroupName"`
	Family      Fact[string] `cfn:"Family" tf:"family" aws:"DBParameterGroupFamily"`
	Description Fact[string] `cfn:"Description" tf:"description" aws:"Description"`
	Parameters  Fact[Pairs]  `cfn:"Parameters" tf:"parameter,pairs=name/value" aws:"Parameters,pairs=ParameterName/ParameterValue"`
}

// DBOptionGroup holds the engine options of instances, such as TDE.
type DBOptionGroup struct {
	Resource `kind:"db_option_group" var:"group" cfn:"AWS::RDS::OptionGroup" tf:"aws_db_option_group" aws:"rds:OptionGroup"`

	Name         Fact[string]     `name:"true" cfn:"OptionGroupName" tf:"name" aws:"OptionGroupName"`
	Engine       Fact[string]     `cfn:"EngineName" tf:"engine_name" aws:"EngineName"`
	MajorVersion Fact[string]     `cfn:"MajorEngineVersion" tf:"major_engine_version" aws:"MajorEngineVersion"`
	Options      Fact[[]DBOption] `cfn:"OptionConfigurations" tf:"option" aws:"Options"`
}

// DBOption is one option of an option group.
type DBOption struct {
	Name     Fact[string] `cfn:"OptionName" tf:"option_name" aws:"OptionName"`
	Version  Fact[string] `cfn:"OptionVersion" tf:"version" aws:"OptionVersion"`
	Port     Fact[int64]  `cfn:"Port" tf:"port" aws:"Port"`
	Settings Fact[Pairs]  `cfn:"OptionSettings,pairs=Name/Value" tf:"option_settings,pairs=name/value" aws:"OptionSettings,pairs=Name/Value"`
}

// Option reports whether the group has the option of that name.
func (g *DBOptionGroup) Option(name string) Fact[bool] {
	_, has := g.find(name)
	return has
}

// OptionSetting is the value of a setting, written OPTION/SETTING; empty where the option or the setting is not there.
func (g *DBOptionGroup) OptionSetting(path string) Fact[string] {
	name, setting, _ := strings.Cut(path, "/")
	o, has := g.find(name)
	switch {
	case has.State == Unknown:
		return UnknownLike[string](has.Meta)
	case o == nil:
	case o.Settings.State == Unknown:
		return UnknownLike[string](o.Settings.Meta)
	default:
		if f, ok := o.Settings.Value.Get(setting); ok {
			return f
		}
	}
	return Fact[string]{Meta: Meta{Origin: g.decl.Origin}}
}

func (g *DBOptionGroup) find(name string) (*DBOption, Fact[bool]) {
	if g.Options.State == Unknown {
		return nil, UnknownLike[bool](g.Options.Meta)
	}
	var open *Meta
	for i := range g.Options.Value {
		o := &g.Options.Value[i]
		if o.Name.State == Unknown {
			open = &o.Name.Meta
		} else if strings.EqualFold(o.Name.Value, name) {
			return o, KnownFact(true, o.Name.Origin)
		}
	}
	if open != nil {
		return nil, UnknownLike[bool](*open)
	}
	return nil, KnownFact(false, g.Options.Origin)
}

// DBSubnetGroup says in which subnets instances stand.
type DBSubnetGroup struct {
	Resource `kind:"db_subnet_group" var:"group" cfn:"AWS::RDS::DBSubnetGroup" tf:"aws_db_subnet_group" aws:"rds:DBSubnetGroup"`

	Name    Fact[string]         `name:"true" cfn:"DBSubnetGroupName" tf:"name" aws:"DBSubnetGroupName"`
	Subnets Fact[[]Link[Subnet]] `cfn:"SubnetIds" tf:"subnet_ids" aws:"Subnets.*.SubnetIdentifier"`
}

// DBClassicSecurityGroup is a firewall of EC2-Classic, from before there were VPCs. RDS no longer makes any.
type DBClassicSecurityGroup struct {
	Resource `kind:"db_classic_security_group" var:"sg" cfn:"AWS::RDS::DBSecurityGroup" tf:"aws_db_security_group" aws:"rds:DBSecurityGroup"`

	Name    Fact[string]          `name:"true" tf:"name" aws:"DBSecurityGroupName"`
	Ingress Fact[[]DBClassicRule] `cfn:"DBSecurityGroupIngress" tf:"ingress" aws:"IPRanges"`
}

// DBClassicSecurityGroupRule is a rule of a classic group written on its own. It has the same facts as a group, holding
// one rule.
type DBClassicSecurityGroupRule struct {
	Resource `kind:"db_classic_security_group_rule" var:"sg" cfn:"AWS::RDS::DBSecurityGroupIngress"`

	Group   Link[DBClassicSecurityGroup] `cfn:"DBSecurityGroupName"`
	Ingress Fact[[]DBClassicRule]        `cfn:"."`
}

// DBClassicRule admits a range of addresses, or a group of EC2-Classic.
type DBClassicRule struct {
	At    Origin       `json:"-" fact:"-"`
	CIDR  Fact[string] `as:"cidr" cfn:"CIDRIP" tf:"cidr" aws:"CIDRIP"`
	Group Fact[string] `cfn:"EC2SecurityGroupId|EC2SecurityGroupName" tf:"security_group_id|security_group_name"`
}

func (r *DBClassicRule) place(o Origin) { r.At = o }
