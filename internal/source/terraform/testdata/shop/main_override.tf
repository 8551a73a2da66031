resource "aws_db_instance" "main" {
  engine = "postgres"
  lifecycle {
    prevent_destroy = false
  }
}
