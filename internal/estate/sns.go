package estate

// Topic is an SNS topic.
type Topic struct {
	Resource `kind:"sns_topic" var:"topic" cfn:"AWS::SNS::Topic" tf:"aws_sns_topic" aws:"sns:Topic" arn:"sns:{region}:{account}:{name}"`

	Name          Fact[string]               `name:"true" cfn:"TopicName" tf:"name" aws:"Name"`
	KMSKey        Link[KMSKey]               `cfn:"KmsMasterKeyId" tf:"kms_master_key_id" aws:"KmsMasterKeyId"`
	Policy        Fact[Document]             `tf:"policy" aws:"Policy"`
	Subscriptions Fact[[]InlineSubscription] `cfn:"Subscription"`
}

// InlineSubscription is a subscription written in its topic.
type InlineSubscription struct {
	Protocol Fact[string] `cfn:"Protocol"`
	Endpoint Fact[string] `cfn:"Endpoint"`
}

// TopicPolicy is the resource policy of topics.
type TopicPolicy struct {
	Resource `kind:"sns_topic_policy" var:"topic" plural:"sns_topic_policies" cfn:"AWS::SNS::TopicPolicy" tf:"aws_sns_topic_policy"`

	Topics Fact[[]Link[Topic]] `cfn:"Topics" tf:"arn"`
	Policy Fact[Document]      `cfn:"PolicyDocument" tf:"policy"`
}

// Subscription sends a topic's messages somewhere.
type Subscription struct {
	Resource `kind:"sns_subscription" var:"subscription" cfn:"AWS::SNS::Subscription" tf:"aws_sns_topic_subscription" aws:"sns:Subscription"`

	Topic    Link[Topic]  `cfn:"TopicArn" tf:"topic_arn" aws:"TopicArn"`
	Protocol Fact[string] `cfn:"Protocol" tf:"protocol" aws:"Protocol"`
	Endpoint Fact[string] `cfn:"Endpoint" tf:"endpoint" aws:"Endpoint"`
}

// CustomerKey reports whether a key is named that the customer manages.
func (t *Topic) CustomerKey() Fact[bool] { return customerKey(&t.KMSKey) }
