package explorer

import (
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/contracts/decode"
	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// callView is a call, a log or an error in words.
type callView struct {
	Title string
	Code  string // as the contract writes it: Heads.append
	To    *cell  // the contract, where it isn't clear from Code
	Args  []argView
	Inner []callView
}

// argView is an argument with what it means.
type argView struct {
	Name string
	cell
	Args []argView
	More int // entries left out
}

// words puts decoded values into one language.
type contractSpeaker struct {
	l     Lang
	names map[common.Address]ledger.Who
}

func (w contractSpeaker) call(c decode.Call) callView {
	v := callView{Title: w.method(c.Contract, c.Method), Code: c.Method}
	if c.Contract != "" && c.Method != "" {
		v.Code = c.Contract + "." + c.Method
	}
	to := w.address(c.To)
	v.To = &to
	switch {
	case c.Method != "":
		v.Args = w.args(c.Args, c.Method)
	case c.Size == 0:
		v.Title = w.l.Say("tx.plain")
	default:
		v.Title = w.l.Say("tx.unknown", "selector", hexutil.Encode(c.Selector), "n", c.Size)
	}
	for _, in := range c.Inner {
		v.Inner = append(v.Inner, w.call(in))
	}
	return v
}

// method is what a call does, in words where we have them.
func (w contractSpeaker) method(contract, method string) string {
	for _, key := range []string{"call." + contract + "." + method, "call." + method} {
		if s, ok := w.l.say(key); ok {
			return s
		}
	}
	if method == "" {
		return contract
	}
	return contract + "." + method
}

func (w contractSpeaker) log(lg decode.Log) callView {
	to := w.address(lg.Address)
	v := callView{To: &to}
	if lg.Event == "" {
		v.Title = w.l.Say("tx.unknown.log")
		for i, t := range lg.Topics {
			v.Args = append(v.Args, argView{Name: "topic " + strconv.Itoa(i), cell: whole(t)})
		}
		v.Args = append(v.Args, argView{Name: w.l.Say("arg.data"), cell: mono(hexutil.Encode(lg.Data))})
		return v
	}
	v.Code = lg.Contract + "." + lg.Event
	v.Title = w.say("log."+lg.Event, lg.Event)
	v.Args = w.args(lg.Args, lg.Event)
	return v
}

// failure says why a transaction did nothing.
func (w contractSpeaker) failure(f ledger.Failure) (why string, view *callView) {
	if f.Reason == "" {
		return w.l.Say("tx.failure.unknown"), nil
	}
	reason := w.say("evm."+f.Reason, f.Reason)
	if f.Error.Name == "" {
		if len(f.Error.Data) > 0 {
			reason += " (" + hexutil.Encode(f.Error.Data) + ")"
		}
		return w.l.Say("tx.failure", "reason", reason), nil
	}
	view = &callView{Title: w.say("err."+f.Error.Name, f.Error.Name), Code: f.Error.Name, Args: w.args(f.Error.Args, f.Error.Name)}
	return w.l.Say("tx.failure", "reason", view.Title), view
}

func (w contractSpeaker) say(key, otherwise string) string {
	if s, ok := w.l.say(key); ok {
		return s
	}
	return otherwise
}

func (w contractSpeaker) args(list []decode.Value, of string) []argView {
	var out []argView
	for _, v := range list {
		out = append(out, w.arg(v, of))
	}
	return out
}

func (w contractSpeaker) arg(v decode.Value, of string) argView {
	a := argView{Name: w.say("arg."+v.Name, v.Name)}
	if o, ok := objectOf(v.Fields); ok {
		a.cell = w.object(o)
		return a
	}
	if len(v.Fields) == 0 {
		a.cell = w.value(v.Name, v.Type, v.Text, of)
		switch {
		case v.Type == "bytes" && v.Count > 0:
			a.Title = w.l.Say("block.bytes", "n", v.Count)
			a.Text = w.l.Say("block.bytes", "n", v.Count) + " " + cut(v.Text)
		case strings.HasSuffix(v.Type, "[]"):
			a.cell = text("0")
		}
		return a
	}
	for i, f := range v.Fields {
		if f.Name == "" {
			f.Name = v.Name
		}
		in := w.arg(f, of)
		if v.Fields[i].Name == "" {
			in.Name = strconv.Itoa(i + 1)
		}
		a.Args = append(a.Args, in)
	}
	if v.Count > len(v.Fields) {
		a.More = v.Count - len(v.Fields)
	}
	return a
}

func cut(s string) string {
	if len(s) > 42 {
		return s[:42] + "…"
	}
	return s
}

// Names of arguments that say what a number means.
var (
	timeArgs  = " validFrom validUntil revokedAt since suspendedUntil heldUntil checkedAt expiry created ready until opened sealedAt again "
	scopeArgs = " scopes grantable authority scope "
)

// value is a single value in words.
func (w contractSpeaker) value(name, typ, raw, of string) cell {
	named := " " + name + " "
	n, err := strconv.ParseUint(raw, 10, 64)
	number := err == nil
	switch {
	case typ == "address":
		if raw == (common.Address{}).Hex() {
			return text("")
		}
		return w.address(common.HexToAddress(raw))
	case typ == "bool":
		return text(w.l.yesNo(raw == "true"))
	case typ == "uint64" && number && strings.Contains(timeArgs, named):
		if n == 0 {
			return text("")
		}
		if n > 1<<40 {
			return text(w.l.Say("key.always"))
		}
		return w.l.at(unix(n))
	case typ == "uint64" && raw == "18446744073709551615":
		return text(w.l.Say("key.always"))
	case typ == "uint32" && number && strings.Contains(scopeArgs, named):
		return text(w.l.scopes(contracts.Scope(n).Names()))
	case typ == "uint8" && name == "lane" && n <= 2:
		return text(w.l.Say("lane." + ledger.LaneName(uint8(n))))
	case typ == "uint8" && name == "kind" && (of == "append" || of == "seal" || of == "BadKind"):
		return text(w.say("leafkind."+raw, raw))
	case typ == "uint8" && name == "kind":
		return text(w.say("licencekind."+licenceKindNames[raw], raw))
	case typ == "uint8" && (name == "standing" || name == "standing_"):
		return text(w.say("standing."+raw, raw))
	case typ == "uint8" && name == "reason" && of != "NotAuthorized":
		return text(w.say("admission."+raw, raw))
	case typ == "uint64" && name == "gln" && n > 0:
		return mono(strings.Repeat("0", max(0, 13-len(raw))) + raw)
	case typ == "uint64" && (name == "agent" || name == "agents"):
		return text(raw)
	case typ == "uint64" && name == "id":
		return text(raw).to("/explorer/licences/" + raw)
	case typ == "bytes2" || typ == "bytes20" || typ == "bytes32" && name == "primary":
		if s, ok := printable(raw); ok {
			return mono(s)
		}
		return mono(raw)
	case typ == "bytes32" && name == "objKey":
		return mono(raw).to("/explorer/objects/" + raw)
	case strings.HasPrefix(typ, "bytes"):
		if strings.Trim(raw, "0x") == "" {
			return text("")
		}
		return mono(raw)
	}
	return text(raw)
}

var licenceKindNames = map[string]string{"1": "company-prefix", "2": "single-key", "3": "namespace", "4": "sandbox"}

// printable reads bytes that are ASCII padded with zeros.
func printable(raw string) (string, bool) {
	b, err := hexutil.Decode(raw)
	if err != nil {
		return "", false
	}
	s := strings.TrimRight(string(b), "\x00")
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return "", false
		}
	}
	return s, true
}

