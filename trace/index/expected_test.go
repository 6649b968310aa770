package index

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// FuzzExpected: what an accepted event says is what its body alone says, on every node.
func FuzzExpected(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "epcis", "valid", "*.json"))
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil {
			f.Add(data)
		}
	}
	f.Add([]byte(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"x":"https://id.gs1.org/01/"}],` +
		`"type":"AggregationEvent","eventTime":"2026-01-01T00:00:00Z","eventTimeZoneOffset":"+00:00","action":"ADD",` +
		`"parentID":"x:09521202001011/21/P","childEPCs":["x:09521202001011/21/C"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := epcis.Parse(data)
		if err != nil {
			return
		}
		for _, e := range doc.Events {
			want, err := ReadFacts(e.Body())
			if err != nil {
				t.Fatalf("%s: %v", e.Body(), err)
			}
			if got := factsOf(e); !reflect.DeepEqual(want, got) {
				t.Fatalf("%s\n%+v\n%+v", e.Body(), want, got)
			}
		}
	})
}

func TestExpectedIsBounded(t *testing.T) {
	t.Parallel()
	e, err := epcis.ParseBody([]byte(`{"action":"OBSERVE","epcList":["https://id.gs1.org/01/09521202001011/21/1"],` +
		`"eventTime":"2026-01-01T00:00:00Z","eventTimeZoneOffset":"+00:00","type":"ObjectEvent"}`))
	if err != nil {
		t.Fatal(err)
	}
	var p Projection
	name := func(i int) common.Hash { return common.Hash{byte(i), byte(i >> 8), byte(i >> 16), 1} }
	const n = 5 * generation / 2
	for i := range n {
		p.Expect(name(i), e)
	}
	if held := len(p.expected.young) + len(p.expected.old); held > 2*generation {
		t.Fatalf("%d are held", held)
	}
	if p.expected.take(name(n-1)) == nil || p.expected.take(name(n-1)) != nil || p.expected.take(name(0)) != nil {
		t.Fatal("the latest is known, once; the first was given up")
	}
}
