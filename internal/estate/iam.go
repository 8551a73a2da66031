package estate

// The kinds that carry identity policies share the variable iam and the derived fact statements, so that one safeguard
// looks at all of them.

// IAMPolicy is a managed policy, or an inline one written on its own.
type IAMPolicy struct {
	Resource `kind:"iam_policy" var:"iam" plural:"iam_policies" cfn:"AWS::IAM::Policy,AWS::IAM::ManagedPolicy,AWS::IAM::UserPolicy,AWS::IAM::GroupPolicy,AWS::IAM::RolePolicy" tf:"aws_iam_policy,aws_iam_user_policy,aws_iam_group_policy,aws_iam_role_policy,aws_ssoadmin_permission_set_inline_policy" aws:"iam:Policy" arn:"iam::{account}:policy{path}{name}"`

	Name     Fact[string]           `name:"true" cfn:"ManagedPolicyName|PolicyName" tf:"name" aws:"PolicyName"`
	Path     Fact[string]           `cfn:"Path" tf:"path" default:"/"`
	Document Fact[Document]         `cfn:"PolicyDocument" tf:"policy|inline_policy" aws:"PolicyDocument"`
	Users    Fact[[]Link[IAMUser]]  `cfn:"Users|UserName" tf:"user"`
	Groups   Fact[[]Link[IAMGroup]] `cfn:"Groups|GroupName" tf:"group"`
	Roles    Fact[[]Link[IAMRole]]  `cfn:"Roles|RoleName" tf:"role"`
}

// Statements are the statements of the document.
func (p *IAMPolicy) Statements() Fact[[]Statement] { return statementsOf(&p.Document) }

// InlinePolicy is a policy written in a user, group or role.
type InlinePolicy struct {
	Name     Fact[string]   `cfn:"PolicyName" tf:"name"`
	Document Fact[Document] `cfn:"PolicyDocument" tf:"policy"`
}

// IAMUser is a user.
type IAMUser struct {
	Resource `kind:"iam_user" var:"iam" cfn:"AWS::IAM::User" tf:"aws_iam_user" aws:"iam:User" arn:"iam::{account}:user{path}{name}"`

	Name            Fact[string]            `name:"true" cfn:"UserName" tf:"name" aws:"UserName"`
	Path            Fact[string]            `cfn:"Path" tf:"path" default:"/"`
	Inline          Fact[[]InlinePolicy]    `cfn:"Policies"`
	ManagedPolicies Fact[[]Link[IAMPolicy]] `cfn:"ManagedPolicyArns" tf:"managed_policy_arns"`
	Groups          Fact[[]Link[IAMGroup]]  `cfn:"Groups"`
	Boundary        Link[IAMPolicy]         `cfn:"PermissionsBoundary" tf:"permissions_boundary"`
	// ResetPassword and Password are of the user's login profile, by which it signs in to the console.
	ResetPassword Fact[bool]   `cfn:"LoginProfile.PasswordResetRequired" aws:"LoginProfile.PasswordResetRequired"`
	Password      Fact[string] `cfn:"LoginProfile.Password" secret:"true"`
	// LoginCreated is when AWS made the login profile.
	LoginCreated Fact[string] `aws:"LoginProfile.CreateDate"`
	// MFADevices are the serial numbers of those that are bound to the user.
	MFADevices Fact[Strings] `as:"mfa_devices" aws:"MFADevices.*.SerialNumber"`
}

// SignsIn reports whether the user has a password for the console.
func (u *IAMUser) SignsIn() Fact[bool] {
	for _, m := range []*Meta{&u.ResetPassword.Meta, &u.Password.Meta, &u.LoginCreated.Meta} {
		if m.State != Absent {
			return KnownFact(true, m.Origin)
		}
	}
	for _, p := range All[LoginProfile](u.estate) {
		switch {
		case p.User.To == u:
			return KnownFact(true, p.decl.Origin)
		case p.User.State == Unknown:
			return UnknownLike[bool](p.User.Meta)
		}
	}
	return KnownFact(false, u.decl.Origin)
}

// HasMFA reports whether a second factor is bound to the user. Templates seldom say: people bind their own.
func (u *IAMUser) HasMFA() Fact[bool] {
	for _, d := range All[MFADevice](u.estate) {
		for i := range d.Users.Value {
			if d.Users.Value[i].To == u {
				return KnownFact(true, d.decl.Origin)
			}
		}
	}
	if u.decl.World == Live {
		return KnownFact(len(u.MFADevices.Value) > 0, u.decl.Origin)
	}
	return UnknownFact[bool]("check a snapshot of the account as it runs: people bind their second factor themselves", u.decl.Origin)
}

