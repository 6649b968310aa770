package epcis

// VocabularySize counts the words of a CBV list, for tests.
func VocabularySize(name string) int {
	for _, v := range []*vocabulary{bizSteps, dispositions, measurementTypes, transactionTypes, sourceDestTypes, errorReasons,
		components, alertTypes} {
		if v.name == name {
			return len(v.words)
		}
	}
	return 0
}

// CanonicalNumber and CanonicalURI are exported for tests.
var (
	CanonicalNumber = canonicalNumber
	CanonicalURI    = canonicalURI
	CanonicalTime   = canonicalTime
)

// HashAgain computes the event hash ID anew.
func HashAgain(e *Event) string { return e.computeHashID() }
