package ledger

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Licence is a right to a range of identifiers.
type Licence struct {
	ID     uint64 `json:"id,string"`
	Holder Who    `json:"holder"`
	Kind   string `json:"kind" enum:"company-prefix,single-key,namespace,sandbox"`
	Text   string `json:"text" doc:"Digits or namespace; empty for the sandbox's catch-all"`
	// Open says that every active party may write the trunk.
	Open       bool       `json:"open"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
	Evidence   string     `json:"evidence,omitempty" doc:"Hash of the document that shows the right"`
	InForce    bool       `json:"in_force"`
}

// LicenceDetail is a licence with who may write under it.
type LicenceDetail struct {
	Licence
	Members []LicenceMember `json:"members" nullable:"false" doc:"Parties its holder has listed, at most 100"`
	More    bool            `json:"more,omitempty" doc:"There are more than are given"`
}

// LicenceMember is a party that may write under a licence.
type LicenceMember struct {
	Who
	Standing string `json:"standing" enum:"contributor,delegate"`
}

var licenceKinds = map[uint8]string{1: "company-prefix", 2: "single-key", 3: "namespace", 4: "sandbox"}

const membersShown = 100

// Licences lists licences newest first, below an id; 0 begins with the latest.
func (r *Reader) Licences(ctx context.Context, below uint64, limit int) (list []Licence, total uint64, err error) {
	total, err = ask(ctx, r, contracts.PartiesAddr, parties.PackLicenceCount(), parties.UnpackLicenceCount)
	if err != nil {
		return nil, 0, err
	}
	from := total
	if below > 0 && below <= total {
		from = below - 1
	}
	err = r.with(ctx, func(s *session) error {
		for id := from; id > 0 && len(list) < limit; id-- {
			l, err := s.licence(id)
			if err != nil {
				return err
			}
			list = append(list, l)
		}
		return nil
	})
	return list, total, err
}

func (s *session) licence(id uint64) (Licence, error) {
	l, err := ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackLicence(id), parties.UnpackLicence)
	if err != nil {
		return Licence{}, err
	}
	if l.Holder == (common.Address{}) {
		return Licence{}, notFound("licence", strconv.FormatUint(id, 10))
	}
	holder, err := s.who(l.Holder)
	now := s.Ledger.Final().Time
	out := Licence{ID: id, Holder: holder, Kind: licenceKinds[l.Kind], Text: l.Text, Open: l.Open, ValidFrom: date(l.ValidFrom),
		ValidUntil: date(l.ValidUntil), RevokedAt: date(l.RevokedAt),
		InForce: l.RevokedAt == 0 && now >= l.ValidFrom && (l.ValidUntil == 0 || now < l.ValidUntil)}
	if l.Evidence != ([32]byte{}) {
		out.Evidence = common.Hash(l.Evidence).Hex()
	}
	return out, err
}

// Licence is one licence.
func (r *Reader) Licence(ctx context.Context, id uint64) (out LicenceDetail, err error) {
	out.Members = []LicenceMember{}
	err = r.with(ctx, func(s *session) error {
		if out.Licence, err = s.licence(id); err != nil {
			return err
		}
		members, err := s.view.Members(id, common.Address{}, membersShown+1)
		if err != nil {
			return err
		}
		out.More = len(members) > membersShown
		for _, m := range members[:min(len(members), membersShown)] {
			w, err := s.who(m.Party)
			if err != nil {
				return err
			}
			standing := "contributor"
			if m.Standing == 2 {
				standing = "delegate"
			}
			out.Members = append(out.Members, LicenceMember{Who: w, Standing: standing})
		}
		return nil
	})
	return out, err
}

// licencesOf are the licences of a party as the newest changes of the register name them.
func (s *session) licencesOf(a common.Address) ([]Licence, error) {
	changes, err := s.view.Changes(a, index.ChangeRef{Height: math.MaxUint64}, lookBack)
	if err != nil {
		return nil, err
	}
	list := []Licence{}
	var seen []uint64
	for i := range changes {
		t := tell(&changes[i])
		id, err := strconv.ParseUint(t.subject, 10, 64)
		if t.kind != "licence" || err != nil || slices.Contains(seen, id) {
			continue
		}
		seen = append(seen, id)
		l, err := s.licence(id)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, nil
}
