package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"
)

func (a *app) listCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show, back up and pass on sealed lists of serials",
		Long: `An event about more than 256 things stands on the ledger with a sealed list in their place: only its root and
the number of its entries. The serials and the salt are kept by the node that recorded the event, for the party that
did. Without them nobody can tell which units the list holds: back them up, and pass them on to partners whose nodes
shall be able to tell a unit's lot from its serial.`,
	}
	cmd.AddCommand(a.listShowCmd(), a.listExportCmd(), a.listImportCmd())
	return cmd
}

// list is one list of the API key's party.
type list struct {
	Root      string `json:"root"`
	Salt      string `json:"salt"`
	Count     uint64 `json:"count"`
	Event     string `json:"eventID"`
	Effective bool   `json:"effective"`
}

func (a *app) listShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "ls",
		Short:   "List the lists of the API key's party that the node holds",
		Example: `  suyuan list ls --output json`,
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.needKey(); err != nil {
				return err
			}
			all := []list{}
			if err := a.remote().Get(cmd.Context(), "/api/v1/lists", &all); err != nil {
				return err
			}
			return a.print(all, func(w io.Writer) {
				for _, l := range all {
					state := "recorded"
					if !l.Effective {
						state = "not recorded"
					}
					fmt.Fprintf(w, "%s  %9d  %s  %s\n", l.Root, l.Count, state, l.Event)
				}
			})
		},
	}
}

func (a *app) listExportCmd() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "export ROOT",
		Short: "Write a list with its salt and its serials to a file",
		Long: `Writes everything there is to know of a list: a line of JSON that names it, and a line for each thing. Whoever
holds the file can tell which units exist: keep it as you keep keys.`,
		Example: `  suyuan list export 0x5b8c... --file lot7.list`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if err := a.needKey(); err != nil {
				return err
			}
			path := "/api/v1/lists/" + given[0] + "/file"
			if file == "-" {
				return a.remote().Stream(cmd.Context(), http.MethodGet, path, nil, a.out)
			}
			if file == "" {
				file = given[0] + ".list"
			}
			bar := a.progress(-1, "export")
			err := a.download(cmd.Context(), path, file, bar)
			_ = bar.Exit()
			if err != nil {
				return err
			}
			return a.print(map[string]string{"root": given[0], "file": file}, func(w io.Writer) { fmt.Fprintln(w, file) })
		},
	}
	cmd.Flags().StringVar(&file, "file", "", "file to write; - is standard output (default ROOT.list)")
	return cmd
}

func (a *app) listImportCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE...",
		Short: "Give a node a list that another node made",
		Long: `The node takes a list only if the ledger holds its root, and only whole: salt and serials must make that very
root. From then on it tells a unit's lot from its serial, as the node that made the list does.
Exit code 3: the file isn't whole, or no such list is on the ledger.`,
		Example: `  suyuan list import --node https://partner.example lot7.list`,
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := a.needKey(); err != nil {
				return err
			}
			for _, file := range files {
				var in io.Reader = a.in
				if file != "-" {
					f, err := os.Open(file)
					if err != nil {
						return err
					}
					defer func() { _ = f.Close() }() // read only
					in = f
				}
				if err := a.remote().Stream(cmd.Context(), http.MethodPost, "/api/v1/lists", in, io.Discard); err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
			}
			return a.print(map[string]any{"imported": files}, func(w io.Writer) { fmt.Fprintf(w, "%d list(s) imported\n", len(files)) })
		},
	}
}

func (a *app) needKey() error {
	if a.key() == "" {
		return exit(exitUsage, errors.New("lists need an API key: --api-key or SUYUAN_API_KEY (make one with suyuan key api)"))
	}
	return nil
}
