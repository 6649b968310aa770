package epcis_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func seeds(f *testing.F) {
	f.Helper()
	for _, pattern := range []string{"valid/*.json", "invalid/*.json", "hash/*.jsonld"} {
		files, _ := filepath.Glob(filepath.Join(shared, pattern))
		for _, path := range files {
			if data, err := os.ReadFile(path); err == nil {
				f.Add(data)
			}
		}
	}
	f.Add([]byte(event(`"ilmd":{"cbvmda:lotNumber":"L"},"action":"ADD"`)))
	f.Add([]byte(event(`"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"a":"b:","b":"https://x/","@vocab":"c:"}],"a:x":[[1,{"y":null}]]`)))
	f.Add([]byte(`{"a":"\ud83d\ude00","b":[1e5,-0.0,true,null]}`))
}

// FuzzParseDocument: whatever is accepted has bodies that are canonical, valid alone, and hash the same.
func FuzzParseDocument(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := epcis.Parse(data)
		if err != nil {
			return
		}
		if !json.Valid(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) {
			t.Fatal("accepted what is not JSON")
		}
		for _, e := range doc.Events {
			body := e.Body()
			again, err := epcis.ParseBody(body)
			if err != nil {
				t.Fatalf("%s\n%v", body, err)
			}
			if !bytes.Equal(body, again.Body()) {
				t.Fatalf("a body changed:\n%s\n%s", body, again.Body())
			}
			if e.HashID() != again.HashID() {
				t.Fatalf("the hash of the body alone differs: %s", body)
			}
			e.Objects()
			if _, err := epcis.ParseEvent(epcis.MarshalEvent(epcis.Output{Event: e})); err != nil {
				t.Fatalf("what we write, we refuse: %v", err)
			}
		}
		if doc.MasterData != nil {
			body := doc.MasterData.Body()
			again, err := epcis.ParseMasterData(body)
			if err != nil || !bytes.Equal(body, again.Body()) {
				t.Fatalf("master data changed: %v\n%s", err, body)
			}
		}
	})
}

func FuzzPayload(f *testing.F) {
	for _, bodies := range [][][]byte{nil, {[]byte(`{}`)}, {[]byte(`{"a":"]"}`), []byte(`{"b":[1]}`)}} {
		p, err := epcis.EncodePayload(bodies)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p)
	}
	f.Add([]byte{1, 0, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd})
	f.Fuzz(func(t *testing.T, data []byte) {
		bodies, err := epcis.DecodePayload(data)
		if err != nil {
			return
		}
		size := 0
		for _, b := range bodies {
			size += len(b)
			epcis.Commitment(b)
		}
		if size > epcis.MaxPayload {
			t.Fatalf("%d bytes", size)
		}
		again, err := epcis.EncodePayload(bodies)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := epcis.DecodePayload(again); err != nil || len(back) != len(bodies) {
			t.Fatalf("%d bodies became %d: %v", len(bodies), len(back), err)
		}
	})
}
