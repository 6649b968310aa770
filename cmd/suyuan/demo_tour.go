package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/demo"
)

func (a *app) demoTourCmd(f *demoFlags) *cobra.Command {
	var yes bool
	var lang string
	cmd := &cobra.Command{
		Use:   "tour",
		Short: "Walk through what the running demo shows, one key a station",
		Long: `Walks through the demo that runs in --dir: at each station it does something to the network, says in a sentence or
two what happened, and names the page to look at. Enter leads on, Ctrl-C ends it. What the sentences say is looked up
on the network at that moment; a station whose claim doesn't hold fails, with exit code 1. The tour starts again what
it has stopped, undoes what it has altered, and ends by naming the records it leaves behind.`,
		Example: `  suyuan demo tour
  suyuan demo tour --lang zh
  suyuan demo tour --yes --output json    # one JSON object a line`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if lang != "zh" && lang != "en" {
				return exit(exitUsage, fmt.Errorf("--lang: %q is not zh or en", lang))
			}
			c, err := demo.Dial(cmd.Context(), f.dir)
			if err != nil {
				return err
			}
			return demo.NewTour(c, lang).Run(cmd.Context(), a.audience(cmd.Context(), yes))
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "don't wait for a key")
	cmd.Flags().StringVar(&lang, "lang", userLang(), "language of the tour: zh or en")
	return cmd
}

// userLang is the language of the terminal.
func userLang() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "zh") {
				return "zh"
			}
			break
		}
	}
	return "en"
}

// audience shows stations and waits for a line after each but the last.
func (a *app) audience(ctx context.Context, yes bool) func(demo.Shown) error {
	lines := make(chan error)
	if !yes {
		go func() {
			in := bufio.NewReader(a.in)
			for {
				_, err := in.ReadString('\n')
				lines <- err
				if err != nil {
					return
				}
			}
		}()
	}
	return func(s demo.Shown) error {
		if err := a.showBeat(s); err != nil || yes || s.Number == s.Of {
			return err
		}
		if a.output == "text" {
			fmt.Fprint(a.out, "\n[Enter] ")
		}
		select {
		case err := <-lines:
			if errors.Is(err, io.EOF) {
				return errors.New("the tour ended early: no more keys to read (scripts use --yes)")
			}
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *app) showBeat(s demo.Shown) error {
	if a.output == "json" {
		enc := json.NewEncoder(a.out) // one object a line
		enc.SetEscapeHTML(false)
		return enc.Encode(s)
	}
	fmt.Fprintf(a.out, "\n%d/%d  %s\n\n", s.Number, s.Of, s.Title)
	for _, sentence := range s.Sentences {
		fmt.Fprintf(a.out, "  %s\n", sentence)
	}
	_, err := fmt.Fprintf(a.out, "\n  %s\n", s.URL)
	return err
}
