package guard

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Record is one line of the audit: what somebody asked for and what the guard said. It never holds a value.
type Record struct {
	Seq      int64     `json:"seq"`
	Time     time.Time `json:"time"`
	Listener string    `json:"listener,omitempty"`
	Session  string    `json:"session,omitempty"`
	Who      string    `json:"who,omitempty"`
	Role     string    `json:"role,omitempty"`
	MFA      bool      `json:"mfa"`
	From     string    `json:"from,omitempty"`
	Action   string    `json:"action,omitempty"`
	Resource string    `json:"resource,omitempty"`
	// Attributes are the names of what the request touches, Levels their levels.
	Attributes []string `json:"attributes,omitempty"`
	Levels     []string `json:"levels,omitempty"`
	Verdict    string   `json:"verdict,omitempty"` // allowed, denied, limited or failed
	Reason     string   `json:"reason,omitempty"`
	// Signature is of the record before, in lines that hold nothing else: it says that all up to there was written by this
	// guard.
	Signature string `json:"signature,omitempty"`
	Prev      string `json:"prev"` // the hash of the line before; of the first line, that of nothing
	Hash      string `json:"hash"`
}

// The verdicts of records.
const (
	Allowed = "allowed"
	Denied  = "denied"
	Limited = "limited"
	Failed  = "failed"
)

// hashed is the hash of a record, with its place in the chain.
func (r Record) hashed() (string, error) {
	r.Hash = ""
	text, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

const (
	auditFile = "audit-%06d.jsonl"
	// maxSegment is how large a file of the audit grows.
	maxSegment = 64 << 20
	signEvery  = 10 * time.Second
	signAfter  = 1000
)

// Audit appends records to files in a folder. Every record carries the hash of the one before, and a signature follows at
// intervals, so that an edit, a removal and another order are found. A record is with the operating system when Write
// returns, so that the end of the process loses none; Sync says whether it is on the disk too.
type Audit struct {
	Folder string
	// Sync waits for the disk at every record; otherwise that happens every second.
	Sync bool
	// Noted is told where the chain stands after every signature; it may be nil.
	Noted func(seq int64, hash string) error
	Now   func() time.Time

	key ed25519.PrivateKey

	mu       sync.Mutex
	file     *os.File
	size     int64
	segment  int
	seq      int64
	last     string
	unsigned int
	signed   time.Time
	dirty    bool
	broken   error
}

// OpenAudit goes on with the audit in a folder, or begins one.
func OpenAudit(folder string, key Key, now func() time.Time) (*Audit, error) {
	a := &Audit{Folder: folder, Now: now, key: key.signing(), signed: now()}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	names, err := segments(folder)
	if err != nil {
		return nil, err
	}
	a.segment = len(names)
	if len(names) == 0 {
		return a, a.next()
	}
	path := names[len(names)-1]
	torn, err := a.resume(path)
	if err != nil {
		return nil, err
	}
	if a.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if torn != "" {
		return a, a.Write(Record{Listener: "guard", Action: "bailey:ResumeAudit", Verdict: Allowed, Reason: torn})
	}
	return a, nil
}

// segments are the files of an audit, in order, without a gap.
func segments(folder string) ([]string, error) {
	var out []string
	for n := 1; ; n++ {
		path := filepath.Join(folder, fmt.Sprintf(auditFile, n))
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			break
		} else if err != nil {
			return nil, err
		}
		out = append(out, path)
	}
	all, err := filepath.Glob(filepath.Join(folder, "audit-*.jsonl"))
	if err == nil && len(all) != len(out) {
		err = fmt.Errorf("%s: the files are not numbered from 1 without a gap; one is missing", folder)
	}
	return out, err
}

// resume finds where the chain stands. A line that was only half written, as by the end of the machine, is set aside: it
// was never acknowledged.
func (a *Audit) resume(path string) (torn string, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) < len(data) {
		if err := os.WriteFile(path+".torn", data[len(whole):], 0o600); err != nil { //nolint:gosec // beside the audit, in the folder that the policy names
			return "", err
		}
		if err := os.Truncate(path, int64(len(whole))); err != nil {
			return "", err
		}
		torn = fmt.Sprintf("a line of %d bytes was half written and is set aside in %s.torn", len(data)-len(whole), filepath.Base(path))
	}
	a.size = int64(len(whole))
	lines := bytes.Split(bytes.TrimRight(whole, "\n"), []byte("\n"))
	var r Record
	if len(lines[len(lines)-1]) == 0 { // a new file: the chain goes on from the one before, or begins
		if a.segment == 1 {
			return torn, nil
		}
		before := &Audit{segment: a.segment - 1}
		if _, err := before.resume(filepath.Join(filepath.Dir(path), fmt.Sprintf(auditFile, a.segment-1))); err != nil {
			return "", err
		}
		a.seq, a.last = before.seq, before.last
		return torn, nil
	}
	if err := json.Unmarshal(lines[len(lines)-1], &r); err != nil {
		return "", fmt.Errorf("%s: the last line is no record; look at it with bailey audit verify: %w", path, err)
	}
	a.seq, a.last = r.Seq, r.Hash
	return torn, nil
}

