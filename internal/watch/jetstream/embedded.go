package jetstream

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Embedded is a server within the process, which nobody else can reach. It keeps everything in a folder.
type Embedded struct {
	Conn   *nats.Conn
	server *server.Server
}

// Embed starts one. A folder has one server at a time.
func Embed(folder string) (*Embedded, error) {
	s, err := server.NewServer(&server.Options{ServerName: "bailey", DontListen: true, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true, DisableJetStreamBanner: true})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, fmt.Errorf("%s: the embedded NATS server does not start", folder)
	}
	conn, err := nats.Connect("", nats.InProcessServer(s), nats.MaxReconnects(-1))
	if err != nil {
		s.Shutdown()
		return nil, err
	}
	return &Embedded{Conn: conn, server: s}, nil
}

// Close stops it; what it keeps is in the folder.
func (e *Embedded) Close() {
	e.Conn.Close()
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// Connect joins servers that are there: addresses such as nats://host:4222 or tls://host:4222, with commas between them.
// credentials is a file of NATS's own kind, ca one with certificates; both may be empty. changed is told when the connection
// is lost and found.
func Connect(addresses, credentials, ca string, changed func(error)) (*nats.Conn, error) {
	opts := []nats.Option{
		nats.Name("bailey watch"), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, time.Second), nats.Timeout(5 * time.Second),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				changed(fmt.Errorf("the connection to NATS is lost: %w; it is tried again", err))
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { changed(errors.New("connected again, to " + c.ConnectedUrlRedacted())) }),
	}
	if credentials != "" {
		opts = append(opts, nats.UserCredentials(credentials))
	}
	if ca != "" {
		opts = append(opts, nats.RootCAs(ca))
	}
	return nats.Connect(addresses, opts...)
}
