package estate

// samples lists every kind once, by its zero value. Adding a kind is a struct and a line here; the tags on the
// embedded Resource name it:
//
//	kind    name in safeguards and reports
//	var     variable a check sees it as; kinds with the same facts may share one
//	plural  list of all of them in rules, when adding an s will not do
//	store   family of database, where the kind holds data
//	scope   account, where one protects a whole account
//	cfn tf aws   types in each world, by comma
//
// and the tags on a field name the fact in each world: a path of names from the body down, alternatives by |, "type=path"
// where only one type has it, "type[name=value]=path" or "type[name!=value]=path" where only those with such a
// property have it, ",pairs=Key/Value" where a map is written as a list. A list in the way means its first
// element, * all of them. default, or cfndefault, tfdefault and awsdefault, is what holds when nothing is written;
// name:"true" marks names by which others mean the resource; secret:"true" what must never be printed.
func samples() []any {
	return []any{
		&DBInstance{}, &DBCluster{}, &DBGlobalCluster{}, &DBShardGroup{},
		&DBParameterGroup{}, &DBClusterParameterGroup{}, &DBOptionGroup{}, &DBSubnetGroup{},
		&DBClassicSecurityGroup{}, &DBClassicSecurityGroupRule{},
		&DBSnapshot{}, &DBClusterSnapshot{}, &DBSnapshotCopy{}, &DBBackupReplication{},
		&DBProxy{}, &DBProxyTargetGroup{}, &DBProxyEndpoint{}, &DBEventSubscription{}, &DBActivityStream{},
		&KMSKey{}, &KMSKeyPolicy{}, &KMSAlias{}, &KMSGrant{},
		&Secret{}, &SecretRotation{}, &SecretPolicy{}, &SecretVersion{},
		&IAMPolicy{}, &IAMUser{}, &IAMGroup{}, &IAMRole{}, &IAMAttachment{}, &IAMMembership{}, &AccessKey{}, &MFADevice{}, &LoginProfile{},
		&PasswordPolicy{}, &InstanceProfile{}, &IdentityProvider{}, &OrganizationPolicy{},
		&Topic{}, &TopicPolicy{}, &Subscription{},
		&Trail{}, &EventDataStore{}, &Bucket{}, &BucketACL{}, &BucketLogging{}, &BucketPolicy{}, &PublicAccessBlock{},
		&LogGroup{}, &MetricFilter{}, &Alarm{}, &EventRule{}, &EventTarget{}, &ResolverLog{}, &ResolverLogAssociation{},
		&Detector{}, &DetectorFeatureResource{}, &GuardDutyOrganization{}, &MacieSession{}, &ConfigRecorder{},
		&CacheReplicationGroup{}, &CacheCluster{}, &ServerlessCache{}, &CacheSubnetGroup{}, &CacheUserGroup{}, &CacheUser{},
		&CacheSecurityGroup{}, &MemoryDBCluster{}, &MemoryDBSnapshot{}, &MemoryDBUser{},
		&RedshiftCluster{}, &RedshiftLogging{}, &RedshiftParameterGroup{}, &RedshiftSubnetGroup{}, &RedshiftSecurityGroup{},
		&RedshiftCopyGrant{}, &RedshiftNamespace{}, &RedshiftWorkgroup{},
		&DMSInstance{}, &DMSSubnetGroup{}, &DMSEndpoint{}, &DMSTask{},
		&BackupVault{}, &BackupVaultLock{}, &BackupVaultPolicy{}, &BackupPlan{}, &BackupSelection{}, &BackupReportPlan{},
		&VPC{}, &VPCCIDRBlock{}, &Subnet{}, &InternetGateway{}, &GatewayAttachment{}, &EgressOnlyInternetGateway{},
		&CarrierGateway{}, &NATGateway{}, &PrefixList{}, &PrefixListEntryResource{},
		&SecurityGroup{}, &SecurityGroupRule{}, &SecurityGroupVPCAssociation{},
		&RouteTable{}, &RouteResource{}, &RouteTableAssociation{}, &MainRouteTableAssociation{},
		&NetworkACL{}, &NetworkACLEntry{}, &NetworkACLAssociation{},
		&VPCPeering{}, &TransitGateway{}, &TransitGatewayAttachment{}, &TransitGatewayPeering{}, &TransitGatewayRouteTable{},
		&TransitGatewayRoute{}, &TransitGatewayAssociation{}, &TransitGatewayPropagation{},
		&VPNGateway{}, &VPNRoutePropagation{}, &CustomerGateway{}, &VPNConnection{}, &VPNConnectionRoute{},
		&ClientVPN{}, &ClientVPNAssociation{}, &ClientVPNAuthorization{},
		&DirectConnectGateway{}, &DirectConnectAssociation{}, &CoreNetworkAttachment{},
		&VPCEndpoint{}, &VPCEndpointPolicy{}, &VPCEndpointRouteTable{}, &VPCEndpointSubnet{}, &VPCEndpointSecurityGroup{},
		&FlowLog{}, &ElasticIP{}, &ElasticIPAssociation{}, &NetworkInterface{}, &NetworkInterfaceAttachment{},
		&NetworkInterfaceGroup{}, &EC2Instance{}, &LaunchTemplate{}, &LaunchConfiguration{}, &Volume{},
		&LoadBalancer{}, &ClassicLoadBalancer{}, &Listener{}, &ListenerRule{}, &TargetGroup{}, &TargetGroupAttachment{},
		&RESTAPI{}, &RESTAPIPolicy{}, &APIStage{}, &APIMethod{}, &APIDomain{}, &HTTPAPI{}, &HTTPAPIStage{}, &HTTPAPIRoute{}, &Distribution{},
		&WebACL{}, &WAFRuleGroup{}, &WAFIPSet{}, &WAFLogging{}, &WAFAssociation{}, &ClassicWebACL{}, &ClassicRuleGroup{},
		&DynamoDBTable{}, &DynamoDBGlobalTable{}, &DynamoDBTableReplica{}, &DynamoDBKinesisDestination{},
		&DynamoDBResourcePolicy{},
		&DynamoDBTableExport{}, &DynamoDBContributorInsights{}, &ScalableTarget{}, &ScalingPolicy{},
		&DAXCluster{}, &DAXSubnetGroup{}, &DAXParameterGroup{},
		&DocumentDBCluster{}, &DocumentDBInstance{}, &DocumentDBClusterParameterGroup{}, &DocumentDBSubnetGroup{},
		&DocumentDBGlobalCluster{}, &DocumentDBClusterSnapshot{}, &DocumentDBElasticCluster{}, &DocumentDBEventSubscription{},
		&NeptuneCluster{}, &NeptuneInstance{}, &NeptuneClusterParameterGroup{}, &NeptuneParameterGroup{}, &NeptuneSubnetGroup{},
		&NeptuneGlobalCluster{}, &NeptuneClusterSnapshot{}, &NeptuneEventSubscription{}, &NeptuneGraph{},
		&TimestreamDatabase{}, &TimestreamTable{}, &TimestreamInfluxDB{}, &KeyspacesKeyspace{}, &KeyspacesTable{},
		&QLDBLedger{}, &QLDBStream{},
	}
}
