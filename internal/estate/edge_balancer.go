package estate

import "strings"

// LoadBalancer is an application, network or gateway load balancer.
type LoadBalancer struct {
	Resource `kind:"load_balancer" var:"lb" cfn:"AWS::ElasticLoadBalancingV2::LoadBalancer" tf:"aws_lb,aws_alb" aws:"elbv2:LoadBalancer"`

	ARN  Fact[string] `as:"arn" name:"true" aws:"LoadBalancerArn"`
	Name Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"LoadBalancerName"`
	// BalancerType is application, network or gateway.
	BalancerType Fact[string] `cfn:"Type" tf:"load_balancer_type" aws:"Type" default:"application"`
	// Scheme is internet-facing or internal; Terraform has InternalOnly for it. See Internal.
	Scheme         Fact[string]                `cfn:"Scheme" aws:"Scheme" default:"internet-facing"`
	InternalOnly   Fact[bool]                  `tf:"internal" default:"false"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"Subnets|SubnetMappings.*.SubnetId" tf:"subnets|subnet_mapping.*.subnet_id" aws:"AvailabilityZones.*.SubnetId"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroups" tf:"security_groups" aws:"SecurityGroups"`
	// Attributes are the settings as the API has them; Terraform writes some as arguments of their own.
	Attributes         Fact[Pairs] `cfn:"LoadBalancerAttributes,pairs=Key/Value" aws:"Attributes,pairs=Key/Value"`
	DropInvalidHeaders Fact[bool]  `tf:"drop_invalid_header_fields" default:"false"`
	DeletionProtection Fact[bool]  `tf:"enable_deletion_protection" default:"false"`
	AccessLogs         Fact[bool]  `tf:"access_logs.enabled" default:"false"`
}

// Internal reports whether the load balancer has private addresses only.
func (l *LoadBalancer) Internal() Fact[bool] {
	if l.decl.World == Terraform {
		return l.InternalOnly
	}
	if l.Scheme.State == Unknown {
		return UnknownLike[bool](l.Scheme.Meta)
	}
	return KnownFact(strings.EqualFold(l.Scheme.Value, "internal"), l.Scheme.Origin)
}

// Attribute is one of the settings as the API names it, such as routing.http.drop_invalid_header_fields.enabled;
// "" where it is not written.
func (l *LoadBalancer) Attribute(name string) Fact[string] {
	if l.Attributes.State == Unknown {
		return UnknownLike[string](l.Attributes.Meta)
	}
	if f, ok := l.Attributes.Value.Get(name); ok {
		return f
	}
	return Fact[string]{}
}

// BehindWebACL reports whether a web ACL is associated with the load balancer.
func (l *LoadBalancer) BehindWebACL() Fact[bool] { return behindWebACL(&l.Resource, nil) }

// ClassicLoadBalancer is a load balancer of the first generation.
type ClassicLoadBalancer struct {
	Resource `kind:"classic_load_balancer" var:"lb" cfn:"AWS::ElasticLoadBalancing::LoadBalancer" tf:"aws_elb" aws:"elb:LoadBalancer"`

	Name           Fact[string]                `name:"true" cfn:"LoadBalancerName" tf:"name" aws:"LoadBalancerName"`
	Scheme         Fact[string]                `cfn:"Scheme" aws:"Scheme" default:"internet-facing"`
	InternalOnly   Fact[bool]                  `tf:"internal" default:"false"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"Subnets" tf:"subnets" aws:"Subnets"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"SecurityGroups" tf:"security_groups" aws:"SecurityGroups"`
	Instances      Fact[[]Link[EC2Instance]]   `cfn:"Instances" tf:"instances" aws:"Instances.*.InstanceId"`
	Listeners      Fact[[]ClassicListener]     `cfn:"Listeners" tf:"listener" aws:"ListenerDescriptions.*.Listener"`
	AccessLogs     Fact[bool]                  `cfn:"AccessLoggingPolicy.Enabled" tf:"access_logs.enabled" default:"false"`
}

// ClassicListener is a port of a classic load balancer.
type ClassicListener struct {
	Protocol         Fact[string] `cfn:"Protocol" tf:"lb_protocol" aws:"Protocol"`
	Port             Fact[int64]  `cfn:"LoadBalancerPort" tf:"lb_port" aws:"LoadBalancerPort"`
	InstanceProtocol Fact[string] `cfn:"InstanceProtocol" tf:"instance_protocol" aws:"InstanceProtocol"`
	InstancePort     Fact[int64]  `cfn:"InstancePort" tf:"instance_port" aws:"InstancePort"`
	Certificate      Fact[string] `cfn:"SSLCertificateId" tf:"ssl_certificate_id" aws:"SSLCertificateId"`
}

