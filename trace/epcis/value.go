package epcis

// ValueKind is the JSON type of a Value.
type ValueKind uint8

// The JSON types.
const (
	Null ValueKind = iota
	Bool
	Number
	String
	Array
	Object
)

// Value is a JSON value with its numbers as the literals they were sent as. It is read-only. Methods of a nil Value
// behave as of null.
type Value struct {
	kind    ValueKind
	text    string // decoded string, number literal, "true" or "false"
	items   []*Value
	members []Member // in the order sent
}

// Member is one field of an object.
type Member struct {
	Name  string
	Value *Value
}

// Kind is the JSON type.
func (v *Value) Kind() ValueKind {
	if v == nil {
		return Null
	}
	return v.kind
}

// Text is a string decoded, a number literal as sent, "true" or "false"; "" for all else.
func (v *Value) Text() string {
	if v == nil {
		return ""
	}
	return v.text
}

// Items are the elements of an array.
func (v *Value) Items() []*Value {
	if v == nil {
		return nil
	}
	return v.items
}

// Members are the fields of an object in the order sent.
func (v *Value) Members() []Member {
	if v == nil {
		return nil
	}
	return v.members
}

// Get is the field of an object with that name, nil if there is none.
func (v *Value) Get(name string) *Value {
	if v == nil {
		return nil
	}
	for i := range v.members {
		if v.members[i].Name == name {
			return v.members[i].Value
		}
	}
	return nil
}

// MarshalJSON writes the value canonically: keys sorted by code point, no white space, number literals as sent.
func (v *Value) MarshalJSON() ([]byte, error) { return appendJSON(nil, v), nil }

func newString(s string) *Value { return &Value{kind: String, text: s} }

func newObject(members ...Member) *Value { return &Value{kind: Object, members: members} }

func newArray(items ...*Value) *Value { return &Value{kind: Array, items: items} }
