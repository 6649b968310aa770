//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crate is the n-th container of these pages, under the brand's prefix.
func crate(n int) string {
	_, _, path := sealedEvent(9000+n, "", "")
	return path
}

// pagesOfManyKinds opens pages that honest nodes show of things whose life took odd turns. A phone that can't follow one of them
// calls an honest page a forgery.
func pagesOfManyKinds(t *testing.T, n *network) {
	const id, product, dust = "https://id.gs1.org", "/01/09521202000885", "/01/09521202000793"
	type fields = map[string]any
	unit := func(serial string) string { return product + "/21/" + serial }
	var events []fields
	add := func(kind, day, action, step string, more fields) fields {
		e := fields{"type": kind, "eventTime": "2026-11-" + day + ":00:00.000+08:00", "eventTimeZoneOffset": "+08:00", "action": action, "bizStep": step,
			"readPoint": fields{"id": id + "/414/9521202000014"}}
		for k, v := range more {
			e[k] = v
		}
		events = append(events, e)
		return e
	}
	made := func(path string, more ...string) {
		add("ObjectEvent", "01T08", "ADD", "commissioning", fields{"epcList": append([]string{id + path}, more...)})
	}
	seen := func(path, day string) {
		add("ObjectEvent", day, "OBSERVE", "storing", fields{"epcList": []string{id + path}})
	}
	packed := func(day, action string, in string, things ...string) fields {
		more := fields{"parentID": id + in}
		for _, path := range things {
			more["childEPCs"] = []string{id + path}
		}
		return add("AggregationEvent", day, action, "packing", more)
	}
	recalled := func(list string, what any) {
		add("ObjectEvent", "08T08", "OBSERVE", "holding", fields{"disposition": "recalled", list: what})
	}
	from := func(serial string, inputs fields) {
		more := fields{"outputEPCList": []string{id + unit(serial)}}
		for k, v := range inputs {
			more[k] = v
		}
		delete(add("TransformationEvent", "06T08", "", "commissioning", more), "action")
	}

	made("/8003/09521202000120AB12")
	made("/253/9521202000120DOC1")
	for _, serial := range []string{"MOVED", "EMPTIED", "REUSED", "WRONG", "EATEN"} {
		made(unit(serial))
	}
	packed("02T08", "ADD", crate(1), unit("MOVED"))
	packed("03T08", "ADD", crate(2), unit("MOVED"))
	seen(crate(1), "04T08")
	packed("02T08", "ADD", crate(3), unit("EMPTIED"))
	packed("03T08", "DELETE", crate(3))
	seen(crate(3), "04T08")
	packed("01T09", "ADD", crate(5), crate(4))
	seen(crate(5), "01T10")
	packed("01T11", "DELETE", crate(5), crate(4))
	packed("02T08", "ADD", crate(4), unit("REUSED"))
	wrong := packed("02T08", "ADD", crate(6), unit("WRONG"))
	wrong["eventID"] = "urn:uuid:5b6f2f0e-9f43-4a57-8f6e-7f9a1f2c3d4e"
	seen(crate(6), "03T08")
	packed("02T08", "ADD", crate(7), unit("WRONG"))
	seen(crate(7), "03T08")
	add("AggregationEvent", "02T08", "ADD", "packing", fields{"parentID": id + crate(8), "childQuantityList": []fields{{"epcClass": id + product + "/10/SOME", "quantity": 5}}})
	recalled("epcList", []string{id + crate(8)})
	recalled("epcList", []string{id + unit("EATEN")})
	recalled("quantityList", []fields{{"epcClass": id + dust, "quantity": 1}})
	from("MADE", fields{"inputEPCList": []string{id + unit("EATEN")}, "inputQuantityList": []fields{{"epcClass": id + dust + "/10/UNHEARD", "quantity": 12.5, "uom": "KGM"}}})

	capture := func(party string, events ...fields) {
		file := filepath.Join(t.TempDir(), "events.json")
		doc, err := json.Marshal(fields{"@context": []string{"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"}, "type": "EPCISDocument", "schemaVersion": "2.0",
			"creationDate": "2026-11-20T08:00:00Z", "epcisBody": fields{"eventList": events}})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, doc, 0o600))
		_, stderr, code := suyuan(t, "", "capture", "--node", n.url(association), "--api-key", n.party(t, party).APIKey, file)
		require.Zero(t, code, stderr)
	}
	capture("brand", events...)
	wrong["errorDeclaration"] = fields{"declarationTime": "2026-11-10T08:00:00.000+08:00", "reason": "incorrect_data"}
	capture("brand", wrong)

	// Two prefixes that pass: one from a test network's catch-all to a party, and on to another with more digits.
	const bought, tried = "/01/09521888000018/21/PASSED", "/01/09521889000017/21/TRIED"
	operator := n.party(t, "association")
	register := func(args ...string) string {
		out, stderr, code := suyuan(t, "", append(append([]string{"party"}, args...), "--home", operator.Home, "--node", n.url(0), "--from", operator.Admin.Hex(), "--output", "json")...)
		require.Zero(t, code, stderr)
		var done struct{ Licence uint64 }
		require.NoError(t, json.Unmarshal([]byte(out), &done), out)
		return fmt.Sprint(done.Licence)
	}
	one := func(party string, say func()) {
		events = nil
		say()
		capture(party, events...)
	}
	brand, plant := n.party(t, "brand").Address.Hex(), n.party(t, "plant").Address.Hex()
	one("plant", func() { made(tried) })
	first := register("licence", brand, "9521888")
	one("brand", func() { made(bought) })
	register("licence", brand, "9521889")
	one("brand", func() { seen(tried, "02T08") })
	require.Equal(t, first, register("revoke", first))
	register("licence", plant, "952188800")
	one("plant", func() { seen(bought, "02T08") })

	kinds := []struct{ name, path, card string }{
		{"a returnable asset", "/8003/09521202000120AB12", "good"},
		{"a document", "/253/9521202000120DOC1", "good"},
		{"a place, of which nothing is recorded, under the catch-all", "/414/9521202000014", "warned"},
		{"a lot and a date in the link that aren't the recorded ones", bottlePath(n) + "?10=OTHER&17=280101", "good"},
		{"packed elsewhere without having been unpacked", unit("MOVED"), "good"},
		{"in a container that was emptied", unit("EMPTIED"), "good"},
		{"in a container that had been elsewhere before", unit("REUSED"), "good"},
		{"packed, withdrawn, and packed again", unit("WRONG"), "good"},
		{"some of its lot is on a recalled pallet", product + "/10/SOME", "warned"},
		{"made of what is recalled, and of what nobody recorded and whose class is recalled", unit("MADE"), "good"},
		{"under a prefix that passed to another, with more digits", bought, "good"},
		{"recorded before its licence was granted", tried, "warned"},
	}
	args := []string{filepath.Join(needBrowser(t), "test", "check.mjs"), n.url(bank)}
	for _, c := range kinds {
		eventually(t, 20*time.Second, "the records of "+c.path, func() error {
			if status, _ := page(t, n.url(bank)+c.path); status != http.StatusOK && !strings.HasPrefix(c.path, "/414") {
				return fmt.Errorf("status %d", status)
			}
			return nil
		})
		args = append(args, c.path)
	}
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, lines, len(kinds))
	for i, c := range kinds {
		var found card
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &found))
		assert.Equal(t, "check "+c.card, found.Card, "%s: %s", c.name, lines[i])
	}
}
