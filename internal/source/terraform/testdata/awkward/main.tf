module "self" { source = "./" }
module "far" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "1.0.0"
}
module "gone" { source = "./nowhere" }
locals {
  a = local.b
  b = [local.a]
}
variable "n" {}
resource "aws_vpc" "v" {
  count      = var.n
  cidr_block = cidrsubnet("10.0.0.0/8", 8, count.index)
}
resource "aws_subnet" "s" {
  for_each = module.far.subnets
  vpc_id   = aws_vpc.v[0].id
  tags     = merge(module.far.tags, { a = each.key })
}
resource "aws_subnet" "t" {
  a = local.a
  b = frobnicate(1)
  c = module.gone.x
  d = module.self.x
}
resource "aws_subnet" "t" {}
