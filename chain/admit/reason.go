// Package admit has the reasons why the ledger doesn't take a transaction, in one place for all who tell of it: the
// blocks' rules, the outbox, the doors.
package admit

import "fmt"

// Reason says why a transaction is not admitted. 1 to 99 are answered by the Parties contract, 100 and
// up are rules of the block.
type Reason uint8

// The reasons. Parties answers the first nine.
const (
	Admitted         Reason = 0
	UnknownKey       Reason = 1
	NotYetValid      Reason = 2
	Expired          Reason = 3
	Revoked          Reason = 4
	PartySuspended   Reason = 5
	SponsorSuspended Reason = 6
	TargetRefused    Reason = 7
	NeedsDeployScope Reason = 8

	WrongType     Reason = 100
	WrongChain    Reason = 101
	BadSignature  Reason = 102
	FeeNotZero    Reason = 103
	ValueNotZero  Reason = 104
	TooMuchGas    Reason = 105
	TooLarge      Reason = 106
	OperatorsOnly Reason = 107
)

var reasonText = map[Reason]string{
	Admitted:         "admitted",
	UnknownKey:       "the key is not registered",
	NotYetValid:      "the key is not valid yet",
	Expired:          "the key has expired",
	Revoked:          "the key, or its agent, was revoked",
	PartySuspended:   "the party is suspended",
	SponsorSuspended: "the party's sponsoring operator is suspended",
	TargetRefused:    "the called contract is not approved",
	NeedsDeployScope: "creating a contract needs a key with the deploy scope",
	WrongType:        "blob and set-code transactions are not accepted",
	WrongChain:       "the transaction is not signed for this chain id",
	BadSignature:     "the signature is not valid",
	FeeNotZero:       "gas is free: gas price, fee cap and tip must be 0",
	ValueNotZero:     "there is no coin: value must be 0",
	TooMuchGas:       "the gas limit is above 16777216",
	TooLarge:         "the transaction is larger than 131072 bytes",
	OperatorsOnly:    "Parties doesn't answer: only operators' keys are admitted",
}

// OfTransaction says that the transaction itself is at fault, not who sends it where: nobody can send it.
func (r Reason) OfTransaction() bool { return r >= WrongType && r != OperatorsOnly }

// String says the reason in words.
func (r Reason) String() string {
	if s, ok := reasonText[r]; ok {
		return s
	}
	return fmt.Sprintf("reason %d", uint8(r))
}
