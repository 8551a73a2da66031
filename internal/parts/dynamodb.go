package parts

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// DynamoDB starts DynamoDB Local, empty and in memory, and returns its endpoint. Any credentials and Region will do. root is
// the project's folder, below which scripts/parts/dynamodb-local/install has put it.
func DynamoDB(tb testing.TB, root string) string {
	tb.Helper()
	dir, err := filepath.Abs(filepath.Join(root, ".cache", "dynamodb-local"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "complete")); err != nil {
		tb.Skip("DynamoDB Local is not there; scripts/parts/dynamodb-local/install fetches it")
	}
	p := port(tb)
	serve(tb, nil, p, syscall.SIGTERM, binary(tb, "java"), "-Djava.library.path="+dir, "-cp", filepath.Join(dir, "*"),
		"com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-port", strconv.Itoa(p))
	return fmt.Sprintf("http://127.0.0.1:%d", p)
}
