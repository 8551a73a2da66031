resource "aws_kms_key" "whole" {
  enable_key_rotation = true
}
resource "aws_kms_key" "half" {
  description = "x
  rotation = 
