package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func (a *app) epcisCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "epcis",
		Short: "Check EPCIS documents and compute event hash IDs, without a node",
	}
	validate := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check EPCIS 2.0 JSON documents and name every fault with its place",
		Long: `Checks structure and meaning: CBV vocabularies, identifiers and their check digits, dates, namespaces.
Exit code 0: all documents are valid; 3: at least one is not. A file name of - reads standard input.`,
		Example: `  suyuan epcis validate harvest.json
  suyuan epcis validate --output json *.json | jq '.[] | select(.valid | not)'`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error { return a.epcisValidate(files) },
	}
	hash := &cobra.Command{
		Use:   "hash FILE...",
		Short: "Print the GS1 event hash ID of each event, one a line, in document order",
		Example: `  suyuan epcis hash harvest.json
  cat event.json | suyuan epcis hash -`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error { return a.epcisHash(files) },
	}
	cmd.AddCommand(validate, hash)
	return cmd
}

// checked is what epcis validate says of one file.
type checked struct {
	File   string        `json:"file"`
	Valid  bool          `json:"valid"`
	Events int           `json:"events"`
	Faults []epcis.Fault `json:"faults"`
}

func (a *app) epcisValidate(files []string) error {
	all, invalid := []checked{}, 0
	for _, file := range files {
		c := checked{File: file, Faults: []epcis.Fault{}}
		doc, err := a.document(file)
		var faults *epcis.Invalid
		switch {
		case errors.As(err, &faults):
			c.Faults = faults.Faults
			invalid++
		case err != nil:
			return err
		default:
			c.Valid, c.Events = true, len(doc.Events)
		}
		all = append(all, c)
	}
	err := a.print(all, func(w io.Writer) {
		for _, c := range all {
			if c.Valid {
				fmt.Fprintf(w, "%s: valid, %d events\n", c.File, c.Events)
			}
			for _, f := range c.Faults {
				fmt.Fprintf(w, "%s: %s\n", c.File, f)
			}
		}
	})
	if err == nil && invalid > 0 {
		err = exit(exitInvalid, fmt.Errorf("%d of %d documents are not valid", invalid, len(files)))
	}
	return err
}

func (a *app) epcisHash(files []string) error {
	ids := []string{}
	for _, file := range files {
		doc, err := a.document(file)
		if err != nil {
			var faults *epcis.Invalid
			if errors.As(err, &faults) {
				return exit(exitInvalid, fmt.Errorf("%s: %w", file, err))
			}
			return err
		}
		for _, e := range doc.Events {
			ids = append(ids, e.HashID())
		}
	}
	return a.print(ids, func(w io.Writer) {
		for _, id := range ids {
			fmt.Fprintln(w, id)
		}
	})
}

func (a *app) document(file string) (*epcis.Document, error) {
	b, err := a.read(file)
	if err != nil {
		return nil, err
	}
	return epcis.Decode(bytes.NewReader(b), epcis.DefaultLimits)
}
