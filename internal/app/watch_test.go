package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bailey builds the program, so that it can be killed.
func bailey(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bailey")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../cmd/bailey").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// logFolder writes days of calls, with attacks among them, as CloudTrail delivers them.
func logFolder(t *testing.T, files, each int) string {
	t.Helper()
	dir := t.TempDir()
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for n := range files {
		var records []map[string]any
		for i := range each {
			k := n*each + i
			e := map[string]any{
				"eventID": fmt.Sprintf("id-%06d", k), "eventTime": start.Add(time.Duration(k) * 6 * time.Hour / time.Duration(each)).Format(time.RFC3339), "eventSource": "dynamodb.amazonaws.com", "eventName": "Scan",
				"recipientAccountId": "111122223333", "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1", "requestParameters": map[string]any{"tableName": fmt.Sprint("t", k%7)},
				"userIdentity": map[string]any{"type": "IAMUser", "userName": "reports", "arn": "arn:aws:iam::111122223333:user/reports", "accountId": "111122223333"},
			}
			switch {
			case k%199 == 0 && k > each*files/2:
				e["userIdentity"] = map[string]any{"type": "IAMUser", "userName": "mallory", "arn": fmt.Sprint("arn:aws:iam::111122223333:user/mallory", k), "accountId": "111122223333"}
			case k%13 == 0:
				e["eventSource"], e["eventName"], e["requestParameters"] = "secretsmanager.amazonaws.com", "GetSecretValue", map[string]any{"secretId": fmt.Sprint("s", k)}
			case k%501 == 0:
				e["eventSource"], e["eventName"], e["requestParameters"] = "cloudtrail.amazonaws.com", "StopLogging", map[string]any{"name": "main"}
			}
			records = append(records, e)
		}
		text, err := json.Marshal(map[string]any{"Records": records})
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = z.Write(text)
		_ = z.Close()
		name := fmt.Sprintf("111122223333_CloudTrail_eu-west-1_%s_x.json.gz", start.Add(time.Duration(n)*6*time.Hour).Format("20060102T1504Z"))
		if err := os.WriteFile(filepath.Join(dir, name), packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReplayKilled kills a replay with SIGKILL again and again; each time it goes on, and in the end its findings are, byte for
// byte, those of a replay that nobody disturbed, with one worker and with eight.
func TestReplayKilled(t *testing.T) {
	program, logs := bailey(t), logFolder(t, 240, 400)
	dir := t.TempDir()
	run := func(after time.Duration, args ...string) (killed bool) {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		cmd := exec.CommandContext(ctx, program, append([]string{"watch", "--replay", logs, "--format", "json"}, args...)...)
		cmd.Dir = dir
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if after > 0 {
			time.Sleep(after)
			_ = cmd.Process.Kill() // it may have ended, which Wait says
		}
		if err := cmd.Wait(); err != nil {
			if cmd.ProcessState.ExitCode() == -1 {
				return true
			}
			t.Fatalf("%v\n%s", err, said.String())
		}
		return false
	}
	run(0, "-o", "one.json", "--workers", "1")
	run(0, "-o", "eight.json", "--workers", "8")
	kills := 0
	for after := 60 * time.Millisecond; run(after, "-o", "killed.json", "--memory", "memory.json", "--checkpoint", "1ms"); after += 90 * time.Millisecond {
		kills++
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := read("one.json")
	if strings.Count(want, `"detection"`) < 20 {
		t.Fatalf("few findings: %s", want)
	}
	if read("eight.json") != want {
		t.Error("with eight workers the findings are others")
	}
	if read("killed.json") != want {
		t.Error("after kill and resume the findings are others")
	}
	if kills < 2 {
		t.Errorf("it was killed %d times only", kills)
	}
	t.Logf("killed %d times; %d findings", kills, strings.Count(want, `"detection"`))
}
