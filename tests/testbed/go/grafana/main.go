// SPDX-License-Identifier: Apache-2.0

// Reads dashboards (a JSON document each, from standard input), decodes them strictly into the types
// that Grafana publishes of its schema (unknown members and wrong types are errors, also in the
// options of panels and in queries), and validates them. One line each: "ok TITLE" or "no TITLE: why".
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// A list of no errors is no error.
func real(err error) error {
	if err == nil || err.Error() == "" {
		return nil
	}
	return err
}

func check(raw []byte) error {
	var board dashboard.Dashboard

	if err := real(board.UnmarshalJSONStrict(raw)); err != nil {
		return err
	}
	return real(board.Validate())
}

func main() {
	plugins.RegisterDefaultPlugins()
	decoder := json.NewDecoder(os.Stdin)
	for {
		var raw json.RawMessage
		var named struct{ Title string }

		err := decoder.Decode(&raw)
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Println("no: ", err)
			os.Exit(2)
		}
		_ = json.Unmarshal(raw, &named)
		if err := check(raw); err != nil {
			fmt.Printf("no %s: %s\n", named.Title, strings.ReplaceAll(err.Error(), "\n", "; "))
		} else {
			fmt.Printf("ok %s\n", named.Title)
		}
	}
}
