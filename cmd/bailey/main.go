// Command bailey protects the databases a team runs on AWS. See bailey help.
package main

import (
	"os"

	"github.com/baileydb/bailey/internal/app"
)

func main() { os.Exit(app.Main(app.OS(), os.Args[1:])) }
