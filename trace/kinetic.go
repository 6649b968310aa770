package trace

import (
	"math"
	"strconv"
	"time"
)

// Mean kinetic temperature is the one constant temperature that would have done the same harm as the temperatures
// measured, for a reaction with a given activation energy (USP <1079.2>):
//
//	MKT = (ΔH/R) / −ln( Σ wᵢ·exp(−ΔH/(R·Tᵢ)) / Σ wᵢ )
//
// with T in kelvin, ΔH = 83.144 kJ/mol, the value to be taken where the product's own isn't known, and R = 8.3144
// J/(mol·K). USP weighs readings at equal intervals equally; here a reading weighs the time it speaks for, which is the
// same where the intervals are equal. It says nothing of what a product bears: the time out of range stands beside it.
const (
	activationEnergy = 83.144    // kJ/mol
	gasConstant      = 0.0083144 // kJ/(mol·K)
	zeroCelsius      = 273.15    // K
)

// spoken is a temperature in degrees Celsius and the time it speaks for.
type spoken struct {
	celsius float64
	span    time.Duration
}

// meanKinetic is the mean kinetic temperature in degrees Celsius; false where there is no reading, or one that no
// thermometer gives.
func meanKinetic(list []spoken) (float64, bool) {
	var sum, weights float64
	for _, r := range list {
		if kelvin := r.celsius + zeroCelsius; kelvin > 0 && r.celsius < 1000 {
			w := r.span.Seconds()
			sum += w * math.Exp(-activationEnergy/(gasConstant*kelvin))
			weights += w
			continue
		}
		return 0, false
	}
	if weights <= 0 || sum <= 0 {
		return 0, false
	}
	return activationEnergy/gasConstant/-math.Log(sum/weights) - zeroCelsius, true
}

// speaking gives each reading the time it speaks for: one over a span that span, one taken at a moment the time until
// the next, at most maxGap. The last one speaks as long as the one before.
func speaking(list []reading) []spoken {
	out := make([]spoken, len(list))
	before := maxGap
	for i := range list {
		r := &list[i]
		out[i] = spoken{r.middle(), r.end.Sub(r.start)}
		if !r.spot {
			continue
		}
		if i+1 < len(list) {
			before = min(list[i+1].start.Sub(r.start), maxGap)
		}
		out[i].span = before
	}
	return out
}

// middle is what a reading says of its span as a whole: the mean if one was reported, else halfway from low to high.
func (r *reading) middle() float64 {
	if r.mean != nil {
		f, _ := r.mean.Float64()
		return f
	}
	low, _ := r.low.Float64()
	high, _ := r.high.Float64()
	return (low + high) / 2
}

// kinetic fills in the mean kinetic temperature of a line and the time its readings speak for.
func (c *ColdChain) kinetic(list []reading) {
	said := speaking(list)
	var covered time.Duration
	for _, r := range said {
		covered += r.span
	}
	c.Covered = Duration(covered)
	if c.Type != "Temperature" {
		return
	}
	if t, ok := meanKinetic(said); ok {
		c.MKT = strconv.FormatFloat(t, 'f', 1, 64)
		if c.MKT == "-0.0" {
			c.MKT = "0.0"
		}
		c.ActivationEnergy = strconv.FormatFloat(activationEnergy, 'f', -1, 64)
	}
}
