package feedtest_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/baileydb/bailey/internal/watch/feedtest"
)

// flow has the columns that AWS gives flow logs in Parquet, with their types; what a record does not have is null or -.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
type flow struct {
	Version     *int32  `parquet:"version,optional"`
	AccountID   *string `parquet:"account_id,optional"`
	InterfaceID *string `parquet:"interface_id,optional"`
	Srcaddr     *string `parquet:"srcaddr,optional"`
	Dstaddr     *string `parquet:"dstaddr,optional"`
	Srcport     *int32  `parquet:"srcport,optional"`
	Dstport     *int32  `parquet:"dstport,optional"`
	Protocol    *int32  `parquet:"protocol,optional"`
	Packets     *int64  `parquet:"packets,optional"`
	Bytes       *int64  `parquet:"bytes,optional"`
	Start       *int64  `parquet:"start,optional"`
	End         *int64  `parquet:"end,optional"`
	Action      *string `parquet:"action,optional"`
	LogStatus   *string `parquet:"log_status,optional"`
	Reason      *string `parquet:"reject_reason,optional"`
	Encryption  *int32  `parquet:"encryption_status,optional"`
	Path        *int32  `parquet:"traffic_path,optional"`
	Cluster     *string `parquet:"ecs_cluster_name,optional"`
}

// odd has columns besides that nobody knows, in another order.
type odd struct {
	Nested struct {
		A []int64 `parquet:"a,list"`
	} `parquet:"never_seen"`
	LogStatus string `parquet:"log-status"`
	Dstport   int32  `parquet:"dstport"`
	Dstaddr   string `parquet:"dstaddr"`
	Srcaddr   string `parquet:"srcaddr"`
	Reason    string `parquet:"reject_reason"`
	More      []byte `parquet:"more"`
}

// ocsf is a flow as Security Lake has it.
type ocsf struct {
	Time int64 `parquet:"time"`
	Src  struct {
		IP   string `parquet:"ip"`
		Port int32  `parquet:"port"`
	} `parquet:"src_endpoint"`
	Dst struct {
		IP   string `parquet:"ip"`
		Port int32  `parquet:"port"`
	} `parquet:"dst_endpoint"`
}

func written[T any](t testing.TB, rows []T, opts ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, opts...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pointer[T any](v T) *T { return &v }

func parquetCases(t *testing.T) map[string]feedtest.Case {
	t.Helper()
	items := []string{"198.51.100.7 10.0.0.1 3306 -", "198.51.100.8 10.0.0.1 3306 BPA", "2001:db8::1 2001:db8::2 5432 -"}
	port := func(s string) int32 {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return int32(n)
	}
	write := func(items []string) []byte {
		var rows []flow
		for _, item := range items {
			f := strings.Fields(item)
			rows = append(rows, flow{
				Version: pointer(int32(8)), AccountID: pointer("111122223333"), Srcaddr: &f[0], Dstaddr: &f[1], Dstport: pointer(port(f[2])), Srcport: pointer(int32(50000)), Start: pointer(int64(1700000000)),
				Action: pointer("ACCEPT"), LogStatus: pointer("OK"), Reason: &f[3], Path: pointer(int32(8)), Encryption: pointer(int32(0)),
			})
		}
		return written(t, rows, parquet.Compression(&parquet.Gzip))
	}
	var more []odd
	for _, item := range items {
		f := strings.Fields(item)
		more = append(more, odd{LogStatus: "OK", Srcaddr: f[0], Dstaddr: f[1], Dstport: port(f[2]), Reason: f[3], More: []byte{0, 1}})
	}
	return map[string]feedtest.Case{"flowlog Parquet": {
		Log: "flowlog", Of: "e.srcaddr + ' ' + e.dstaddr + ' ' + string(e.dstport) + ' ' + e.reject_reason", Items: items,
		Want: []string{"198.51.100.7 10.0.0.1 3306 ", "198.51.100.8 10.0.0.1 3306 BPA", "2001:db8::1 2001:db8::2 5432 "}, Write: write, Odd: written(t, more, parquet.Compression(&parquet.Snappy)),
	}}
}

// TestParquetOfOthers reads a flow as Security Lake has it, and says of a file of something else what it is.
func TestParquetOfOthers(t *testing.T) {
	var o ocsf
	o.Time, o.Src.IP, o.Dst.IP, o.Dst.Port = 1700000000000, "198.51.100.7", "10.0.0.1", 3306
	g := feedtest.Engine(t, "flowlog", "e.srcaddr + ' ' + e.dstaddr + ' ' + string(e.start)")
	got, problems := feedtest.Read(t, g, none, written(t, []ocsf{o}))
	if len(problems) != 0 || len(got) != 1 || got[0] != "198.51.100.7 10.0.0.1 1700000000" {
		t.Errorf("%q %q", got, problems)
	}
	type person struct {
		Name string `parquet:"name"`
	}
	got, problems = feedtest.Read(t, g, none, written(t, []person{{"ann"}}))
	if len(got) != 0 || len(problems) != 1 || !strings.Contains(problems[0], "file0: it is a Parquet file whose columns are of no log that is known") {
		t.Errorf("%q %q", got, problems)
	}
}
