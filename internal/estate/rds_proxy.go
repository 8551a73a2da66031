package estate

// DBProxy is an RDS Proxy: a pool of connections in front of instances and clusters, with endpoints of its own.
type DBProxy struct {
	Resource `kind:"db_proxy" var:"proxy" cfn:"AWS::RDS::DBProxy" tf:"aws_db_proxy" aws:"rds:DBProxy"`

	Name         Fact[string] `name:"true" cfn:"DBProxyName" tf:"name" aws:"DBProxyName"`
	EngineFamily Fact[string] `cfn:"EngineFamily" tf:"engine_family" aws:"EngineFamily"`
	// RequireTLS refuses clients that do not encrypt.
	RequireTLS Fact[bool] `cfn:"RequireTLS" tf:"require_tls" aws:"RequireTLS" default:"false"`
	// DebugLogging writes the text of SQL statements, with the data in them, to the log for a day.
	DebugLogging   Fact[bool]                  `cfn:"DebugLogging" tf:"debug_logging" aws:"DebugLogging" default:"false"`
	IdleSeconds    Fact[int64]                 `cfn:"IdleClientTimeout" tf:"idle_client_timeout" aws:"IdleClientTimeout" default:"1800"`
	Role           Fact[string]                `cfn:"RoleArn" tf:"role_arn" aws:"RoleArn"`
	Auth           Fact[[]DBProxyAuth]         `cfn:"Auth" tf:"auth" aws:"Auth"`
	DefaultAuth    Fact[string]                `cfn:"DefaultAuthScheme" tf:"default_auth_scheme" aws:"DefaultAuthScheme"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids" aws:"VpcSecurityGroupIds"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"VpcSubnetIds" tf:"vpc_subnet_ids" aws:"VpcSubnetIds"`
}

// DBProxyAuth is one way of logging in to a proxy: a secret that holds a database user's password.
type DBProxyAuth struct {
	Scheme Fact[string] `cfn:"AuthScheme" tf:"auth_scheme" aws:"AuthScheme"`
	// IAM is REQUIRED where clients show an IAM token instead of the password.
	IAM            Fact[string] `as:"iam" cfn:"IAMAuth" tf:"iam_auth" aws:"IAMAuth" default:"DISABLED"`
	Secret         Fact[string] `cfn:"SecretArn" tf:"secret_arn" aws:"SecretArn"`
	ClientPassword Fact[string] `cfn:"ClientPasswordAuthType" tf:"client_password_auth_type" aws:"ClientPasswordAuthType"`
}

// DBProxyTargetGroup says which instances or cluster a proxy leads to.
type DBProxyTargetGroup struct {
	Resource `kind:"db_proxy_target_group" cfn:"AWS::RDS::DBProxyTargetGroup" tf:"aws_db_proxy_target,aws_db_proxy_default_target_group"`

	Proxy     Link[DBProxy]            `cfn:"DBProxyName" tf:"db_proxy_name"`
	Instances Fact[[]Link[DBInstance]] `cfn:"DBInstanceIdentifiers" tf:"db_instance_identifier"`
	Clusters  Fact[[]Link[DBCluster]]  `cfn:"DBClusterIdentifiers" tf:"db_cluster_identifier"`
}

// DBProxyEndpoint is a further endpoint of a proxy, perhaps in another VPC.
type DBProxyEndpoint struct {
	Resource `kind:"db_proxy_endpoint" cfn:"AWS::RDS::DBProxyEndpoint" tf:"aws_db_proxy_endpoint" aws:"rds:DBProxyEndpoint"`

	Name           Fact[string]                `name:"true" cfn:"DBProxyEndpointName" tf:"db_proxy_endpoint_name" aws:"DBProxyEndpointName"`
	Proxy          Link[DBProxy]               `cfn:"DBProxyName" tf:"db_proxy_name" aws:"DBProxyName"`
	TargetRole     Fact[string]                `cfn:"TargetRole" tf:"target_role" aws:"TargetRole" default:"READ_WRITE"`
	SecurityGroups Fact[[]Link[SecurityGroup]] `cfn:"VpcSecurityGroupIds" tf:"vpc_security_group_ids" aws:"VpcSecurityGroupIds"`
	Subnets        Fact[[]Link[Subnet]]        `cfn:"VpcSubnetIds" tf:"vpc_subnet_ids" aws:"VpcSubnetIds"`
}

// DBEventSubscription sends RDS events to an SNS topic. No source type means all of them, no category every one.
type DBEventSubscription struct {
	Resource `kind:"db_event_subscription" var:"subscription" cfn:"AWS::RDS::EventSubscription" tf:"aws_db_event_subscription" aws:"rds:EventSubscription"`

	Name       Fact[string]  `name:"true" cfn:"SubscriptionName" tf:"name" aws:"CustSubscriptionId"`
	Topic      Fact[string]  `cfn:"SnsTopicArn" tf:"sns_topic|sns_topic_arn" aws:"SnsTopicArn"`
	Enabled    Fact[bool]    `cfn:"Enabled" tf:"enabled" aws:"Enabled" default:"true"`
	SourceType Fact[string]  `cfn:"SourceType" tf:"source_type" aws:"SourceType"`
	Sources    Fact[Strings] `cfn:"SourceIds" tf:"source_ids" aws:"SourceIdsList"`
	Categories Fact[Strings] `cfn:"EventCategories" tf:"event_categories" aws:"EventCategoriesList"`
}

// Covers reports whether events of a category reach the topic.
func (s *DBEventSubscription) Covers(category string) Fact[bool] {
	switch {
	case s.Enabled.State == Unknown:
		return UnknownLike[bool](s.Enabled.Meta)
	case !s.Enabled.Value:
		return KnownFact(false, s.Enabled.Origin)
	case s.Categories.State == Unknown:
		return UnknownLike[bool](s.Categories.Meta)
	case len(s.Categories.Value) == 0:
		return KnownFact(true, s.Categories.Origin)
	}
	out := KnownFact(false, s.Categories.Origin)
	for i := range s.Categories.Value {
		c := &s.Categories.Value[i]
		if c.State == Unknown {
			out = UnknownLike[bool](c.Meta)
		} else if c.Value == category {
			return KnownFact(true, c.Origin)
		}
	}
	return out
}

// DBActivityStream sends what happens in a database to a Kinesis stream that its administrators cannot touch.
type DBActivityStream struct {
	Resource `kind:"db_activity_stream" var:"stream" tf:"aws_rds_cluster_activity_stream"`

	Cluster Link[DBCluster] `tf:"resource_arn"`
	// Mode is sync, where a statement waits until its record is safe, or async.
	Mode   Fact[string] `tf:"mode"`
	KMSKey Link[KMSKey] `tf:"kms_key_id"`
}

// CustomerKey reports whether the stream names a key the customer manages.
func (s *DBActivityStream) CustomerKey() Fact[bool] { return customerKey(&s.KMSKey) }
