package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/suyuan-ledger/suyuan/demo"
)

func (a *app) demoStopCmd(f *demoFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "stop N",
		Short: "Stop one validator of the running demo; the others go on",
		Long: `Stops validator N, 1 to 4 or by name, of the demo that runs in --dir. With one stopped the ledger goes on; with
two stopped pages and queries still answer, and writes wait.`,
		Example: `  suyuan demo stop 4
  suyuan demo stop bank --dir /tmp/suyuan`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return a.demoAct(cmd, f, demo.ActStop, given[0], "{operator} has stopped. Start it again: suyuan demo start {n}{where}")
		},
	}
}

func (a *app) demoStartCmd(f *demoFlags) *cobra.Command {
	return &cobra.Command{
		Use:     "start N",
		Short:   "Start a validator of the running demo again, and wait until it has caught up",
		Example: `  suyuan demo start 4`,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			return a.demoAct(cmd, f, demo.ActStart, given[0], "{operator} is back, with all that was written meanwhile.")
		},
	}
}

func (a *app) demoTamperCmd(f *demoFlags) *cobra.Command {
	var undo bool
	cmd := &cobra.Command{
		Use:   "tamper [N]",
		Short: "Alter a record in one operator's store, as a dishonest operator could",
		Long: `Changes the reading of 9.4 °C to 4.4 °C in the store of validator N (1 to 4 or by name; the carrier, 2, if none is
given) of the demo that runs in --dir. Its scan page then says that its copy was altered; the other operators' pages
show the truth. The ledger itself isn't touched: --undo lets the node build its store again from the blocks.`,
		Example: `  suyuan demo tamper
  suyuan demo tamper 3
  suyuan demo tamper --undo`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			which := "2"
			if len(given) == 1 {
				which = given[0]
			}
			if !undo {
				return a.demoAct(cmd, f, demo.ActTamper, which, "The node of {operator} now hides the 9.4 °C. Undo it: suyuan demo tamper --undo {n}{where}")
			}
			if len(given) == 0 {
				c, err := demo.Dial(cmd.Context(), f.dir)
				if err != nil {
					return err
				}
				for _, v := range c.Validators {
					if v.Altered != "" {
						which = v.Name
					}
				}
			}
			return a.demoAct(cmd, f, demo.ActUndo, which, "The node of {operator} has built its store again from the ledger.")
		},
	}
	cmd.Flags().BoolVar(&undo, "undo", false, "build the altered store again from the ledger")
	return cmd
}

// altered is a validator after something was done to it, and what to look at.
type altered struct {
	demo.Validator
	Number int               `json:"number"`
	Pages  map[string]string `json:"pages,omitempty"` // of the altered story, by validator
}

// demoAct does something to one validator of the running demo; done says so, with {operator}, {n} and {where}.
func (a *app) demoAct(cmd *cobra.Command, f *demoFlags, act, which, done string) error {
	c, err := demo.Dial(cmd.Context(), f.dir)
	if err != nil {
		return err
	}
	i, err := c.Find(which)
	if err != nil {
		return exit(exitUsage, err)
	}
	v, err := c.Act(cmd.Context(), act, i)
	if err != nil {
		return err
	}
	out := altered{Validator: v, Number: i + 1}
	if act == demo.ActTamper || act == demo.ActUndo {
		out.Pages = map[string]string{}
		for _, v := range c.Validators {
			if v.PID != 0 {
				out.Pages[v.Name] = v.Page(c.Stories[0])
			}
		}
	}
	return a.print(out, func(w io.Writer) {
		fmt.Fprintln(w, strings.NewReplacer("{operator}", v.Operator.EN, "{n}", strconv.Itoa(i+1), "{where}", f.where()).Replace(done))
		for _, v := range c.Validators {
			if page, ok := out.Pages[v.Name]; ok {
				fmt.Fprintf(w, "  %-28s %s\n", v.Operator.EN, page)
			}
		}
	})
}
