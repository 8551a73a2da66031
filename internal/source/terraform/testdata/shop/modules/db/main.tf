variable "key" {}
variable "name" { type = string }
variable "members" {
  type    = number
  default = 1
}

resource "aws_rds_cluster" "this" {
  cluster_identifier = var.name
  storage_encrypted  = true
  kms_key_id         = var.key
}

resource "aws_rds_cluster_instance" "member" {
  count              = var.members
  identifier         = "${var.name}-${count.index}"
  cluster_identifier = aws_rds_cluster.this.id
  publicly_accessible = count.index == 0
}

output "cluster_arn" { value = aws_rds_cluster.this.arn }
