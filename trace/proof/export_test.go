package proof

import "time"

// Patience is how long a builder waits for the header of what was recorded a moment ago.
func (b *Builder) Patience(d time.Duration) { b.patience = d }
