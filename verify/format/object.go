package format

import "fmt"

// Kind says what sort of thing an object is; it decides how Primary and Suffix are read.
type Kind uint8

// The kinds of object a lane can belong to.
const (
	KindInstance Kind = 1  // GTIN-14 and serial (AI 01 + 21)
	KindLot      Kind = 2  // GTIN-14 and batch or lot (AI 01 + 10)
	KindClass    Kind = 3  // GTIN-14
	KindSSCC     Kind = 4  // 18 digits
	KindGRAI     Kind = 5  // 14 digits and serial
	KindGIAI     Kind = 6  // registered company prefix and the rest
	KindCPID     Kind = 7  // registered company prefix and the rest
	KindGDTI     Kind = 8  // 13 digits and serial
	KindOtherGS1 Kind = 9  // any other GS1 key with its serial
	KindURI      Kind = 20 // keccak256 of the licensed namespace and the rest
	KindPrefix   Kind = 30 // the digits of a GS1 company prefix
	KindRegistry Kind = 40 // a party; the hash of one of its keys, or of a party it lists, where that stands apart
	// KindMasterData is what a party declares about products, places and parties.
	KindMasterData Kind = 41
	KindBlinded    Kind = 255 // only its hash with a secret is on the ledger
)

// Object names one thing on the ledger. Primary is the canonical ASCII key, left-aligned and padded
// with zeros (for a URI the keccak256 of its licensed namespace, for a registry or master data object the
// party's address as a number); Suffix is the keccak256 of the UTF-8 remainder, or zero where there is none.
type Object struct {
	Kind    Kind
	Primary Hash
	Suffix  Hash
}

// NewObject builds an object from the ASCII of its primary key (32 bytes at most) and the remainder
// after percent-decoding; an empty remainder leaves Suffix zero.
func NewObject(kind Kind, primary, remainder string) (Object, error) {
	if len(primary) > len(Hash{}) {
		return Object{}, fmt.Errorf("primary key %q: %d bytes, at most %d", primary, len(primary), len(Hash{}))
	}
	o := Object{Kind: kind}
	copy(o.Primary[:], primary)
	if remainder != "" {
		o.Suffix = Keccak([]byte(remainder))
	}
	return o, nil
}

// URIObject names a URI: the part covered by the licensed namespace, and the rest.
func URIObject(namespace, remainder string) Object {
	o := Object{Kind: KindURI, Primary: Keccak([]byte(namespace))}
	if remainder != "" {
		o.Suffix = Keccak([]byte(remainder))
	}
	return o
}

// PartyObject is the registry object of a party: changes of the party, its licences, and its first keys and listed parties
// are leaves of its trunk.
func PartyObject(party Address) Object {
	return Object{Kind: KindRegistry, Primary: wordAddress(party)}
}

// KeyObject is the registry object of a key of a party that stands apart.
func KeyObject(party, key Address) Object {
	return Object{Kind: KindRegistry, Primary: wordAddress(party), Suffix: Keccak(key[:])}
}

// MemberObject is the registry object of a party listed under a licence of another that stands apart.
func MemberObject(holder Address, licence uint64, member Address) Object {
	return Object{Kind: KindRegistry, Primary: wordAddress(holder), Suffix: keccakWords(wordUint(licence), wordAddress(member))}
}

// MasterDataObject is the object of what a party declares.
func MasterDataObject(party Address) Object {
	return Object{Kind: KindMasterData, Primary: wordAddress(party)}
}

// Key is the object's place in Heads: keccak256(abi.encode(OBJECT_V1, kind, primary, suffix)).
func (o Object) Key() Hash {
	return keccakWords(ObjectV1, wordUint(uint64(o.Kind)), o.Primary, o.Suffix)
}

// Blind hides an object key behind a secret that is passed along the object's route.
func Blind(objKey, secret Hash) Object {
	return Object{Kind: KindBlinded, Primary: keccakWords(BlindV1, objKey, secret)}
}
