package capture

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// Job is what a caller learns of a capture job: GS1's EPCISCaptureJob, and how far it is.
type Job struct {
	ID         string     `json:"captureID"`
	CreatedAt  time.Time  `json:"createdAt"`
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	Running    bool       `json:"running"`
	// Success is false while running and after a failure.
	Success bool `json:"success"`
	// Behaviour is GS1's captureErrorBehaviour: rollback or proceed.
	Behaviour string     `json:"captureErrorBehaviour"`
	Errors    []*Problem `json:"errors"`
	// Events is the number of events in the document, Final of those on the ledger so far, Already of those that the
	// party had recorded before.
	Events  int `json:"suyuan:events"`
	Final   int `json:"suyuan:final"`
	Already int `json:"suyuan:already"`
	// MasterData says that the document declared master data, which is recorded beside its events. A document without
	// either is valid, and records nothing.
	MasterData bool `json:"suyuan:masterData"`
	// Height is the consensus height of the last block that took an event of the job.
	Height int64 `json:"suyuan:height,string"`
	// WaitingFor says what a running job waits for, where it is more than the next block.
	WaitingFor string `json:"suyuan:waitingFor,omitempty"`
}

// jobID is 16 random bytes.
type jobID [16]byte

func newJobID() (id jobID, err error) {
	_, err = rand.Read(id[:])
	return id, err
}

func (id jobID) String() string { return hex.EncodeToString(id[:]) }

func parseJobID(s string) (id jobID, ok bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) {
		return id, false
	}
	return jobID(b), true
}

// jobRecord is a job on disk.
type jobRecord struct {
	Party    common.Address
	Key      common.Address
	Created  uint64 // milliseconds since 1970
	Finished uint64 // 0 while running
	Items    uint64
	Events   uint64
	Already  uint64
	Final    uint64
	Height   uint64
	Problems []byte // JSON of []*Problem
	Proceed  bool   `rlp:"optional"`
	Master   bool   `rlp:"optional"` // master data is among the items
}

// job is a job in memory while it runs.
type job struct {
	id      jobID
	rec     jobRecord
	items   []item
	pending int
	errors  []*Problem
	booked  []uint32 // items noted on disk as settled
	done    chan struct{}
}

func (j *job) view() Job { return viewOf(j.id, &j.rec, j.errors) }

func viewOf(id jobID, rec *jobRecord, problems []*Problem) Job {
	out := Job{
		ID: id.String(), CreatedAt: time.UnixMilli(int64(rec.Created)).UTC(), Running: rec.Finished == 0,
		Behaviour: behaviour(rec.Proceed), Errors: append([]*Problem{}, problems...),
		Events: int(rec.Events), Final: int(rec.Final), Already: int(rec.Already), Height: int64(rec.Height),
		MasterData: rec.Master,
	}
	if rec.Finished != 0 {
		t := time.UnixMilli(int64(rec.Finished)).UTC()
		out.FinishedAt = &t
		out.Success = len(problems) == 0
	}
	return out
}

func behaviour(proceed bool) string {
	if proceed {
		return "proceed"
	}
	return "rollback"
}

// encodeProblems puts the errors so far into the record.
func (j *job) encodeProblems() error {
	if len(j.errors) == 0 {
		return nil
	}
	enc, err := json.Marshal(j.errors)
	if err != nil {
		return fmt.Errorf("encode the errors of job %s: %w", j.id, err)
	}
	j.rec.Problems = enc
	return nil
}

func decodeProblems(b []byte) []*Problem {
	var list []*Problem
	if len(b) > 0 && json.Unmarshal(b, &list) != nil {
		return []*Problem{{Type: ImplementationException, Title: "The reason of the failure can't be read any more", Status: 500}}
	}
	return list
}
