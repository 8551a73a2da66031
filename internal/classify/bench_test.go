package classify

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
)

// ordinaryRows makes rows of thirty columns as an ordinary database has them.
func ordinaryRows(n int) (metas []Meta, rows [][][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"blue", "large", "Widget", "cotton", "Holder", "steel", "classic", "Lamp", "outdoor", "green", "Box"}
	pick := func() string { return words[r.IntN(len(words))] }
	makers := []struct {
		name string
		make func(i int) string
	}{
		{"id", func(i int) string { return fmt.Sprint(1000000 + i) }},
		{"order_no", func(i int) string { return fmt.Sprintf("ORD-%07d", i) }},
		{"created_at", func(i int) string {
			return fmt.Sprintf("2024-%02d-%02d %02d:%02d:%02d", 1+i%12, 1+i%28, i%24, i%60, i%59)
		}},
		{"updated_at", func(i int) string { return fmt.Sprint(1700000000 + i*37) }},
		{"sku", func(i int) string { return fmt.Sprintf("%c%c%05d", 'A'+i%26, 'A'+i/26%26, i%99999) }},
		{"product_name", func(int) string { return pick() + " " + pick() + " " + pick() }},
		{"price", func(int) string { return fmt.Sprintf("%.2f", r.Float64()*900) }},
		{"quantity", func(int) string { return fmt.Sprint(r.IntN(50)) }},
		{"status", func(i int) string { return []string{"open", "paid", "sent", "closed"}[i%4] }},
		{"uuid", func(int) string {
			return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(65536), r.IntN(4096), r.IntN(65536), r.Uint64()>>16)
		}},
		{"sha1", func(int) string { return fmt.Sprintf("%016x%016x%08x", r.Uint64(), r.Uint64(), r.Uint32()) }},
		{"weight", func(int) string { return fmt.Sprint(r.Float64() * 10) }},
		{"country", func(i int) string { return []string{"DE", "FR", "US", "GB", "IT"}[i%5] }},
		{"city", func(i int) string { return []string{"Berlin", "Paris", "New York", "Leeds", "Rome"}[i%5] }},
		{"note", func(int) string {
			return "please deliver the " + pick() + " " + pick() + " to the back door before noon, thanks"
		}},
		{"email", func(i int) string { return fmt.Sprintf("user%d@example.com", i) }},
		{"phone", func(int) string { return fmt.Sprintf("+49 30 %07d", r.IntN(9999999)) }},
		{"flag", func(i int) string { return []string{"Y", "N"}[i%2] }},
		{"ean", func(int) string { return fmt.Sprintf("%013d", r.Uint64()%9999999999999) }},
		{"ref", func(int) string { return fmt.Sprintf("%09d", r.IntN(999999999)) }},
		{"url", func(i int) string { return fmt.Sprintf("https://shop.example.com/p/%d?ref=%s", i, pick()) }},
	}
	for c := range 30 {
		m := makers[c%len(makers)]
		metas = append(metas, Meta{Table: "orders", Path: fmt.Sprintf("%s_%d", m.name, c)})
	}
	for i := range n {
		row := make([][]byte, 30)
		for c := range 30 {
			row[c] = []byte(makers[c%len(makers)].make(i))
		}
		rows = append(rows, row)
	}
	return metas, rows
}

// BenchmarkTable is the whole pipeline over rows of thirty columns; ns/value is the figure to watch.
func BenchmarkTable(b *testing.B) {
	s := load(b)
	metas, rows := ordinaryRows(20000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		cols := make([]*Column, len(metas))
		for i, m := range metas {
			cols[i] = s.NewColumn(m)
		}
		for _, row := range rows {
			for i, v := range row {
				cols[i].Add(v)
			}
		}
		Decide(cols)
		n += len(rows) * len(metas)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/value")
	b.ReportMetric(float64(n)/30/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkTables is the same on as many tables at once as there are processors.
func BenchmarkTables(b *testing.B) {
	s := load(b)
	metas, rows := ordinaryRows(20000)
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			cols := make([]*Column, len(metas))
			for i, m := range metas {
				cols[i] = s.NewColumn(m)
			}
			for _, row := range rows {
				for i, v := range row {
					cols[i].Add(v)
				}
			}
			Decide(cols)
			n.Add(int64(len(rows)))
		}
	})
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkColumn is one kind of value each.
func BenchmarkColumn(b *testing.B) {
	s := load(b)
	metas, rows := ordinaryRows(10000)
	for i := range 21 {
		b.Run(metas[i].Path, func(b *testing.B) {
			n := 0
			for b.Loop() {
				c := s.NewColumn(metas[i])
				for _, row := range rows {
					c.Add(row[i])
				}
				n += len(rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/value")
		})
	}
}