// next begins a file.
func (a *Audit) next() error {
	if a.file != nil {
		if err := errors.Join(a.file.Sync(), a.file.Close()); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(filepath.Join(a.Folder, fmt.Sprintf(auditFile, a.segment+1)), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	a.file, a.size = f, 0
	a.segment++
	return nil
}

// Write appends a record, filling in its number, time and place in the chain. After an error nothing more is written: a line
// may be half there.
func (a *Audit) Write(r Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	if err := a.append(r); err != nil {
		a.broken = fmt.Errorf("the audit cannot be written: %w", err)
		return a.broken
	}
	a.unsigned++
	if a.unsigned >= signAfter || a.Now().Sub(a.signed) >= signEvery {
		return a.sign()
	}
	return nil
}

func (a *Audit) append(r Record) error {
	if a.size >= maxSegment {
		if err := a.next(); err != nil {
			return err
		}
	}
	r.Seq, r.Prev = a.seq+1, a.last
	if r.Time.IsZero() {
		r.Time = a.Now().UTC()
	}
	var err error
	if r.Hash, err = r.hashed(); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	n, err := a.file.Write(append(text, '\n'))
	a.size += int64(n)
	if err != nil {
		return err
	}
	if a.Sync {
		if err := a.file.Sync(); err != nil {
			return err
		}
	}
	a.seq, a.last, a.dirty = r.Seq, r.Hash, true
	return nil
}

// sign writes a signature over the chain so far, and notes where it stands.
func (a *Audit) sign() error {
	if a.unsigned == 0 {
		return nil
	}
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(a.key, []byte(a.last)))
	if err := a.append(Record{Signature: signature}); err != nil {
		a.broken = fmt.Errorf("the audit cannot be written: %w", err)
		return a.broken
	}
	a.unsigned, a.signed = 0, a.Now()
	if a.Noted != nil {
		return a.Noted(a.seq, a.last)
	}
	return nil
}

// Tick brings what was written to the disk and signs it; it is called every second.
func (a *Audit) Tick() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken != nil {
		return a.broken
	}
	if a.Now().Sub(a.signed) >= signEvery {
		if err := a.sign(); err != nil {
			return err
		}
	}
	if !a.dirty {
		return nil
	}
	a.dirty = false
	return a.file.Sync()
}

// Close signs what is left and closes the file.
func (a *Audit) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken == nil {
		if err := a.sign(); err != nil {
			return errors.Join(err, a.file.Close())
		}
	}
	return errors.Join(a.file.Sync(), a.file.Close())
}

// Verified is what a verification found.
type Verified struct {
	Records int64
	// Unsigned is how many records at the end no signature covers yet: those of the last seconds before the guard ended.
	Unsigned int64
	Seq      int64
	Hash     string
}

// TamperError names the first record that is not as it was written.
type TamperError struct {
	File string
	Line int
	Why  string
}

func (e *TamperError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Why) }

// VerifyAudit reads all records of a folder and finds the first that was edited, removed or moved. seq and hash are where the
// chain was noted to stand, so that an end that was cut off is missed; a seq of 0 is for none.
func VerifyAudit(folder string, key Key, seq int64, hash string) (Verified, error) {
	var v Verified
	public := key.signing().Public().(ed25519.PublicKey)
	reached := seq == 0
	last, line := "", 0
	err := ReadAudit(folder, func(file string, n int, r *Record, text []byte) error {
		line = n
		want, err := r.hashed()
		if err != nil {
			return err
		}
		again, err := json.Marshal(r)
		if err != nil {
			return err
		}
		last = file
		switch {
		case r.Seq != v.Seq+1:
			return &TamperError{file, n, fmt.Sprintf("record %d follows record %d: records were removed or moved", r.Seq, v.Seq)}
		case r.Prev != v.Hash:
			return &TamperError{file, n, fmt.Sprintf("record %d does not follow the one before: that one was changed, or records were moved", r.Seq)}
		case r.Hash != want || !bytes.Equal(again, text):
			return &TamperError{file, n, fmt.Sprintf("record %d was changed", r.Seq)}
		case r.Signature != "":
			signature, err := base64.StdEncoding.DecodeString(r.Signature)
			if err != nil || !ed25519.Verify(public, []byte(r.Prev), signature) {
				return &TamperError{file, n, fmt.Sprintf("the signature in record %d is not this guard's: the chain was made anew", r.Seq)}
			}
			v.Unsigned = 0
		default:
			v.Unsigned++
			v.Records++
		}
		v.Seq, v.Hash = r.Seq, r.Hash
		if r.Seq == seq {
			if r.Hash != hash {
				return &TamperError{file, n, fmt.Sprintf("record %d is not the one that was noted in the store", r.Seq)}
			}
			reached = true
		}
		return nil
	})
	if err == nil && !reached {
		err = &TamperError{last, line + 1, fmt.Sprintf("the records %d to %d are missing from the end", v.Seq+1, seq)}
	}
	return v, err
}

// ReadAudit calls f for every record of a folder with the file, the line and its text.
func ReadAudit(folder string, f func(file string, line int, r *Record, text []byte) error) error {
	names, err := segments(folder)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: there is no audit", folder)
	}
	for _, name := range names {
		if err := readSegment(name, f); err != nil {
			return err
		}
	}
	return nil
}

// maxLine bounds what is read of one record.
const maxLine = 4 << 20

func readSegment(name string, f func(file string, line int, r *Record, text []byte) error) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	return readRecords(name, in, f)
}

func readRecords(name string, in io.Reader, f func(file string, line int, r *Record, text []byte) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		var r Record
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return &TamperError{name, n, "it is no record: " + err.Error()}
		}
		if err := f(name, n, &r, lines.Bytes()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return &TamperError{name, n + 1, err.Error()}
	}
	return nil
}
