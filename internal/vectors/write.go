package vectors

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"github.com/baileydb/bailey/seal"
)

// RoundTrip is an item to be sealed under a configuration.
type RoundTrip struct {
	Name   string
	Config json.RawMessage // in the form of the vectors
	Item   seal.Item
}

// ReadRoundTrips reads the member RoundTripTest of a data file: every configuration with every record.
func ReadRoundTrips(path string) ([]RoundTrip, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		RoundTripTest struct {
			Configs map[string]json.RawMessage
			Records []map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var all []RoundTrip
	for name, config := range file.RoundTripTest.Configs {
		for i, raw := range file.RoundTripTest.Records {
			it, err := item(raw)
			if err != nil {
				return nil, fmt.Errorf("%s: record %d: %w", path, i, err)
			}
			all = append(all, RoundTrip{fmt.Sprintf("%s record %d", name, i), config, it})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no RoundTripTest", path)
	}
	slices.SortFunc(all, func(a, b RoundTrip) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all, nil
}

// Write seals every item and writes a file of vectors, so that other implementations can be asked whether they open
// what we write: AWS's own test-vector programs, in every language there is, read files of this form. keysFile is the
// address under which the keys lie for the reader, such as file://keys.json.
func Write(ctx context.Context, w io.Writer, keys Keys, keysFile string, items []RoundTrip) error {
	type vector struct {
		Type        string          `json:"type"`
		Description string          `json:"description"`
		Config      json.RawMessage `json:"config"`
		Plain       seal.Item       `json:"plaintext"`
		Sealed      seal.Item       `json:"encrypted"`
	}
	tests := map[string]vector{}
	for i, r := range items {
		t, err := Table(r.Config, keys)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		s, err := seal.New(t)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		sealed, err := s.Seal(ctx, r.Item)
		if err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
		tests[strconv.Itoa(i+1)] = vector{"positive-decrypt", r.Name, r.Config, r.Item, sealed}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{
		"manifest": map[string]string{"type": "aws-dbesdk-decrypt", "version": "1"},
		"client":   map[string]string{"name": "baileydb/bailey", "version": "1"},
		"keys":     keysFile,
		"tests":    tests,
	})
}
