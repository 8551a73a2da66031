package estate

import (
	"slices"
	"strings"
)

// RESTAPI is a REST API of API Gateway.
type RESTAPI struct {
	Resource `kind:"rest_api" var:"api" cfn:"AWS::ApiGateway::RestApi,AWS::Serverless::Api" tf:"aws_api_gateway_rest_api" aws:"apigateway:RestApi"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"id"`
	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"name"`
	// EndpointTypes are EDGE, REGIONAL or PRIVATE.
	EndpointTypes Fact[Strings]             `cfn:"EndpointConfiguration.Types|AWS::Serverless::Api=EndpointConfiguration.Type" tf:"endpoint_configuration.types" aws:"endpointConfiguration.types" default:"EDGE"`
	Endpoints     Fact[[]Link[VPCEndpoint]] `cfn:"EndpointConfiguration.VpcEndpointIds|EndpointConfiguration.VPCEndpointIds" tf:"endpoint_configuration.vpc_endpoint_ids" aws:"endpointConfiguration.vpcEndpointIds"`
	// Policy says who may call the API, and from where.
	Policy             Fact[Document] `cfn:"Policy" tf:"policy" aws:"policy"`
	DefaultEndpointOff Fact[bool]     `cfn:"DisableExecuteApiEndpoint" tf:"disable_execute_api_endpoint" aws:"disableExecuteApiEndpoint" default:"false"`
}

// RESTAPIPolicy is a REST API's policy that Terraform writes on its own.
type RESTAPIPolicy struct {
	Resource `kind:"rest_api_policy" var:"api" plural:"rest_api_policies" tf:"aws_api_gateway_rest_api_policy"`

	API    Link[RESTAPI]  `as:"api" tf:"rest_api_id"`
	Policy Fact[Document] `tf:"policy"`
}

// Private reports whether the API can be reached from VPCs only.
func (a *RESTAPI) Private() Fact[bool] {
	if a.EndpointTypes.State == Unknown {
		return UnknownLike[bool](a.EndpointTypes.Meta)
	}
	var unknown *Meta
	for i := range a.EndpointTypes.Value {
		t := &a.EndpointTypes.Value[i]
		if t.State == Unknown {
			unknown = &t.Meta
		} else if strings.EqualFold(t.Value, "PRIVATE") {
			return KnownFact(true, t.Origin)
		}
	}
	if unknown != nil {
		return UnknownLike[bool](*unknown)
	}
	return KnownFact(false, a.EndpointTypes.Origin)
}

// APIStage is a REST API as clients reach it.
type APIStage struct {
	Resource `kind:"api_stage" var:"stage" cfn:"AWS::ApiGateway::Stage" tf:"aws_api_gateway_stage" aws:"apigateway:Stage"`

	Name            Fact[string]        `cfn:"StageName" tf:"stage_name" aws:"stageName"`
	API             Link[RESTAPI]       `as:"api" cfn:"RestApiId" tf:"rest_api_id"`
	AccessLog       Fact[string]        `cfn:"AccessLogSetting.DestinationArn" tf:"access_log_settings.destination_arn" aws:"accessLogSettings.destinationArn"`
	AccessLogFormat Fact[string]        `cfn:"AccessLogSetting.Format" tf:"access_log_settings.format" aws:"accessLogSettings.format"`
	Tracing         Fact[bool]          `cfn:"TracingEnabled" tf:"xray_tracing_enabled" aws:"tracingEnabled" default:"false"`
	Cache           Fact[bool]          `cfn:"CacheClusterEnabled" tf:"cache_cluster_enabled" aws:"cacheClusterEnabled" default:"false"`
	ClientCert      Fact[string]        `cfn:"ClientCertificateId" tf:"client_certificate_id" aws:"clientCertificateId"`
	AttachedWebACL  Fact[string]        `as:"attached_web_acl" aws:"webAclArn"`
	Methods         Fact[[]StageMethod] `cfn:"MethodSettings" aws:"methodSettings"`
}

// StageMethod is a stage's settings for some methods.
type StageMethod struct {
	Path           Fact[string] `cfn:"ResourcePath"`
	Method         Fact[string] `cfn:"HttpMethod"`
	LogLevel       Fact[string] `cfn:"LoggingLevel" default:"OFF"`
	DataTrace      Fact[bool]   `cfn:"DataTraceEnabled" default:"false"`
	CacheEncrypted Fact[bool]   `cfn:"CacheDataEncrypted" default:"false"`
}

// Private reports whether the stage's API can be reached from VPCs only.
func (s *APIStage) Private() Fact[bool] {
	if a := s.API.Target(); a != nil {
		return a.Private()
	}
	elsewhere := s.API.Meta
	elsewhere.Why = "read the files that declare the API of " + s.Address() + " too"
	return UnknownLike[bool](elsewhere)
}

// BehindWebACL reports whether a web ACL is associated with the stage.
func (s *APIStage) BehindWebACL() Fact[bool] {
	if s.AttachedWebACL.State == Known {
		return KnownFact(s.AttachedWebACL.Value != "", s.AttachedWebACL.Origin)
	}
	return behindWebACL(&s.Resource, s.namedBy)
}

// namedBy knows a stage by the ARN that CloudFormation's associations put together:
// arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Stage}.
func (s *APIStage) namedBy(a *WAFAssociation) (yes, maybe bool) {
	text := a.Target.Text
	if text == "" {
		text = a.Target.Value
	}
	_, rest, ok := strings.Cut(text, "/restapis/")
	if !ok || a.decl.Unit != s.decl.Unit {
		return false, false
	}
	api, stage, ok := strings.Cut(rest, "/stages/")
	if !ok {
		return false, false
	}
	own := []string{"${" + s.logicalID() + "}"}
	if s.Name.State == Known {
		own = append(own, s.Name.Value)
	}
	if !slices.Contains(own, stage) {
		return false, strings.Contains(stage, "${") && !slices.ContainsFunc(All[APIStage](s.estate), func(o *APIStage) bool {
			return o.decl.Unit == s.decl.Unit && stage == "${"+o.logicalID()+"}"
		})
	}
	if stage == own[0] || s.API.To == nil {
		return true, false
	}
	name := func(r AnyResource) string { return "${" + afterLast(r.Base().Address(), '.') + "}" }
	if api == name(s.API.To) {
		return true, false
	}
	return false, strings.Contains(api, "${") && !slices.ContainsFunc(All[RESTAPI](s.estate), func(o *RESTAPI) bool {
		return o.decl.Unit == s.decl.Unit && api == name(o)
	})
}

// logicalID is what a template calls the stage: Prod, or Api.Stage where SAM makes it with an API.
func (s *APIStage) logicalID() string {
	if _, name, ok := strings.Cut(s.decl.Address, "."); ok {
		return name
	}
	return s.decl.Address
}

// APIMethod is one method of a REST API's resource.
type APIMethod struct {
	Resource `kind:"api_method" var:"method" cfn:"AWS::ApiGateway::Method" tf:"aws_api_gateway_method"`

	API    Link[RESTAPI] `as:"api" cfn:"RestApiId" tf:"rest_api_id"`
	Method Fact[string]  `cfn:"HttpMethod" tf:"http_method"`
	// Authorization is NONE, AWS_IAM, CUSTOM or COGNITO_USER_POOLS.
	Authorization Fact[string] `cfn:"AuthorizationType" tf:"authorization" default:"NONE"`
	APIKey        Fact[bool]   `as:"api_key" cfn:"ApiKeyRequired" tf:"api_key_required" default:"false"`
}

// APIDomain is a REST API's name of one's own.
type APIDomain struct {
	Resource `kind:"api_domain" var:"domain" cfn:"AWS::ApiGateway::DomainName" tf:"aws_api_gateway_domain_name" aws:"apigateway:DomainName"`

	Name           Fact[string]  `name:"true" cfn:"DomainName" tf:"domain_name" aws:"domainName"`
	SecurityPolicy Fact[string]  `cfn:"SecurityPolicy" tf:"security_policy" aws:"securityPolicy"`
	EndpointTypes  Fact[Strings] `cfn:"EndpointConfiguration.Types" tf:"endpoint_configuration.types" aws:"endpointConfiguration.types"`
	Truststore     Fact[string]  `cfn:"MutualTlsAuthentication.TruststoreUri" tf:"mutual_tls_authentication.truststore_uri" aws:"mutualTlsAuthentication.truststoreUri"`
}

// HTTPAPI is an HTTP or WebSocket API of API Gateway.
type HTTPAPI struct {
	Resource `kind:"http_api" var:"api" cfn:"AWS::ApiGatewayV2::Api,AWS::Serverless::HttpApi" tf:"aws_apigatewayv2_api" aws:"apigatewayv2:Api"`

	AssignedID Fact[string] `as:"id" name:"true" aws:"ApiId"`
	Name       Fact[string] `name:"true" cfn:"Name" tf:"name" aws:"Name"`
	// ProtocolType is HTTP or WEBSOCKET.
	ProtocolType Fact[string] `cfn:"ProtocolType" tf:"protocol_type" aws:"ProtocolType"`
}

// HTTPAPIStage is an HTTP or WebSocket API as clients reach it.
type HTTPAPIStage struct {
	Resource `kind:"http_api_stage" var:"stage" cfn:"AWS::ApiGatewayV2::Stage" tf:"aws_apigatewayv2_stage" aws:"apigatewayv2:Stage"`

	Name            Fact[string]  `cfn:"StageName" tf:"name" aws:"StageName"`
	API             Link[HTTPAPI] `as:"api" cfn:"ApiId" tf:"api_id"`
	AccessLog       Fact[string]  `cfn:"AccessLogSettings.DestinationArn" tf:"access_log_settings.destination_arn" aws:"AccessLogSettings.DestinationArn"`
	AccessLogFormat Fact[string]  `cfn:"AccessLogSettings.Format" tf:"access_log_settings.format" aws:"AccessLogSettings.Format"`
}

// HTTPAPIRoute is one route of an HTTP or WebSocket API.
type HTTPAPIRoute struct {
	Resource `kind:"http_api_route" var:"method" cfn:"AWS::ApiGatewayV2::Route" tf:"aws_apigatewayv2_route" aws:"apigatewayv2:Route"`

	API    Link[HTTPAPI] `as:"api" cfn:"ApiId" tf:"api_id"`
	Method Fact[string]  `cfn:"RouteKey" tf:"route_key" aws:"RouteKey"`
	// Authorization is NONE, AWS_IAM, CUSTOM or JWT.
	Authorization Fact[string] `cfn:"AuthorizationType" tf:"authorization_type" aws:"AuthorizationType" default:"NONE"`
	APIKey        Fact[bool]   `as:"api_key" cfn:"ApiKeyRequired" tf:"api_key_required" aws:"ApiKeyRequired" default:"false"`
}
