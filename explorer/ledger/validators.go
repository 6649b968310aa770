package ledger

// Validators is the present validator set and how it does.
type Validators struct {
	Height int64       `json:"height,string" doc:"Latest CometBFT height"`
	Window int         `json:"window" doc:"Heights over which signatures are counted"`
	List   []Validator `json:"validators" nullable:"false"`
	// WaitingFor says in words what writes wait for; empty if they don't.
	WaitingFor string `json:"waiting_for,omitempty"`
}

// Validator is one member of the validator set.
type Validator struct {
	Name       string `json:"name"`
	Address    string `json:"address" doc:"Consensus address, hex"`
	Power      int64  `json:"power,string"`
	LastSigned int64  `json:"last_signed,string" doc:"Latest CometBFT height it signed, 0 if none is known"`
	MissedFor  int64  `json:"missed,string" doc:"Heights since"`
	Signed     int    `json:"signed" doc:"Heights of the window it signed"`
	Of         int    `json:"of" doc:"Heights of the window this node knows"`
	Missing    bool   `json:"missing" doc:"It has stopped signing"`
}

// Uptime is the share of heights a validator signed, in percent; ok is false if none is known.
func (v Validator) Uptime() (percent float64, ok bool) {
	if v.Of == 0 {
		return 0, false
	}
	return 100 * float64(v.Signed) / float64(v.Of), true
}

// Missing names the validators that have stopped signing, and says if what is left is no more than two thirds of the
// power, so that nothing can become final.
func (v Validators) Missing() (names []string, waiting bool) {
	for _, x := range v.List {
		if x.Missing {
			names = append(names, x.Name)
		}
	}
	present, of := v.Votes()
	return names, of > 0 && present*3 <= of*2
}

// Votes is the power of the validators that sign, and of all.
func (v Validators) Votes() (present, of int64) {
	for _, x := range v.List {
		of += x.Power
		if !x.Missing {
			present += x.Power
		}
	}
	return present, of
}

// Validators is the present validator set and how it does.
func (r *Reader) Validators() Validators { return r.Signing() }
