package estate

// Bucket is an S3 bucket, as far as logs of databases lie in it.
type Bucket struct {
	Resource `kind:"s3_bucket" var:"bucket" cfn:"AWS::S3::Bucket" tf:"aws_s3_bucket" aws:"s3:Bucket" arn:"s3:::{name}"`

	Name       Fact[string] `name:"true" cfn:"BucketName" tf:"bucket" aws:"Name"`
	ACL        Fact[string] `as:"acl" cfn:"AccessControl" tf:"acl" cfndefault:"Private" tfdefault:"private"`
	LogBucket  Fact[string] `cfn:"LoggingConfiguration.DestinationBucketName" tf:"logging.target_bucket"`
	LogPrefix  Fact[string] `cfn:"LoggingConfiguration.LogFilePrefix" tf:"logging.target_prefix"`
	Versioning Fact[string] `cfn:"VersioningConfiguration.Status" tf:"versioning.enabled"`

	BlockPublicACLs   Fact[bool] `as:"block_public_acls" cfn:"PublicAccessBlockConfiguration.BlockPublicAcls" default:"true"`
	BlockPublicPolicy Fact[bool] `cfn:"PublicAccessBlockConfiguration.BlockPublicPolicy" default:"true"`
	IgnorePublicACLs  Fact[bool] `as:"ignore_public_acls" cfn:"PublicAccessBlockConfiguration.IgnorePublicAcls" default:"true"`
	RestrictPublic    Fact[bool] `cfn:"PublicAccessBlockConfiguration.RestrictPublicBuckets" default:"true"`
}

// Public reports whether the bucket's own or separate access control list opens it to everyone.
func (b *Bucket) Public() Fact[bool] {
	if b.ACL.State == Unknown {
		return UnknownLike[bool](b.ACL.Meta)
	}
	if publicACL(b.ACL.Value) {
		return KnownFact(true, b.ACL.Origin)
	}
	for _, a := range All[BucketACL](b.estate) {
		if a.Bucket.To != AnyResource(b) {
			continue
		}
		if a.ACL.State == Unknown {
			return UnknownLike[bool](a.ACL.Meta)
		}
		if publicACL(a.ACL.Value) {
			return KnownFact(true, a.ACL.Origin)
		}
	}
	return KnownFact(false, b.decl.Origin)
}

func publicACL(acl string) bool {
	switch acl {
	case "public-read", "public-read-write", "authenticated-read", "website", "PublicRead", "PublicReadWrite", "AuthenticatedRead":
		return true
	}
	return false
}

// AccessLogged reports whether accesses to the bucket are logged, by the bucket itself or a separate resource.
func (b *Bucket) AccessLogged() Fact[bool] {
	if given, ok := b.LogBucket.Given(); !ok {
		return UnknownLike[bool](b.LogBucket.Meta)
	} else if given {
		return KnownFact(true, b.LogBucket.Origin)
	}
	if given, ok := b.LogPrefix.Given(); ok && given { // the bucket logs into itself
		return KnownFact(true, b.LogPrefix.Origin)
	}
	for _, l := range All[BucketLogging](b.estate) {
		if l.Bucket.To == AnyResource(b) {
			return KnownFact(true, l.decl.Origin)
		}
	}
	return KnownFact(false, b.decl.Origin)
}

// BucketACL is an access control list written apart from its bucket (Terraform).
type BucketACL struct {
	Resource `kind:"s3_bucket_acl" tf:"aws_s3_bucket_acl"`

	Bucket Link[Bucket] `tf:"bucket"`
	ACL    Fact[string] `as:"acl" tf:"acl"`
}

// BucketLogging is the access log of a bucket, written apart from it (Terraform).
type BucketLogging struct {
	Resource `kind:"s3_bucket_logging" tf:"aws_s3_bucket_logging"`

	Bucket Link[Bucket] `tf:"bucket"`
	Target Fact[string] `tf:"target_bucket"`
}

// BucketPolicy is the resource policy of a bucket.
type BucketPolicy struct {
	Resource `kind:"s3_bucket_policy" var:"bucket" plural:"s3_bucket_policies" cfn:"AWS::S3::BucketPolicy" tf:"aws_s3_bucket_policy"`

	Bucket Link[Bucket]   `as:"of" cfn:"Bucket" tf:"bucket"`
	Policy Fact[Document] `cfn:"PolicyDocument" tf:"policy"`
}

// PublicAccessBlock keeps a bucket from being opened, written apart from it (Terraform).
type PublicAccessBlock struct {
	Resource `kind:"s3_public_access_block" tf:"aws_s3_bucket_public_access_block"`

	Bucket            Link[Bucket] `tf:"bucket"`
	BlockPublicACLs   Fact[bool]   `as:"block_public_acls" tf:"block_public_acls" default:"false"`
	BlockPublicPolicy Fact[bool]   `tf:"block_public_policy" default:"false"`
	IgnorePublicACLs  Fact[bool]   `as:"ignore_public_acls" tf:"ignore_public_acls" default:"false"`
	RestrictPublic    Fact[bool]   `tf:"restrict_public_buckets" default:"false"`
}
