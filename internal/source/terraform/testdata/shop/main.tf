provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = {
      team               = "shop"
      DataClassification = "confidential"
    }
  }
}

provider "aws" {
  alias = "us"
  default_tags {
    tags = { team = "shop-us" }
  }
}

variable "given" {}

variable "password" {
  type      = string
  sensitive = true
}

variable "ports" {
  type    = map(object({ port = number, from = optional(list(string), ["10.0.0.0/8"]) }))
  default = {
    mysql = { port = 3306 }
    http  = { port = "443", from = ["0.0.0.0/0"] }
  }
}

locals {
  regions = toset(["eu", "us"])
  name    = "shop-${var.given}"
}

resource "aws_kms_key" "data" {
  for_each            = local.regions
  description         = "${each.key} data"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Admin"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"]
    }
  }
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "key" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    sid       = "Anyone"
    effect    = "Deny"
    actions   = ["kms:Decrypt"]
    resources = [aws_db_instance.main.arn, "arn:aws:s3:::&{aws:username}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

# checkov:skip=CKV_AWS_157: one zone is enough here
#tfsec:ignore:aws-rds-enable-performance-insights
resource "aws_db_instance" "main" {
  #trivy:ignore:AVD-AWS-0080
  identifier             = local.name
  engine                 = "mysql"
  password               = var.password
  kms_key_id             = aws_kms_key.data["eu"].arn
  vpc_security_group_ids = [aws_security_group.db.id]
  tags                   = { DataClassification = "secret" }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [password]
  }
}

resource "aws_security_group" "db" {
  name = "db"
  dynamic "ingress" {
    for_each = var.ports
    iterator = rule
    content {
      description = rule.key
      from_port   = rule.value.port
      to_port     = rule.value.port
      protocol    = "tcp"
      cidr_blocks = rule.value.from
    }
  }
  dynamic "egress" {
    for_each = var.password == "" ? [] : [1]
    content {
      from_port = 0
    }
  }
}

resource "aws_sns_topic" "alarm" {
  provider = aws.us
  name     = "alarm"
  policy   = <<-EOT
    {"Statement": [{"Effect": "Allow", "Resource": "${aws_db_instance.main.arn}"}]}
  EOT
}

module "db" {
  source   = "./modules/db"
  for_each = { a = 1, b = 3 }
  key      = aws_kms_key.data["us"].arn
  members  = each.value
  name     = "${local.name}-${each.key}"
}

resource "aws_db_proxy" "p" {
  name     = "p"
  role_arn = module.db["a"].cluster_arn
  all      = values(module.db)[*].cluster_arn
}
