//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/verify"
)

// TestVerifiersAgree: a thousand things of random stories on the four validators, their proofs checked in Go and in
// TypeScript, as they are and with one byte changed: the same outcome, the same steps, the same facts.
func TestVerifiersAgree(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs Node")
	}
	const seed, families, wanted = 20261124, 36, 1000
	t.Logf("seed %d", seed)
	begin := time.Now()
	var group errgroup.Group
	group.SetLimit(9)
	told := make([]*family, families)
	for i := range told {
		told[i] = newFamily(seed, i)
		group.Go(func() error { return told[i].capture(t) })
	}
	require.NoError(t, group.Wait())
	for i := range 4 {
		for _, f := range told {
			eventually(t, time.Minute, "the stories at every node", func() error {
				if s := shared.status(t, i); s.Height < f.height {
					return fmt.Errorf("%s is at height %d, not %d", s.Name, s.Height, f.height)
				}
				return nil
			})
		}
	}
	t.Logf("captured in %s", time.Since(begin).Round(time.Second))

	var ids []string
	for round := 0; len(ids) < wanted; round++ {
		before := len(ids)
		for _, f := range told {
			if round < len(f.ids) && len(ids) < wanted {
				ids = append(ids, f.ids[round])
			}
		}
		require.Greater(t, len(ids), before, "the stories have only %d things", before)
	}
	dir := t.TempDir()
	res, err := http.Get(shared.url(0) + "/trust.json")
	require.NoError(t, err)
	var trustFile bytes.Buffer
	_, err = trustFile.ReadFrom(res.Body)
	require.NoError(t, errors.Join(err, res.Body.Close()))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "trust.json"), trustFile.Bytes(), 0o600))
	trust, err := verify.ParseTrust(trustFile.Bytes())
	require.NoError(t, err)

	rng := rand.New(rand.NewPCG(seed, 1))
	var list bytes.Buffer
	results := make([]*verify.Result, 0, 2*wanted)
	now := time.Now().UTC()
	outcomes := map[string]int{}
	check := func(name, want string, file []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), file, 0o600))
		r := verify.Verify(file, trust, verify.Options{Want: want, Now: now})
		results = append(results, r)
		step := string(r.Outcome)
		if r.Failed != nil {
			step = string(r.Failed.Step)
		}
		outcomes[step]++
		require.NoError(t, json.NewEncoder(&list).Encode(map[string]any{"file": name, "want": want, "now": now}))
	}
	for i, id := range ids {
		res, err := http.Get(shared.url(i%4) + "/proof/object/?id=" + url.QueryEscape(id))
		require.NoError(t, err)
		var file bytes.Buffer
		_, err = file.ReadFrom(res.Body)
		require.NoError(t, errors.Join(err, res.Body.Close()))
		require.Equal(t, http.StatusOK, res.StatusCode, "%s: %s", id, file.String())
		check(fmt.Sprintf("%d.json", i), id, file.Bytes())
		require.True(t, results[len(results)-1].OK(), "seed %d, %s: %+v", seed, id, results[len(results)-1].Failed)
		check(fmt.Sprintf("%d-changed.json", i), id, oneByteOff(rng, file.Bytes()))
	}
	t.Logf("proofs by outcome, or the step that failed: %v, after %s", outcomes, time.Since(begin).Round(time.Second))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "list.jsonl"), list.Bytes(), 0o600))
	cmd := exec.Command("node", filepath.Join("..", "..", "verify", "ts", "test", "agree.mjs"), dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	n := 0
	for ; lines.Scan(); n++ {
		want, err := json.Marshal(results[n])
		require.NoError(t, err)
		if !assert.JSONEq(t, plain(t, want), plain(t, lines.Bytes()), "seed %d, proof %d: Go and TypeScript differ", seed, n) {
			break
		}
	}
	assert.Equal(t, len(results), n)
	t.Logf("%d verifications in two languages agree, after %s", n, time.Since(begin).Round(time.Second))
}