func (w contractSpeaker) address(a common.Address) cell {
	if known, ok := w.names[a]; ok {
		return who(known)
	}
	return who(ledger.Who{Address: a})
}

// objectOf reads an object of the ledger out of a struct's fields.
func objectOf(fields []decode.Value) (o format.Object, ok bool) {
	if len(fields) != 3 || fields[0].Name != "kind" || fields[1].Name != "primary" || fields[2].Name != "suffix" {
		return o, false
	}
	kind, err := strconv.ParseUint(fields[0].Text, 10, 8)
	return format.Object{Kind: format.Kind(kind), Primary: format.Hash(common.HexToHash(fields[1].Text)),
		Suffix: format.Hash(common.HexToHash(fields[2].Text))}, err == nil
}

func (w contractSpeaker) object(o format.Object) cell {
	key := common.Hash(o.Key())
	said := w.say("objkind."+strconv.Itoa(int(o.Kind)), strconv.Itoa(int(o.Kind)))
	if s, ok := printable(hexutil.Encode(o.Primary[:])); ok && s != "" {
		said += " " + s
	}
	if o.Suffix != (format.Hash{}) {
		said += " / " + short(hexutil.Encode(o.Suffix[:]))
	}
	return cell{Text: said, Title: key.Hex(), Href: "/explorer/objects/" + key.Hex()}
}

// scopes are names of scopes in words.
func (l Lang) scopes(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = l.Say("scope." + n)
	}
	if l == ZH {
		return strings.Join(out, "、")
	}
	return strings.Join(out, ", ")
}
