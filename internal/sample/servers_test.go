package sample_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/jackc/pgx/v5"

	"github.com/baileydb/bailey/internal/classify"
	"github.com/baileydb/bailey/internal/parts"
	"github.com/baileydb/bailey/internal/sample"
)

// rows are a table's content, the same in every store: an ordinary number, an address, a card number with its check digit,
// and a document.
func rows(n int) [][4]string {
	out := make([][4]string, n)
	for i := range out {
		card := fmt.Sprintf("4%014d", i*7919+13)
		out[i] = [4]string{fmt.Sprint(i + 1), fmt.Sprintf("person%d@example.com", i), card + luhn(card), fmt.Sprintf(`{"city": "Town %d", "tags": ["a", "b"]}`, i)}
	}
	return out
}

func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return fmt.Sprint((10 - sum%10) % 10)
}

func newSet() (*classify.Set, error) { return classify.Load() }

func set(t *testing.T) *classify.Set {
	t.Helper()
	s, err := newSet()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scan reads one table of a store.
func scan(t *testing.T, address, table string, l sample.Limits) ([]classify.Result, *sample.Collector, error) {
	t.Helper()
	src, err := sample.Open(t.Context(), address, l)
	if err != nil {
		return nil, nil, err
	}
	defer src.Close() //nolint:errcheck // nothing was written
	list, err := src.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(x sample.Table) bool { return x.Name == table || strings.HasSuffix(x.Name, "."+table) })
	if i < 0 {
		t.Fatalf("%s has no table %s: %v", address, table, list)
	}
	into := sample.NewCollector(set(t), src.Name(), &list[i])
	err = src.Read(t.Context(), &list[i], l, into)
	return into.Results(), into, err
}

func postgres(t *testing.T) (string, *pgx.Conn) {
	t.Helper()
	address := parts.Postgres(t)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return address, conn
}

func mariadb(t *testing.T) (string, *sql.DB) {
	t.Helper()
	address := parts.MariaDB(t)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", "bailey:secret-word@tcp("+u.Host+")/shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return address, db
}

// dynamoTable makes the table in DynamoDB Local and returns its address.
func dynamoTable(t *testing.T, data [][4]string) string {
	t.Helper()
	endpoint := parts.DynamoDB(t, "../..")
	t.Setenv("AWS_ACCESS_KEY_ID", "local")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "local-secret-word")
	t.Setenv("AWS_REGION", "eu-west-1")
	client := dynamodb.New(dynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("local", "local-secret-word", "")})
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("people"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeN}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range data {
		about := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{
			"city": &types.AttributeValueMemberS{Value: fmt.Sprintf("Town %d", i)},
			"tags": &types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberS{Value: "a"}, &types.AttributeValueMemberS{Value: "b"}}},
		}}
		_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("people"), Item: map[string]types.AttributeValue{
			"id": &types.AttributeValueMemberN{Value: r[0]}, "email": &types.AttributeValueMemberS{Value: r[1]}, "card": &types.AttributeValueMemberS{Value: r[2]}, "about": about,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return "dynamodb:people?units=1000&endpoint=" + url.QueryEscape(endpoint)
}

// TestSameVerdicts gives one table to PostgreSQL, MariaDB, DynamoDB, CSV and JSON lines: they hold the same.
func TestSameVerdicts(t *testing.T) {
	data := rows(300)
	pg, conn := postgres(t)
	my, db := mariadb(t)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE people (id bigint PRIMARY KEY, email text, card varchar(20), about jsonb)"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE people (id bigint PRIMARY KEY, email text, card varchar(20), about json)"); err != nil {
		t.Fatal(err)
	}
	var csv, lines strings.Builder
	csv.WriteString("id,email,card,about\n")
	for _, r := range data {
		if _, err := conn.Exec(t.Context(), "INSERT INTO people VALUES ($1, $2, $3, $4)", r[0], r[1], r[2], r[3]); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO people VALUES (?, ?, ?, ?)", r[0], r[1], r[2], r[3]); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&csv, "%s,%s,%s,\"%s\"\n", r[0], r[1], r[2], strings.ReplaceAll(r[3], `"`, `""`))
		fmt.Fprintf(&lines, `{"id": %s, "email": %q, "card": %q, "about": %s}`+"\n", r[0], r[1], r[2], r[3])
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"people.csv": csv.String(), "people.jsonl": lines.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dynamo := dynamoTable(t, data)
	told := map[string]string{}
	for store, where := range map[string][2]string{
		"postgres": {pg, "people"}, "mariadb": {my, "people"}, "csv": {filepath.Join(dir, "people.csv"), "people.csv"}, "jsonl": {filepath.Join(dir, "people.jsonl"), "people.jsonl"},
		"dynamodb": {dynamo, "people"},
	} {
		results, into, err := scan(t, where[0], where[1], sample.Defaults)
		if err != nil {
			t.Fatal(store, err)
		}
		if into.Rows != len(data) {
			t.Errorf("%s: %d of %d rows", store, into.Rows, len(data))
		}
		var columns []string
		for _, r := range results {
			if r.Values > 0 {
				columns = append(columns, fmt.Sprintf("%s %s %s n=%d k=%d", r.Meta.Path, r.Verdict, r.Type, r.N, r.K))
			}
		}
		slices.Sort(columns)
		told[store] = strings.Join(columns, "\n")
	}
	for store, text := range told {
		if text != told["csv"] {
			t.Errorf("%s says\n%s\nand csv\n%s", store, text, told["csv"])
		}
	}
	if !strings.Contains(told["csv"], "about.city") || !strings.Contains(told["csv"], "about.tags[]") {
		t.Errorf("documents are not told by path:\n%s", told["csv"])
	}
}

