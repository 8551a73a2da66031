// Package trail reads CloudTrail's records: log files as S3 delivers them, gzipped or not, {"Records": […]} or a record a
// line, and what aws cloudtrail lookup-events prints. It says of a record who did what to which resource, in IAM's words.
package trail