// Internal reports whether the load balancer has private addresses only.
func (l *ClassicLoadBalancer) Internal() Fact[bool] {
	if l.decl.World == Terraform {
		return l.InternalOnly
	}
	if l.Scheme.State == Unknown {
		return UnknownLike[bool](l.Scheme.Meta)
	}
	return KnownFact(strings.EqualFold(l.Scheme.Value, "internal"), l.Scheme.Origin)
}

// Listener is a port of a load balancer.
type Listener struct {
	Resource `kind:"listener" cfn:"AWS::ElasticLoadBalancingV2::Listener" tf:"aws_lb_listener,aws_alb_listener" aws:"elbv2:Listener"`

	ARN      Fact[string]       `as:"arn" name:"true" aws:"ListenerArn"`
	Balancer Link[LoadBalancer] `cfn:"LoadBalancerArn" tf:"load_balancer_arn" aws:"LoadBalancerArn"`
	Port     Fact[int64]        `cfn:"Port" tf:"port" aws:"Port"`
	// Protocol is HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP or GENEVE.
	Protocol Fact[string] `cfn:"Protocol" tf:"protocol" aws:"Protocol" tfdefault:"HTTP"`
	// SSLPolicy names the protocols and ciphers that clients may use.
	SSLPolicy    Fact[string]           `as:"ssl_policy" cfn:"SslPolicy" tf:"ssl_policy" aws:"SslPolicy"`
	Certificates Fact[Strings]          `cfn:"Certificates.*.CertificateArn" tf:"certificate_arn" aws:"Certificates.*.CertificateArn"`
	Actions      Fact[[]ListenerAction] `cfn:"DefaultActions" tf:"default_action" aws:"DefaultActions"`
	// ClientCertificates is off, verify or passthrough.
	ClientCertificates Fact[string] `cfn:"MutualAuthentication.Mode" tf:"mutual_authentication.mode" aws:"MutualAuthentication.Mode" default:"off"`
}

// ListenerAction is what a listener does with a request.
type ListenerAction struct {
	ActionType       Fact[string]              `as:"type" cfn:"Type" tf:"type" aws:"Type"`
	TargetGroups     Fact[[]Link[TargetGroup]] `cfn:"TargetGroupArn|ForwardConfig.TargetGroups.*.TargetGroupArn" tf:"target_group_arn|forward.target_group.*.arn" aws:"TargetGroupArn|ForwardConfig.TargetGroups.*.TargetGroupArn"`
	RedirectProtocol Fact[string]              `cfn:"RedirectConfig.Protocol" tf:"redirect.protocol" aws:"RedirectConfig.Protocol"`
}

// ListenerRule sends some requests of a listener elsewhere.
type ListenerRule struct {
	Resource `kind:"listener_rule" cfn:"AWS::ElasticLoadBalancingV2::ListenerRule" tf:"aws_lb_listener_rule,aws_alb_listener_rule" aws:"elbv2:Rule"`

	Listener Link[Listener]         `cfn:"ListenerArn" tf:"listener_arn"`
	Priority Fact[int64]            `cfn:"Priority" tf:"priority" aws:"Priority"`
	Actions  Fact[[]ListenerAction] `cfn:"Actions" tf:"action" aws:"Actions"`
}

// TargetGroup is what a load balancer sends requests to.
type TargetGroup struct {
	Resource `kind:"target_group" cfn:"AWS::ElasticLoadBalancingV2::TargetGroup" tf:"aws_lb_target_group,aws_alb_target_group" aws:"elbv2:TargetGroup"`

	ARN      Fact[string] `as:"arn" name:"true" aws:"TargetGroupArn"`
	Name     Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"TargetGroupName"`
	Port     Fact[int64]  `cfn:"Port" tf:"port" aws:"Port"`
	Protocol Fact[string] `cfn:"Protocol" tf:"protocol" aws:"Protocol"`
	VPC      Link[VPC]    `cfn:"VpcId" tf:"vpc_id" aws:"VpcId"`
	// TargetType is instance, ip, lambda or alb. By ip a network load balancer can lead to a database.
	TargetType Fact[string]           `cfn:"TargetType" tf:"target_type" aws:"TargetType" default:"instance"`
	Targets    Fact[[]Link[Resource]] `cfn:"Targets.*.Id"`
}

// TargetGroupAttachment puts a target into a group.
type TargetGroupAttachment struct {
	Resource `kind:"target_group_attachment" tf:"aws_lb_target_group_attachment,aws_alb_target_group_attachment"`

	Group  Link[TargetGroup] `tf:"target_group_arn"`
	Target Link[Resource]    `tf:"target_id"`
	Port   Fact[int64]       `tf:"port"`
}
