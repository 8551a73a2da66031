package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// record is a made-up record of CloudTrail's, with the members of a real one in their order: a program that reads and writes a
// table, most often, and people who look around. Its times go up with i, one a second.
func record(r *rand.Rand, i int) string {
	at := time.Unix(1_790_000_000+int64(i), 0).UTC().Format(time.RFC3339)
	role := []string{"orders-app", "orders-app", "orders-app", "reports", "deploy", "ops"}[r.IntN(6)]
	calls := []struct{ source, name, params string }{
		{"dynamodb", "GetItem", `{"tableName":"orders","key":{"pk":"customer-CUSTOMER"}}`},
		{"dynamodb", "GetItem", `{"tableName":"orders","key":{"pk":"customer-CUSTOMER"}}`},
		{"dynamodb", "PutItem", `{"tableName":"orders","key":{"pk":"customer-CUSTOMER"}}`},
		{"dynamodb", "Query", `{"tableName":"orders","indexName":"by-day"}`},
		{"kms", "Decrypt", `{"encryptionContext":{"aws:dynamodb:tableName":"orders"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`},
		{"sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/reports","roleSessionName":"s"}`},
		{"ec2", "DescribeInstances", `{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-0a1b2c3d"}]}}]}}`},
		{"rds", "DescribeDBInstances", `{"maxRecords":100}`},
		{"secretsmanager", "GetSecretValue", `{"secretId":"orders"}`},
		{"s3", "GetObject", `{"bucketName":"exports","key":"2026/11/orders.parquet"}`},
	}
	c := calls[r.IntN(len(calls))]
	params := strings.Replace(c.params, "CUSTOMER", strconv.FormatUint(r.Uint64(), 36), 1)
	return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE%s:i-0%015x","arn":"arn:aws:sts::111122223333:assumed-role/%s/i-0%015x","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE%08X","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE%s","arn":"arn:aws:iam::111122223333:role/%s","accountId":"111122223333","userName":"%s"},"attributes":{"creationDate":"%s","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}},"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"eu-west-1","sourceIPAddress":"10.0.%d.%d","userAgent":"aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#arm64 api/%s#1.34.4","requestParameters":%s,"responseElements":null,"requestID":"%016X%016X","eventID":"%08x-%04x-4000-8000-%012x","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.eu-west-1.amazonaws.com"}}`,
		strings.ToUpper(role), i%40, role, i%40, i/3600%1000, strings.ToUpper(role), role, role, at[:14]+"00:00Z", at, c.source, c.name, r.IntN(4), r.IntN(250), c.source, params, r.Uint64(), r.Uint64(), r.Uint32(), r.IntN(1<<16), i, c.source)
}

// replay times the whole process over a folder of packed files, with two workers, beside unpacking the same files and counting
// their bytes.
func (b *bench) replay() error {
	const name, files, records = "watch-replay", 64, 2000
	dir, err := os.MkdirTemp("", "bailey-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	r := rand.New(rand.NewPCG(1, 2))
	size := 0
	for f := range files {
		var text bytes.Buffer
		for i := range records {
			text.WriteString([]string{`{"Records":[`, ","}[min(i, 1)] + record(r, f*records+i))
		}
		text.WriteString("]}")
		size += text.Len()
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(text.Bytes()) // into memory
		_ = z.Close()
		at := time.Unix(1_790_000_000+int64(f*records), 0).UTC().Format("20060102T1504Z")
		path := filepath.Join(dir, fmt.Sprintf("111122223333_CloudTrail_eu-west-1_%s_%016d.json.gz", at, f))
		if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
			return err
		}
	}
	own, err := run(b.runs, b.bin, "watch", "--replay", dir, "--workers", "2", "--format", "json", "-o", os.DevNull)
	if err != nil {
		return err
	}
	// The peer is one process that unpacks and one that counts.
	peer, err := run(b.runs, "sh", "-c", `[ "$(gzip -dc "$0"/*.gz | wc -c)" -eq "$1" ]`, dir, strconv.Itoa(size))
	if err != nil {
		return err
	}
	mb := float64(size) / 1e6
	line(name, fmt.Sprintf("%.0f", mb/own.wall.Seconds()), "MB/s", fmt.Sprintf("%.0f", mb/peer.wall.Seconds()), fmt.Sprintf("%.2f", peer.wall.Seconds()/own.wall.Seconds()), "-")
	line(name+"-events", fmt.Sprintf("%.0f", files*records/own.wall.Seconds()), "events/s", "-", "-", "-")
	line(name+"-memory", fmt.Sprintf("%.0f", float64(own.rss)/1024), "MiB", "-", "-", "-")
	return nil
}
