package notify

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the messages in testdata anew")

// TestMessages shows how messages look: they are in testdata, as text, as mail's HTML, and as Slack and Teams get them.
func TestMessages(t *testing.T) {
	one := example(1, "high")
	one.Title, one.Resource, one.Level, one.Count = "A snapshot of a database was shared with another account", "orders-2026-11-23", "secret", 3
	one.Type, one.Last = "Bailey:RDS/SnapshotShared", start.Add(7*time.Minute)
	one.Evidence = []string{"rds:ModifyDBSnapshotAttribute by arn:aws:iam::111122223333:user/mallory from 198.51.100.7", "first time by this principal in 41 days; 3 principals ever did it", `user agent "<img src=x onerror=alert(1)> http://evil.example/*bold*"`}
	one.Why = "Whoever may restore a shared snapshot has all of its data, and no log of the database shows it."
	one.Respond = "Ask the principal whether it was them and why; if not, revoke its sessions and keys. Take the account off the snapshot; what it copied is gone."
	one.More = "bailey findings show 3f2a81c0"
	two, three := example(2, "medium"), example(3, "low")
	two.Title, two.Type = "One principal reads many secrets", "Bailey:SecretsManager/ManyReads"
	three.Title, three.Type = "A long-lived access key of a user asks who it is", "Bailey:IAMUser/LongLivedKey"
	storm := Compose([]Finding{one, two, three}, map[string]int{one.Type: 1, two.Type: 12, three.Type: 4})
	single := Compose([]Finding{one}, map[string]int{one.Type: 1})
	indented := func(v any) string {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text) + "\n"
	}
	for name, got := range map[string]string{
		"one.txt": single.Subject + "\n\n" + single.Text, "one.html": single.HTML, "one.slack.json": indented(slack(single)), "one.teams.json": indented(teams(single)),
		"storm.txt": storm.Subject + "\n\n" + storm.Text, "storm.html": storm.HTML,
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-update writes it anew): %s", name, d)
		}
		if strings.HasSuffix(name, ".html") && strings.Contains(got, "<img") {
			t.Errorf("%s: what somebody wrote into a log is a mark", name)
		}
		if strings.HasSuffix(name, ".txt") {
			t.Logf("%s:\n%s", path, got)
		}
	}
}