// oneByteOff changes one digit or one letter of hex into another, so that most files stay well formed.
func oneByteOff(rng *rand.Rand, file []byte) []byte {
	out := bytes.Clone(file)
	for {
		at := rng.IntN(len(out))
		for _, kind := range []string{"0123456789", "abcdef"} {
			if i := strings.IndexByte(kind, out[at]); i >= 0 {
				out[at] = kind[(i+1+rng.IntN(len(kind)-1))%len(kind)]
				return out
			}
		}
	}
}

// plain is a result without what each verifier says in its own words, and without empty fields, which they write differently.
func plain(t *testing.T, result []byte) string {
	var r map[string]any
	require.NoError(t, json.Unmarshal(result, &r), "%.300s", result)
	for _, s := range r["steps"].([]any) {
		delete(s.(map[string]any), "detail")
	}
	b, err := json.Marshal(map[string]any{"outcome": r["outcome"], "steps": withoutEmpty(r["steps"]), "facts": withoutEmpty(r["facts"])})
	require.NoError(t, err)
	return string(b)
}

func withoutEmpty(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutEmpty(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	case map[string]any:
		for key, x := range v {
			if at, ok := x.(string); ok && slices.Contains([]string{"time", "since", "until"}, key) {
				if parsed, err := time.Parse(time.RFC3339Nano, at); err == nil {
					x = parsed.UnixMilli() // which is as exact as JavaScript's
				}
			}
			if x = withoutEmpty(x); x == nil || x == "" || x == false {
				delete(v, key)
			} else {
				v[key] = x
			}
		}
	}
	return v
}

// What the families use of the demo's register: the brand's prefix, and the carrier to hand over to.
const brandPrefix, carrierGLN = "9521202", "9521505000001"

// family is a made-up product with all that happens to it: raw lots, units, containers, hand-overs, corrections,
// recalls, lists. Its documents are captured one after the other.
type family struct {
	n         int
	rng       *rand.Rand
	party     string // who makes it
	product   string // GTIN
	raw       string
	lot       string
	units     []string // as sent
	ids       []string // all that can be asked for
	documents []document
	at        time.Time // of the latest event
	height    int64     // of the latest document
}

type document struct {
	party, lane, policy string
	events              []string
}

func newFamily(seed uint64, n int) *family {
	f := &family{n: n, rng: rand.New(rand.NewPCG(seed, uint64(n)+100)), party: "sandbox", at: time.Now().UTC().Add(-20 * 24 * time.Hour).Truncate(time.Second)}
	prefix := "9529" // nobody's: the sandbox's
	if n%2 == 0 {
		f.party, prefix = "brand", brandPrefix
	}
	item := func(i int) string {
		return withCheckDigit("0" + prefix + fmt.Sprintf("%0*d", 12-len(prefix), 40000+100*n+i))
	}
	f.product, f.raw, f.lot = item(1), item(2), fmt.Sprintf("L%d", n)
	f.ids = append(f.ids, link("01", f.product), link("01", f.raw))
	f.make()
	f.pack(prefix)
	f.observe()
	f.correct()
	f.notice()
	return f
}

func link(key, value string, more ...string) string {
	return "https://id.gs1.org/" + strings.Join(append([]string{key, value}, more...), "/")
}

func (f *family) one(list []string) string { return list[f.rng.IntN(len(list))] }

// some picks up to n of a list, in its order.
func (f *family) some(list []string, n int) (out []string) {
	for _, x := range list {
		if len(out) < n && f.rng.IntN(len(list)) < n {
			out = append(out, x)
		}
	}
	if len(out) == 0 {
		out = list[:1]
	}
	return out
}

// event writes an event some time after the one before.
func (f *family) event(kind, action, step string, fields ...string) string {
	f.at = f.at.Add(time.Duration(1+f.rng.IntN(200)) * time.Minute)
	zone := f.one([]string{"+08:00", "+00:00", "-03:30"})
	all := []string{fmt.Sprintf(`"type":%q,"eventTime":%q,"eventTimeZoneOffset":%q,"bizStep":%q`, kind, f.at.Format("2006-01-02T15:04:05.000Z"), zone, step),
		fmt.Sprintf(`"eventID":"urn:uuid:%s"`, uuidOf(fmt.Sprint("agree", f.n, f.rng.Uint64())))}
	if action != "" {
		all = append(all, fmt.Sprintf(`"action":%q`, action))
	}
	return "{" + strings.Join(append(all, fields...), ",") + "}"
}

