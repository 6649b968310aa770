package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/vault/search"
)

// Who has to do with the sealed sale of the tour, and an operator that hasn't.
const (
	sealSeller   = "brand"
	sealCarrier  = "logistics"
	sealOutsider = 3
)

// saleDocument is a sale of one pallet, handed to a carrier, at a price.
const saleDocument = `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"oj":"https://ns.chenxi.example/epcis/"}],
"type":"EPCISDocument","schemaVersion":"2.0","creationDate":%[1]q,"epcisBody":{"eventList":[{"type":"ObjectEvent","eventID":%[2]q,
"eventTime":%[1]q,"eventTimeZoneOffset":"+08:00","action":"ADD","bizStep":"shipping","disposition":"in_transit",
"epcList":["https://id.gs1.org/00/%[3]s"],"oj:price":%[4]q,
"destinationList":[{"type":"possessing_party","destination":"https://id.gs1.org/417/%[5]s"}]}]}}`

// sealTheSale records a sale under the policy chain and looks for its price on both sides of the line.
func sealTheSale(ctx context.Context, t *Tour) (string, Facts, error) {
	seller, carrier, err := t.traders()
	if err != nil {
		return "", nil, err
	}
	now := time.Now()
	digits := fmt.Sprintf("09521202%09d", now.UnixMilli()%1_000_000_000)
	sscc := digits + string(gs1.CheckDigit(digits))
	id, price := fmt.Sprintf("urn:uuid:%08x-0000-4000-8000-%012x", now.Unix(), now.UnixNano()&(1<<48-1)), fmt.Sprintf("CNY %d.%02d", 10_000+now.UnixMilli()%90_000, now.UnixMilli()%97)
	document := fmt.Appendf(nil, saleDocument, now.UTC().Format(time.RFC3339), id, sscc, price, carrier.GLN)
	at, to := t.home(seller.ID), t.home(carrier.ID)
	if at < 0 || to < 0 || at == sealOutsider || to == sealOutsider {
		return "", nil, fmt.Errorf("this network's %s and %s are not where the tour expects them", seller.ID, carrier.ID)
	}
	if _, err := t.party(at, seller.ID).CaptureAs(ctx, document, map[string]string{"Suyuan-Policy": epcis.PolicyChain}); err != nil {
		return "", nil, err
	}
	path := "/00/" + sscc
	t.recorded(path)
	for _, who := range []struct {
		at    int
		party string
	}{{at, seller.ID}, {to, carrier.ID}} {
		err := until(ctx, 30*time.Second, func() error { return t.shows(ctx, who.at, who.party, id, price) })
		if err != nil {
			return "", nil, err
		}
	}
	err = until(ctx, 30*time.Second, func() error { return t.knowsOnly(ctx, path) })
	if err != nil {
		return "", nil, err
	}
	files, err := t.without(sealOutsider, id, price)
	if err != nil {
		return "", nil, err
	}
	return t.page(sealOutsider, path), Facts{"seller": t.text(seller.Name), "carrier": t.text(carrier.Name), "price": price,
		"holders": t.names([]string{t.operator(at), t.operator(to)}), "outsider": t.operator(sealOutsider), "files": strconv.Itoa(files),
		"sscc": sscc, "event": id}, nil
}

// traders are the two sides of the sale, with their names in both languages.
func (t *Tour) traders() (seller, carrier stories.Party, err error) {
	all, err := stories.Parties()
	for _, p := range all {
		switch p.ID {
		case sealSeller:
			seller = p
		case sealCarrier:
			carrier = p
		}
	}
	return seller, carrier, err
}

// home is the validator whose operator sponsors a party, -1 if there is none.
func (t *Tour) home(id string) int {
	p, _ := t.net.Party(id)
	for i, v := range t.net.Validators {
		if v.Dir == p.Home {
			return i
		}
	}
	return -1
}

// party speaks to validator i as a party.
func (t *Tour) party(i int, id string) *remote.Node {
	p, _ := t.net.Party(id)
	return remote.New(t.net.Validators[i].HTTP, p.APIKey)
}

// shows says whether validator i shows a party the price in a sealed event.
func (t *Tour) shows(ctx context.Context, i int, party, event, price string) error {
	at := t.party(i, party)
	var list struct{ Items []node.SealedBody }
	if err := at.Get(ctx, "/api/v1/vault/bodies?event="+url.QueryEscape(event), &list); err != nil {
		return err
	}
	if len(list.Items) != 1 {
		return fmt.Errorf("the node of %s has %d bodies of %s", t.operator(i), len(list.Items), event)
	}
	var opened node.OpenedBody
	if err := at.Get(ctx, "/api/v1/vault/bodies/"+list.Items[0].Commitment.Hex(), &opened); err != nil {
		return err
	}
	if !strings.Contains(string(opened.Body), price) {
		return fmt.Errorf("the node of %s shows %s without %s", t.operator(i), event, price)
	}
	return nil
}

// knowsOnly says whether the outsider's node knows that there is a sealed event about a thing, and no more.
func (t *Tour) knowsOnly(ctx context.Context, path string) error {
	s, err := t.story(ctx, sealOutsider, path)
	if p := (*remote.Problem)(nil); errors.As(err, &p) && p.Status == http.StatusNotFound {
		return err // not yet
	}
	if err != nil {
		return err
	}
	if len(s.Journey) != 1 || s.Journey[0].Sealed == nil || s.Journey[0].Sealed.Opened || s.Journey[0].Sealed.Withheld != s.Journey[0].Sealed.Fields {
		return fmt.Errorf("the node of %s shows %d records of %s, or opens what is sealed", t.operator(sealOutsider), len(s.Journey), path)
	}
	return nil
}

// without makes sure that no file of validator i holds any of the secrets, and answers how many there are.
func (t *Tour) without(i int, secrets ...string) (files int, err error) {
	dir := t.net.Validators[i].Dir
	found, files, err := search.Files(dir, secrets...)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("the node of %s, which has no part in it: %s", t.operator(i), found[0])
	}
	return files, err
}
