package estate

import "cmp"

// Distribution is a CloudFront distribution.
type Distribution struct {
	Resource `kind:"distribution" cfn:"AWS::CloudFront::Distribution" tf:"aws_cloudfront_distribution" aws:"cloudfront:Distribution"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"Id"`
	Enabled    Fact[bool]   `cfn:"DistributionConfig.Enabled" tf:"enabled" aws:"DistributionConfig.Enabled"`
	// WebACL is an ARN of AWS WAF, or an identifier of WAF Classic.
	WebACL          Link[Resource]             `as:"web_acl" cfn:"DistributionConfig.WebACLId" tf:"web_acl_id" aws:"DistributionConfig.WebACLId"`
	Origins         Fact[[]DistributionOrigin] `cfn:"DistributionConfig.Origins" tf:"origin" aws:"DistributionConfig.Origins.Items"`
	DefaultBehavior Fact[CacheBehavior]        `cfn:"DistributionConfig.DefaultCacheBehavior" tf:"default_cache_behavior" aws:"DistributionConfig.DefaultCacheBehavior"`
	Behaviors       Fact[[]CacheBehavior]      `cfn:"DistributionConfig.CacheBehaviors" tf:"ordered_cache_behavior" aws:"DistributionConfig.CacheBehaviors.Items"`
	// MinimumTLS is a name such as TLSv1.2_2021; TLSv1 where CloudFront's own certificate is used.
	MinimumTLS         Fact[string] `as:"minimum_tls" cfn:"DistributionConfig.ViewerCertificate.MinimumProtocolVersion" tf:"viewer_certificate.minimum_protocol_version" aws:"DistributionConfig.ViewerCertificate.MinimumProtocolVersion" default:"TLSv1"`
	DefaultCertificate Fact[bool]   `cfn:"DistributionConfig.ViewerCertificate.CloudFrontDefaultCertificate" tf:"viewer_certificate.cloudfront_default_certificate" aws:"DistributionConfig.ViewerCertificate.CloudFrontDefaultCertificate" default:"false"`
	LogBucket          Fact[string] `cfn:"DistributionConfig.Logging.Bucket" tf:"logging_config.bucket" aws:"DistributionConfig.Logging.Bucket"`
}

// PlainPaths names the paths that are not known to be served over HTTPS only, with what is written for each.
func (d *Distribution) PlainPaths() Fact[Strings] {
	if d.DefaultBehavior.State == Unknown {
		return UnknownLike[Strings](d.DefaultBehavior.Meta)
	}
	if d.Behaviors.State == Unknown {
		return UnknownLike[Strings](d.Behaviors.Meta)
	}
	out := KnownFact(Strings{}, d.DefaultBehavior.Origin)
	add := func(path string, protocol *Fact[string]) {
		if protocol.State == Known && (protocol.Value == "https-only" || protocol.Value == "redirect-to-https") {
			return
		}
		if len(out.Value) == 0 {
			out.Origin = protocol.Origin
		}
		text := cmp.Or(protocol.Value, "nothing")
		if protocol.State == Unknown {
			text = "what is not known"
		}
		out.Value = append(out.Value, KnownFact(text+" for "+path, protocol.Origin))
	}
	add("the rest", &d.DefaultBehavior.Value.ViewerProtocol)
	for i := range d.Behaviors.Value {
		b := &d.Behaviors.Value[i]
		add(cmp.Or(b.Path.Value, b.Path.Text), &b.ViewerProtocol)
	}
	return out
}

// CacheBehavior is how a distribution treats the requests for some paths.
type CacheBehavior struct {
	Path   Fact[string] `cfn:"PathPattern" tf:"path_pattern" aws:"PathPattern"`
	Origin Fact[string] `cfn:"TargetOriginId" tf:"target_origin_id" aws:"TargetOriginId"`
	// ViewerProtocol is allow-all, https-only or redirect-to-https.
	ViewerProtocol  Fact[string] `cfn:"ViewerProtocolPolicy" tf:"viewer_protocol_policy" aws:"ViewerProtocolPolicy"`
	FieldEncryption Fact[string] `cfn:"FieldLevelEncryptionId" tf:"field_level_encryption_id" aws:"FieldLevelEncryptionId"`
}

// DistributionOrigin is where a distribution gets what it serves.
type DistributionOrigin struct {
	OriginID Fact[string] `as:"id" cfn:"Id" tf:"origin_id" aws:"Id"`
	// Domain is the origin's name; where it is a load balancer's or a bucket's, Target is that.
	Domain        Fact[string]   `cfn:"DomainName" tf:"domain_name" aws:"DomainName"`
	Target        Link[Resource] `cfn:"DomainName" tf:"domain_name" aws:"DomainName"`
	AccessControl Fact[string]   `cfn:"OriginAccessControlId" tf:"origin_access_control_id" aws:"OriginAccessControlId"`
	// Protocol is http-only, https-only or match-viewer.
	Protocol     Fact[string]  `cfn:"CustomOriginConfig.OriginProtocolPolicy" tf:"custom_origin_config.origin_protocol_policy" aws:"CustomOriginConfig.OriginProtocolPolicy"`
	SSLProtocols Fact[Strings] `as:"ssl_protocols" cfn:"CustomOriginConfig.OriginSSLProtocols" tf:"custom_origin_config.origin_ssl_protocols" aws:"CustomOriginConfig.OriginSslProtocols.Items"`
	VPCOrigin    Fact[string]  `as:"vpc_origin" cfn:"VpcOriginConfig.VpcOriginId" tf:"vpc_origin_config.vpc_origin_id" aws:"VpcOriginConfig.VpcOriginId"`
}
