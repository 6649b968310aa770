package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/skip2/go-qrcode"
	"github.com/spf13/cobra"
)

func (a *app) qrCmd() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "qr ID",
		Short: "Draw the QR code of an identifier, in the terminal or into a file",
		Long: `Draws the QR code (level M, quiet zone 4) of a GS1 Digital Link. ID is a Digital Link path or URI, an EPC
URN, or element strings such as "(01)09506000134352(21)ABC". With --file the node draws it as SVG or PNG.`,
		Example: `  suyuan qr /01/09506000134352/21/ABC
  suyuan qr "(01)09506000134352(10)L1" --file label.svg`,
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: once(nothing),
		RunE: func(cmd *cobra.Command, given []string) error {
			id, err := parseID(given[0])
			if err != nil {
				return exit(exitInvalid, err)
			}
			if file == "" {
				at, err := a.nodeURL()
				if err != nil {
					return err
				}
				return a.qrTerminal(at + id.Path())
			}
			ext := strings.ToLower(filepath.Ext(file))
			if ext != ".svg" && ext != ".png" {
				return exit(exitUsage, fmt.Errorf("--file: %q must end in .svg or .png", file))
			}
			res, err := a.remote().Do(cmd.Context(), http.MethodGet, "/qr"+id.Path()+ext, nil, nil)
			if err != nil {
				return err
			}
			if err := os.WriteFile(file, res.Body, 0o644); err != nil {
				return err
			}
			return a.print(map[string]string{"file": file}, func(w io.Writer) { fmt.Fprintln(w, file) })
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "write an .svg or .png instead")
	return cmd
}

func (a *app) qrTerminal(url string) error {
	q, err := qrcode.New(url, qrcode.Medium)
	if err != nil {
		return exit(exitInvalid, fmt.Errorf("QR code of %q: %w", url, err))
	}
	return a.print(map[string]string{"url": url}, func(w io.Writer) { fmt.Fprintf(w, "%s%s\n", q.ToSmallString(false), url) })
}
