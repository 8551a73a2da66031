package cloudtrail

// Insight is the name by which detections are met by Insights events. They name no call of their own: what they tell of is in
// insightDetails, or in members that begin with insight where an event data store wrote them.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-lake.html
const Insight = "AwsCloudTrailInsight"

// insight reports whether the record is of CloudTrail Insights, and what it is called.
func (e *event) insight() (source, name string, ok bool) {
	if e.text(kind) != Insight {
		return "", "", false
	}
	return "cloudtrail.amazonaws.com", Insight, true
}

// passed reports whether the record is of network activity that an endpoint let through. The service that was called has
// written a record of its own, with what was asked for; this one, which has not, is for detections of the network alone, so
// that a call counts once.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
func (e *event) passed() bool {
	return e.code == "" && e.text(kind) == "AwsVpceEvent"
}
