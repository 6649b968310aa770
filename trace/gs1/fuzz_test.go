package gs1_test

import (
	"testing"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Whatever parses has a canonical name that parses to itself, and an object or a reason for having none.
func checkID(t *testing.T, in string, id gs1.ID) {
	t.Helper()
	again, err := gs1.Parse(id.String())
	if err != nil {
		t.Fatalf("%q gave %q, which doesn't parse: %v", in, id, err)
	}
	if again != id.Canonical() {
		t.Fatalf("%q gave %q, which parses to %q", in, id, again)
	}
	if _, err := id.Object(""); err != nil && id.Level() != gs1.LevelPlace {
		t.Fatalf("%q has no object: %v", id, err)
	}
	if class, ok := id.Class(); ok {
		if _, err := gs1.Parse(class.String()); err != nil {
			t.Fatalf("%q has the class %q: %v", id, class, err)
		}
	}
	id.PrefixDigits()
	id.Restricted()
}

func FuzzDigitalLink(f *testing.F) {
	for _, s := range []string{"https://id.gs1.org/01/09521141012345/22/V/10/L/21/S?17=261231", "https://id.gs1.org/8006/040123451234560102/21/9",
		"https://id.gs1.org/8010/4012345ABC/8011/1", "https://id.gs1.org/01/09521141012345/21/a%2Fb%25", "http://x/gtin/96385074",
		"https://id.gs1.org/414/4012345000115/7040/1ABC", "https://example.org/2024/01/story", "https://id.gs1.org/8004/4012345%23"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := gs1.Parse(s); err == nil {
			checkID(t, s, id)
		}
		if id, _, err := gs1.ParseInput(s); err == nil {
			checkID(t, s, id)
		}
		if id, err := gs1.ParsePath(s); err == nil {
			checkID(t, s, id)
		}
	})
}

func FuzzURN(f *testing.F) {
	for _, s := range []string{"urn:epc:id:sgtin:4012345.012345.12", "urn:epc:id:sgln:401234500011..0", "urn:epc:class:lgtin:4054739.099914.L",
		"urn:epc:idpat:itip:4012345.012345.01.02.*", "urn:epc:id:cpi:0614141.11-A%23%2F.1234", "urn:epc:id:usdod:CAGEY.5678",
		"urn:epc:id:gdti:987659999999..9", "urn:epc:id:giai:4012345.%2F"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, n, err := gs1.ParseURN(s)
		if err != nil {
			return
		}
		checkID(t, s, id)
		if n == 0 {
			return
		}
		urn, err := id.URN(n)
		if err != nil {
			t.Fatalf("%q has no URN: %v", id, err)
		}
		if again, _, err := gs1.ParseURN(urn); err != nil || again != id {
			t.Fatalf("%q became %q, which is %q: %v", s, urn, again, err)
		}
	})
}

func BenchmarkParseLink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gs1.Parse("https://id.gs1.org/01/09521141012345/10/ABC123/21/2017"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseURN(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gs1.Parse("urn:epc:id:sgtin:4012345.012345.12"); err != nil {
			b.Fatal(err)
		}
	}
}
