package trail

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxUnzipped bounds what a file can make us do.
const maxUnzipped = 1 << 31

// Read calls visit for every record of a file, in its order. Records that cannot be read are told to bad with their place
// in the file, the first being 1, and the rest goes on; an error is about the file as a whole.
func Read(r io.Reader, visit func(*Record), bad func(n int, err error)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("the file begins as gzip and is none: %w", err)
		}
		defer z.Close() //nolint:errcheck // it was read to its end or has failed already
		in = bufio.NewReaderSize(io.LimitReader(z, maxUnzipped), 64<<10)
	}
	dec := json.NewDecoder(in)
	n := 0
	each := func(raw json.RawMessage) {
		n++
		if err := one(raw, visit); err != nil {
			bad(n, err)
		}
	}
	for {
		if err := document(dec, each); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("record %d: %w", n+1, err)
		}
	}
}

// document reads one JSON value of the stream: an object with records, an array of them, or a record.
func document(dec *json.Decoder, each func(json.RawMessage)) error {
	var head json.RawMessage
	if err := dec.Decode(&head); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the file ends in the middle of a record")
		}
		return err
	}
	head = bytes.TrimSpace(head)
	if len(head) > 0 && head[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(head, &list); err != nil {
			return err
		}
		for _, raw := range list {
			each(raw)
		}
		return nil
	}
	var wrapped struct {
		Records []json.RawMessage `json:"Records"`
		Events  []json.RawMessage `json:"Events"`
	}
	if err := json.Unmarshal(head, &wrapped); err != nil {
		return errors.New("it is no object and no array")
	}
	switch {
	case wrapped.Records != nil:
		for _, raw := range wrapped.Records {
			each(raw)
		}
	case wrapped.Events != nil:
		for _, raw := range wrapped.Events {
			each(raw)
		}
	default:
		each(head)
	}
	return nil
}

// one reads a record, or the envelope that lookup-events puts around one.
func one(raw json.RawMessage, visit func(*Record)) error {
	var envelope struct {
		CloudTrailEvent *string `json:"CloudTrailEvent"`
	}
	if err := json.Unmarshal(raw, &envelope); err == nil && envelope.CloudTrailEvent != nil {
		raw = json.RawMessage(*envelope.CloudTrailEvent)
	}
	var r Record
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	if r.EventSource == "" || r.EventName == "" {
		return errors.New("it has no eventSource or no eventName, and is no record of CloudTrail")
	}
	if len(r.RawParameters) > 0 {
		// Some services record a text here; then there are no parameters to look into.
		_ = json.Unmarshal(r.RawParameters, &r.RequestParameters)
	}
	visit(&r)
	return nil
}