// TestLargeTable reads as little of a large table as of a small one, from all over it.
func TestLargeTable(t *testing.T) {
	pg, conn := postgres(t)
	my, db := mariadb(t)
	if _, err := conn.Exec(t.Context(), "CREATE TABLE big AS SELECT i AS id, 'word ' || i AS w FROM generate_series(1, 200000) i; "); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "ANALYZE big"); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE TABLE big (id int PRIMARY KEY, w varchar(20))", "INSERT INTO big SELECT seq, concat('word ', seq) FROM seq_1_to_200000", "ANALYZE TABLE big"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for _, address := range []string{pg, my} {
		l := sample.Limits{Rows: 1000, Time: 20 * time.Second}
		_, into, err := scan(t, address, "big", l)
		if err != nil {
			t.Fatal(err)
		}
		if into.Rows < 300 || into.Rows > 1000 {
			t.Errorf("%s: %d rows", sample.Plain(address), into.Rows)
		}
	}
}

// TestOddTables reads what tables should not hold: large values, bytes that are no text, one value over and over, nothing,
// names that need quoting, partitions and views.
func TestOddTables(t *testing.T) {
	pg, conn := postgres(t)
	for _, q := range []string{
		`CREATE TABLE large (a text, b bytea, "odd ""name" text)`,
		`INSERT INTO large VALUES (repeat('x', 50000000), decode(repeat('ff00', 1000000), 'hex'), 'same'), ('y', NULL, 'same')`,
		"CREATE TABLE nothing (a text, b int)",
		"CREATE TABLE parts (day date, mail text) PARTITION BY RANGE (day)",
		"CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
		"INSERT INTO parts SELECT '2026-01-05', 'p' || i || '@example.com' FROM generate_series(1, 100) i",
		"CREATE VIEW looking AS SELECT mail FROM parts",
	} {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for table, rows := range map[string]int{"large": 2, "nothing": 0, "parts": 100, "looking": 100} {
		_, into, err := scan(t, pg, table, sample.Defaults)
		if err != nil || into.Rows != rows {
			t.Errorf("%s: %d rows, %v", table, into.Rows, err)
		}
		if into != nil && into.Bytes > 1<<20 {
			t.Errorf("%s: %d bytes came over the line", table, into.Bytes)
		}
	}
	src, err := sample.Open(t.Context(), pg, sample.Defaults)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close() //nolint:errcheck // nothing was written
	list, err := src.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.Name == "public.parts_1" {
			t.Error("a partition is read by itself and with its table")
		}
	}
	gone := list[0]
	if _, err := conn.Exec(t.Context(), "DROP TABLE large"); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Name == "public.large" {
			gone = list[i]
		}
	}
	if err := src.Read(t.Context(), &gone, sample.Defaults, sample.NewCollector(set(t), "x", &gone)); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("a table that was dropped: %v", err)
	}
	if err := src.Read(t.Context(), &list[len(list)-1], sample.Defaults, sample.NewCollector(set(t), "x", &list[len(list)-1])); err != nil {
		t.Errorf("the next table: %v", err)
	}
}

// TestRefusals tries that the session cannot write, and that one table that cannot be read does not end a scan.
func TestRefusals(t *testing.T) {
	pg, conn := postgres(t)
	for _, q := range []string{"CREATE TABLE mine (a text)", "INSERT INTO mine VALUES ('x')", "CREATE TABLE theirs (a text)", "CREATE ROLE reader LOGIN PASSWORD 'other-word'", "GRANT SELECT ON mine TO reader"} {
		if _, err := conn.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	reader := strings.Replace(pg, "bailey:secret-word", "reader:other-word", 1)
	if _, into, err := scan(t, reader, "mine", sample.Defaults); err != nil || into.Rows != 1 {
		t.Errorf("what may be read is not: %v", err)
	}
	_, _, err := scan(t, reader, "theirs", sample.Defaults)
	if err == nil || !strings.Contains(err.Error(), "permission denied") || strings.Contains(err.Error(), "other-word") {
		t.Errorf("what may not be read: %v", err)
	}
	for _, address := range []string{strings.Replace(pg, "secret-word", "wrong-word", 1), strings.Replace(pg, "sslmode=disable", "", 1)} {
		_, _, err := scan(t, address, "mine", sample.Limits{Time: 5 * time.Second})
		if err == nil || strings.Contains(err.Error(), "wrong-word") || strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: %v", sample.Plain(address), err)
		}
	}
}