// Statements are the statements of the inline policies.
func (u *IAMUser) Statements() Fact[[]Statement] { return inlineStatements(&u.Inline) }

// IAMGroup is a group of users.
type IAMGroup struct {
	Resource `kind:"iam_group" var:"iam" cfn:"AWS::IAM::Group" tf:"aws_iam_group" aws:"iam:Group" arn:"iam::{account}:group{path}{name}"`

	Name            Fact[string]            `name:"true" cfn:"GroupName" tf:"name" aws:"GroupName"`
	Path            Fact[string]            `cfn:"Path" tf:"path" default:"/"`
	Inline          Fact[[]InlinePolicy]    `cfn:"Policies"`
	ManagedPolicies Fact[[]Link[IAMPolicy]] `cfn:"ManagedPolicyArns"`
}

// Statements are the statements of the inline policies.
func (g *IAMGroup) Statements() Fact[[]Statement] { return inlineStatements(&g.Inline) }

// IAMRole is a role.
type IAMRole struct {
	Resource `kind:"iam_role" var:"iam" cfn:"AWS::IAM::Role" tf:"aws_iam_role" aws:"iam:Role" arn:"iam::{account}:role{path}{name}"`

	Name            Fact[string]            `name:"true" cfn:"RoleName" tf:"name" aws:"RoleName"`
	Path            Fact[string]            `cfn:"Path" tf:"path" default:"/"`
	Trust           Fact[Document]          `cfn:"AssumeRolePolicyDocument" tf:"assume_role_policy" aws:"AssumeRolePolicyDocument"`
	Inline          Fact[[]InlinePolicy]    `cfn:"Policies" tf:"inline_policy"`
	ManagedPolicies Fact[[]Link[IAMPolicy]] `cfn:"ManagedPolicyArns" tf:"managed_policy_arns"`
	Boundary        Link[IAMPolicy]         `cfn:"PermissionsBoundary" tf:"permissions_boundary"`
	MaxSession      Fact[int64]             `cfn:"MaxSessionDuration" tf:"max_session_duration" aws:"MaxSessionDuration" default:"3600"`
}

// Statements are the statements of the inline policies.
func (r *IAMRole) Statements() Fact[[]Statement] { return inlineStatements(&r.Inline) }

// AttachedPolicies are the managed policies of the user, by whatever attaches them.
func (u *IAMUser) AttachedPolicies() Fact[Strings] { return u.attached(&u.ManagedPolicies) }

// AttachedPolicies are the managed policies of the group, by whatever attaches them.
func (g *IAMGroup) AttachedPolicies() Fact[Strings] { return g.attached(&g.ManagedPolicies) }

// AttachedPolicies are the managed policies of the role, by whatever attaches them.
func (r *IAMRole) AttachedPolicies() Fact[Strings] { return r.attached(&r.ManagedPolicies) }

// attached joins the managed policies written in a principal and those of attachments that name it.
func (r *Resource) attached(written *Fact[[]Link[IAMPolicy]]) Fact[Strings] {
	if written.State == Unknown {
		return UnknownLike[Strings](written.Meta)
	}
	out := KnownFact(Strings{}, r.decl.Origin)
	add := func(policy Fact[string]) {
		if len(out.Value) == 0 {
			out.Origin = policy.Origin
		}
		out.Value = append(out.Value, policy)
	}
	for i := range written.Value {
		add(written.Value[i].Fact)
	}
	for _, by := range r.estate.Named(r.self) {
		if a, ok := by.(*IAMAttachment); ok {
			policy := a.Policy.Fact
			if why := a.decl.Conditional; why != "" && policy.State == Known {
				policy = UnknownFact[string](why, a.decl.Origin)
			}
			add(policy)
		}
	}
	return out
}

func statementsOf(d *Fact[Document]) Fact[[]Statement] {
	switch d.State {
	case Unknown:
		return UnknownLike[[]Statement](d.Meta)
	case Absent:
		return Fact[[]Statement]{Meta: d.Meta}
	default:
		return d.Value.Statements
	}
}

// inlineStatements joins the statements of several inline policies.
func inlineStatements(inline *Fact[[]InlinePolicy]) Fact[[]Statement] {
	if inline.State != Known {
		return Fact[[]Statement]{Meta: inline.Meta}
	}
	out := KnownFact[[]Statement](nil, inline.Origin)
	for i := range inline.Value {
		s := statementsOf(&inline.Value[i].Document)
		if s.State == Unknown {
			return s
		}
		out.Value = append(out.Value, s.Value...)
	}
	return out
}

