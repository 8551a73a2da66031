package parts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

//go:embed mail.py
var mailProgram []byte

// MailServer is a real one, aiosmtpd, that keeps what it gets.
type MailServer struct {
	Address string // 127.0.0.1:port
	CA      string // file with the certificate that it shows
	folder  string
}

// Mail starts a mail server that speaks TLS alone: starttls after its greeting, or implicit from the beginning.
func Mail(tb testing.TB, tls string) *MailServer {
	tb.Helper()
	_, here, _, _ := runtime.Caller(0)
	python, err := exec.LookPath(filepath.Join(filepath.Dir(here), "..", "..", ".cache", "mail", "bin", "python"))
	if err != nil {
		tb.Skip("aiosmtpd is not installed; scripts/test installs it")
	}
	folder := tb.TempDir()
	m := &MailServer{CA: filepath.Join(folder, "cert.pem"), folder: filepath.Join(folder, "mail")}
	key := filepath.Join(folder, "key.pem")
	certificate(tb, m.CA, key)
	program := filepath.Join(folder, "mail.py")
	for _, err := range []error{os.WriteFile(program, mailProgram, 0o600), os.Mkdir(m.folder, 0o700)} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	p := port(tb)
	serve(tb, nil, p, syscall.SIGTERM, python, program, strconv.Itoa(p), m.CA, key, m.folder, tls)
	m.Address = "127.0.0.1:" + strconv.Itoa(p)
	return m
}

// Messages are what it got, as it came, in order.
func (m *MailServer) Messages(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(m.folder, "*.eml"))
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(files)
	var out []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// certificate writes one for 127.0.0.1 that signs itself, and its key.
func certificate(tb testing.TB, cert, key string) {
	tb.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), //nolint:forbidigo // a real server looks at the real clock
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		tb.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		tb.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
}
