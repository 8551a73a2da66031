package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// stated is how many rows a second pdscan reads of such a table as measured by others, where its binary is not given.
const stated = 7_000

const classifiedRows = 100_000

// csvFile writes the table of people to a file in a folder of its own.
func csvFile(rows int) (path string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "bailey-bench-")
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "people.csv")
	f, err := os.Create(path)
	if err != nil {
		return "", nil, err
	}
	// Not by way of a large buffer: the largest size of a process counts from its parent's.
	b := bufio.NewWriter(f)
	people(b, rows)
	return path, func() { _ = os.RemoveAll(dir) }, errors.Join(b.Flush(), f.Close())
}

// classify times the classification of every row of a CSV file of 100,000 rows and 30 columns, a third of them sensitive,
// and compares the memory it takes with that for five times the rows.
func (b *bench) classify() error {
	var sizes [2]int64
	for i, rows := range []int{classifiedRows, 5 * classifiedRows} {
		file, remove, err := csvFile(rows)
		if err != nil {
			return err
		}
		defer remove()
		s, err := run(max(1, b.runs*classifiedRows/rows), b.bin, "classify", file, "--rows", "all", "--catalog", "none", "--format", "json", "-o", os.DevNull)
		if err != nil {
			return err
		}
		sizes[i] = s.rss
		if rows > classifiedRows {
			continue
		}
		peer := 0.0
		if b.pdscan != "" {
			other, err := run(1, b.pdscan, "file://"+file, "--sample-size", strconv.Itoa(rows))
			if err != nil {
				return err
			}
			peer = float64(rows) / other.wall.Seconds()
		}
		classified("classify-csv", float64(rows)/s.wall.Seconds(), peer)
	}
	ratio := float64(sizes[1]) / float64(sizes[0])
	line("classify-csv-memory", strconv.FormatInt(sizes[1]/1024, 10), "MiB", "-", fmt.Sprintf("%.2f", ratio), met(ratio < 1.5, "1.5x-of-a-fifth-of-the-rows"))
	return nil
}

// classified prints rows a second beside pdscan's.
func classified(name string, speed, peer float64) {
	text := fmt.Sprintf("%.0f", peer)
	if peer == 0 {
		peer, text = stated, strconv.Itoa(stated)+"(stated)"
	}
	line(name, fmt.Sprintf("%.0f", speed), "rows/s", text, fmt.Sprintf("%.1f", speed/peer), met(speed/peer >= 10, "10x-of-pdscan"))
}

// classifyPostgres does the same for a table of PostgreSQL.
func (b *bench) classifyPostgres() error {
	file, remove, err := csvFile(classifiedRows)
	if err != nil {
		return err
	}
	defer remove()
	out, err := b.onPostgres("BenchmarkFullScan", "3x", "BAILEY_CSV="+file)
	if err != nil {
		return err
	}
	classified("classify-postgres", metric(out, "rows/s"), metric(out, "peer-rows/s"))
	return nil
}

// classifyHuge times the default sampling of a table of a hundred million rows, the process's start included.
func (b *bench) classifyHuge() error {
	out, err := b.onPostgres("BenchmarkHugeTable", "3x")
	if err != nil {
		return err
	}
	s := metric(out, "ns/op") / 1e9
	line("classify-100-million-rows", fmt.Sprintf("%.2f", s), "s", "-", "-", met(s > 0 && s < 10, "10"))
	return nil
}

func (b *bench) onPostgres(benchmark, times string, env ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), "go", "test", "./internal/sample", "-run", "^$", "-bench", "^"+benchmark+"$", "-benchtime", times)
	cmd.Env = append(os.Environ(), append(env, "BAILEY_BIN="+b.bin, "BAILEY_PDSCAN="+b.pdscan)...)
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("ns/op")) {
		return "", fmt.Errorf("%s printed no figure: %w\n%s", benchmark, err, out)
	}
	return string(out), nil
}

// metric is a figure of a Go benchmark, 0 where it printed none.
func metric(out, unit string) float64 {
	m := regexp.MustCompile(`([\d.e+]+) ` + regexp.QuoteMeta(unit) + `(\s|$)`).FindStringSubmatch(strings.ReplaceAll(out, "\t", " "))
	if m == nil {
		return 0
	}
	f, _ := strconv.ParseFloat(m[1], 64) // the expression matches numbers
	return f
}

// people writes a table of made-up people as CSV: ten columns of what is said of a person, twenty of what every table has.
func people(b *bufio.Writer, rows int) {
	r := rand.New(rand.NewPCG(5, 6))
	_, _ = b.WriteString("id,first_name,last_name,email,phone,street,city,zip,birth_date,card_number,iban,ip")
	for i := range 18 {
		fmt.Fprintf(b, ",field_%d", i)
	}
	_ = b.WriteByte('\n')
	first, last := []string{"Ann", "Bob", "Carla", "Dimitri"}, []string{"Smith", "Jones", "Lee", "Novak"}
	for i := range rows {
		fmt.Fprintf(b, "%d,%s,%s,p%d@example.com,+49 30 %d,Main Street %d,Berlin,%d,19%d-%02d-%02d,4%015d,DE%020d,10.%d.%d.%d", i, first[i%4], last[i/4%4], i,
			1_000_000+r.IntN(8_999_999), i%300, 10_000+r.IntN(89_999), 40+i%59, 1+i%12, 1+i%28, r.Int64N(1e15), r.Int64N(1e17), i%256, i/256%256, r.IntN(255))
		for j := range 18 {
			switch j % 6 {
			case 0:
				fmt.Fprintf(b, ",2026-01-%02dT10:00:00Z", 1+i%28)
			case 1:
				fmt.Fprintf(b, ",%.2f", r.Float64()*1000)
			case 2:
				fmt.Fprintf(b, ",SKU-%05d", i%5000)
			case 3:
				_, _ = b.WriteString(",please call after noon")
			case 4:
				fmt.Fprintf(b, ",%d", r.IntN(100))
			default:
				fmt.Fprintf(b, ",%016x", r.Uint64())
			}
		}
		_ = b.WriteByte('\n')
	}
}