// IAMAttachment attaches a managed policy to users, groups or roles (Terraform).
type IAMAttachment struct {
	Resource `kind:"iam_attachment" var:"attachment" tf:"aws_iam_user_policy_attachment,aws_iam_group_policy_attachment,aws_iam_role_policy_attachment,aws_iam_policy_attachment"`

	Policy Link[IAMPolicy]        `tf:"policy_arn"`
	Users  Fact[[]Link[IAMUser]]  `tf:"user|users"`
	Groups Fact[[]Link[IAMGroup]] `tf:"group|groups"`
	Roles  Fact[[]Link[IAMRole]]  `tf:"role|roles"`
}

// IAMMembership puts users into groups.
type IAMMembership struct {
	Resource `kind:"iam_membership" var:"membership" cfn:"AWS::IAM::UserToGroupAddition" tf:"aws_iam_group_membership,aws_iam_user_group_membership"`

	Users  Fact[[]Link[IAMUser]]  `cfn:"Users" tf:"users|user"`
	Groups Fact[[]Link[IAMGroup]] `cfn:"GroupName" tf:"group|groups"`
}

// AccessKey is a long-lived credential of a user.
type AccessKey struct {
	Resource `kind:"access_key" cfn:"AWS::IAM::AccessKey" tf:"aws_iam_access_key" aws:"iam:AccessKey"`

	User   Link[IAMUser] `cfn:"UserName" tf:"user" aws:"UserName"`
	Status Fact[string]  `cfn:"Status" tf:"status" aws:"Status" default:"Active"`
	Date   Fact[string]  `aws:"CreateDate"`
}

// Created is when AWS made the key, which a template cannot say.
func (k *AccessKey) Created() Fact[string] {
	if k.Date.State == Absent {
		return UnknownFact[string]("check a snapshot of the account as it runs: a template does not say when AWS made the key", k.decl.Origin)
	}
	return k.Date
}

// MFADevice is a virtual second factor.
type MFADevice struct {
	Resource `kind:"mfa_device" cfn:"AWS::IAM::VirtualMFADevice" tf:"aws_iam_virtual_mfa_device"`

	Users Fact[[]Link[IAMUser]] `cfn:"Users"`
}

// LoginProfile is a user's password for the console (Terraform).
type LoginProfile struct {
	Resource `kind:"login_profile" tf:"aws_iam_user_login_profile"`

	User Link[IAMUser] `tf:"user"`
}

// PasswordPolicy is what the account demands of passwords.
type PasswordPolicy struct {
	Resource `kind:"password_policy" var:"passwords" plural:"password_policies" scope:"account" tf:"aws_iam_account_password_policy"`

	MinLength  Fact[int64] `tf:"minimum_password_length" default:"6"`
	Reuse      Fact[int64] `tf:"password_reuse_prevention" default:"0"`
	MaxAge     Fact[int64] `tf:"max_password_age" default:"0"`
	Lowercase  Fact[bool]  `tf:"require_lowercase_characters" default:"false"`
	Uppercase  Fact[bool]  `tf:"require_uppercase_characters" default:"false"`
	Numbers    Fact[bool]  `tf:"require_numbers" default:"false"`
	Symbols    Fact[bool]  `tf:"require_symbols" default:"false"`
	HardExpiry Fact[bool]  `tf:"hard_expiry" default:"false"`
}

// InstanceProfile gives a role to EC2 instances.
type InstanceProfile struct {
	Resource `kind:"instance_profile" cfn:"AWS::IAM::InstanceProfile" tf:"aws_iam_instance_profile"`

	Name  Fact[string]          `name:"true" cfn:"InstanceProfileName" tf:"name"`
	Roles Fact[[]Link[IAMRole]] `cfn:"Roles" tf:"role"`
}

// IdentityProvider is an OIDC or SAML provider that roles may trust.
type IdentityProvider struct {
	Resource `kind:"identity_provider" cfn:"AWS::IAM::OIDCProvider,AWS::IAM::SAMLProvider" tf:"aws_iam_openid_connect_provider,aws_iam_saml_provider"`

	URL     Fact[string]  `cfn:"Url" tf:"url"`
	Clients Fact[Strings] `cfn:"ClientIdList" tf:"client_id_list"`
}

// OrganizationPolicy is a policy of the organization: a service or resource control policy among others.
type OrganizationPolicy struct {
	Resource `kind:"organization_policy" var:"policy" plural:"organization_policies" cfn:"AWS::Organizations::Policy" tf:"aws_organizations_policy"`

	Name     Fact[string]   `name:"true" cfn:"Name" tf:"name"`
	Class    Fact[string]   `as:"policy_type" cfn:"Type" tf:"type" default:"SERVICE_CONTROL_POLICY"`
	Document Fact[Document] `cfn:"Content" tf:"content"`
}
