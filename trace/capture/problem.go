package capture

import (
	"fmt"
	"net/http"
	"time"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// Exception is an error type of GS1's EPCIS 2.0 OpenAPI description.
type Exception string

// The exceptions this package and its doors answer with.
const (
	ValidationException     Exception = "epcisException:ValidationException"
	SecurityException       Exception = "epcisException:SecurityException"
	CaptureLimitExceeded    Exception = "epcisException:CaptureLimitExceededException"
	ResourceAlreadyExists   Exception = "epcisException:ResourceAlreadyExistsException"
	NoSuchResource          Exception = "epcisException:NoSuchResourceException"
	QueryParameterException Exception = "epcisException:QueryParameterException"
	QueryTooLarge           Exception = "epcisException:QueryTooLargeException"
	UnsupportedMediaType    Exception = "epcisException:UnsupportedMediaTypeException"
	NotAcceptable           Exception = "epcisException:NotAcceptableException"
	ImplementationException Exception = "epcisException:ImplementationException"
	ServiceUnavailable      Exception = "epcisException:ServiceUnavailableException" // ours: GS1 has none
	TooManyRequests         Exception = "epcisException:TooManyRequestsException"    // ours: GS1 has none
	UnsupportedVersion      Exception = "epcisException:UnsupportedVersionException" // ours: GS1 has none
	titleNotEntitled                  = "The party is not entitled to record this"
	titleKey                          = "The key may not record this"
	titleInvalid                      = "The document is not valid"
	hintNotes                         = "record it as an observation: send the header Suyuan-Lane: notes"
)

// Problem is an answer that is an error: GS1's ProblemResponseBody, which is RFC 9457's. It is stored with failed jobs.
type Problem struct {
	Type   Exception `json:"type"`
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Detail string    `json:"detail,omitempty"`
	// Instance is where the problem occurred: the address of an event or a job.
	Instance string        `json:"instance,omitempty"`
	Errors   []epcis.Fault `json:"errors,omitempty"`
	// RetryAfter asks the caller to wait; 0 where waiting won't help. It is a header, not part of the body.
	RetryAfter time.Duration `json:"-"`
}

func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// Invalid is the problem of a document with faults.
func Invalid(err *epcis.Invalid) *Problem {
	p := &Problem{Type: ValidationException, Title: titleInvalid, Status: http.StatusBadRequest, Errors: err.Faults}
	for _, f := range err.Faults {
		switch f.Rule {
		case epcis.RuleSize, epcis.RuleEvents:
			if f.Rule == epcis.RuleSize || len(err.Faults) == 1 && f.Message != "" && f.Value != "" {
				p.Type, p.Status = CaptureLimitExceeded, http.StatusRequestEntityTooLarge
				p.Title = "The document is larger than this node takes"
			}
		}
	}
	p.Detail = fmt.Sprintf("%d fault(s), the first: %s", len(err.Faults), err.Faults[0])
	if err.Truncated {
		p.Detail = fmt.Sprintf("more than %d faults, the first: %s", len(err.Faults), err.Faults[0])
	}
	return p
}

// faultAt is a fault of one event of a document.
func faultAt(event int, rule, value, format string, args ...any) epcis.Fault {
	f := epcis.Fault{Rule: rule, Value: value, Message: fmt.Sprintf(format, args...)}
	if event >= 0 {
		f.Pointer = fmt.Sprintf("/epcisBody/eventList/%d", event)
	} else {
		f.Pointer = "/epcisHeader/epcisMasterData"
	}
	return f
}