func quote(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (f *family) add(party, lane, policy string, events ...string) {
	f.documents = append(f.documents, document{party, lane, policy, events})
}

func amount(class string, n int) string {
	return fmt.Sprintf(`{"epcClass":%q,"quantity":%d,"uom":"KGM"}`, class, n)
}

func (f *family) make() {
	raws := []string{}
	var events []string
	for i := range 2 {
		lot := link("01", f.raw, "10", fmt.Sprintf("R%d-%d", f.n, i))
		raws = append(raws, lot)
		events = append(events, f.event("ObjectEvent", "ADD", "commissioning", `"quantityList":[`+amount(lot, 100+i)+`]`))
	}
	f.ids = append(f.ids, raws...)
	units := 18 + f.rng.IntN(10)
	for i := range units {
		serial := fmt.Sprintf("U%d-%d", f.n, i)
		id := link("01", f.product, "21", serial)
		f.ids = append(f.ids, id)
		if f.party == "brand" && i%3 == 0 { // the older form of the same
			id = "urn:epc:id:sgtin:" + brandPrefix + "." + f.product[:1] + f.product[1+len(brandPrefix):13] + "." + serial
		}
		f.units = append(f.units, id)
	}
	f.ids = append(f.ids, link("01", f.product, "10", f.lot))
	ilmd := fmt.Sprintf(`"ilmd":{"cbvmda:lotNumber":%q,"cbvmda:itemExpirationDate":"2027-0%d-11"}`, f.lot, 1+f.rng.IntN(9))
	half := len(f.units) / 2
	events = append(events, f.event("TransformationEvent", "", "commissioning", `"inputQuantityList":[`+amount(raws[0], 5)+`,`+amount(f.one(raws), 6)+`]`,
		`"outputEPCList":`+quote(f.units[:half]), ilmd))
	events = append(events, f.event("ObjectEvent", "ADD", "commissioning", `"epcList":`+quote(f.units[half:]), ilmd))
	if f.n%6 == 0 { // more than a leaf can name: a sealed list
		var many []string
		for i := range 300 {
			many = append(many, link("01", f.product, "21", fmt.Sprintf("M%d-%d", f.n, i)))
		}
		events = append(events, f.event("ObjectEvent", "ADD", "commissioning", `"epcList":`+quote(many), ilmd))
		f.ids = append(f.ids, many[:6]...)
	}
	f.add(f.party, "trunk", "", events...)
}

func (f *family) pack(prefix string) {
	sscc := func(i int) string {
		return link("00", withCheckDigit(fmt.Sprintf("0%s%0*d", prefix, 16-len(prefix), 1000*f.n+i)))
	}
	pallet, cartons := sscc(0), []string{sscc(1), sscc(2), sscc(3)}
	f.ids = append(f.ids, append(cartons, pallet)...)
	var events []string
	for i, carton := range cartons {
		children := f.some(f.units, 6)
		events = append(events, f.event("AggregationEvent", "ADD", "packing", `"parentID":`+quote(carton), `"childEPCs":`+quote(children)))
		if i == 1 {
			events = append(events, f.event("AggregationEvent", "DELETE", "unpacking", `"parentID":`+quote(carton), `"childEPCs":`+quote(f.some(children, 2))))
		}
	}
	if f.rng.IntN(2) == 0 {
		events = append(events, f.event("AggregationEvent", "ADD", "packing", `"parentID":`+quote(pallet), `"childQuantityList":[`+amount(link("01", f.product, "10", f.lot), 3)+`]`))
	}
	events = append(events, f.event("AggregationEvent", "ADD", "packing", `"parentID":`+quote(pallet), `"childEPCs":`+quote(f.some(cartons, 2))))
	f.add(f.party, "trunk", "", events...)
	if f.party != "brand" {
		return
	}
	f.add("brand", "trunk", "", f.event("ObjectEvent", "OBSERVE", "shipping", `"epcList":`+quote(append([]string{pallet}, f.some(f.units, 3)...)),
		`"destinationList":[{"type":"possessing_party","destination":"https://id.gs1.org/417/`+carrierGLN+`"}]`))
	f.add("logistics", "trunk", "", f.event("ObjectEvent", "OBSERVE", "receiving", `"epcList":`+quote([]string{pallet}), f.sensors()),
		f.event("ObjectEvent", "OBSERVE", "transporting", `"epcList":`+quote([]string{pallet}), f.sensors()))
}

func (f *family) sensors() string {
	return fmt.Sprintf(`"sensorElementList":[{"sensorMetadata":{"time":%q},"sensorReport":[{"type":"Temperature","value":%d.%d,"uom":"CEL"}]}]`,
		f.at.Format(time.RFC3339), f.rng.IntN(12)-2, f.rng.IntN(10))
}

func (f *family) observe() {
	var events []string
	for range 2 + f.rng.IntN(6) {
		events = append(events, f.event("ObjectEvent", "OBSERVE", f.one([]string{"inspecting", "stocking", "storing", "retail_selling"}), `"epcList":`+quote(f.some(f.units, 4)), f.sensors()))
	}
	f.add(f.party, "trunk", "", events...)
	f.add(f.party, "trunk", f.one([]string{"chain", "private", ""}), f.event("ObjectEvent", "OBSERVE", "inspecting", `"epcList":`+quote(f.some(f.units, 2)), `"x:finding":"for few eyes"`))
}

// correct declares one of the events so far wrong.
func (f *family) correct() {
	from := f.documents[f.rng.IntN(2)]
	wrong := f.one(from.events)
	declared := strings.TrimSuffix(wrong, "}") + fmt.Sprintf(`,"errorDeclaration":{"declarationTime":%q,"reason":"incorrect_data"}}`, time.Now().UTC().Format(time.RFC3339))
	f.add(from.party, "trunk", "", declared)
}

// notice recalls a unit, the lot or the product, lifts some recalls, and adds notes of somebody else.
func (f *family) notice() {
	lot := link("01", f.product, "10", f.lot)
	what := f.one([]string{`"epcList":` + quote([]string{f.one(f.units)}), `"quantityList":[{"epcClass":` + quote(lot) + `}]`, `"quantityList":[{"epcClass":` + quote(link("01", f.product)) + `}]`})
	if f.rng.IntN(3) > 0 {
		f.add(f.party, "trunk", "", f.event("ObjectEvent", "OBSERVE", "holding", `"disposition":"recalled"`, what))
		if f.rng.IntN(2) == 0 {
			f.add(f.party, "trunk", "", f.event("ObjectEvent", "OBSERVE", "holding", `"persistentDisposition":{"unset":["recalled"]}`, what))
		}
	}
	if f.rng.IntN(2) == 0 {
		f.add("sandbox", "notes", "", f.event("ObjectEvent", "OBSERVE", "inspecting", `"epcList":`+quote(f.some(f.units, 3))))
	}
}

// taker is the node that a document is sent to: sealed ones are taken by the nodes of the party's operator alone.
func (f *family) taker(t *testing.T, d document) int {
	home := func(v demo.Validator) bool { return v.Dir == shared.party(t, d.party).Home }
	if i := slices.IndexFunc(shared.Validators, home); i >= 0 && d.policy != "" {
		return i
	}
	return f.n % 4
}

// capture sends the documents one after the other.
func (f *family) capture(t *testing.T) error {
	for i, d := range f.documents {
		doc := fmt.Sprintf(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"x":"https://x.example/","cbvmda":"urn:epcglobal:cbv:mda:"}],`+
			`"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-20T00:00:00Z","epcisBody":{"eventList":[%s]}}`, strings.Join(d.events, ","))
		job, err := shared.as(t, f.taker(t, d), d.party).CaptureAs(context.Background(), []byte(doc), map[string]string{"Suyuan-Lane": d.lane, "Suyuan-Policy": d.policy})
		if err != nil {
			return fmt.Errorf("family %d, document %d by %s: %w", f.n, i, d.party, err)
		}
		if !job.Success {
			return fmt.Errorf("family %d, document %d by %s: %v", f.n, i, d.party, job.Errors)
		}
		f.height = job.Height
	}
	return nil
}

// withCheckDigit puts the GS1 check digit behind digits.
func withCheckDigit(digits string) string {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 3
		}
		sum += d
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}
