package embedded

import (
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fenceStaleEpochs makes the broker refuse an owner of a transactional id that
// asks for its next epoch after another owner has taken the id over. A real
// broker answers 90 then; kfake takes any epoch that it has given out once, with
// which a fenced processor would steal its task back.
func fenceStaleEpochs(cluster *kfake.Cluster) {
	f := fence{newest: map[string]epoch{}, fenced: map[string]epoch{}}
	cluster.Control(func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		switch r := req.(type) {
		case *kmsg.InitProducerIDRequest:
			if r.TransactionalID != nil && f.refuses(*r.TransactionalID, epoch{r.ProducerID, r.ProducerEpoch}) {
				res := r.ResponseKind().(*kmsg.InitProducerIDResponse)
				res.ErrorCode = kerr.ProducerFenced.Code
				return res, nil, true
			}
		case *kmsg.AddPartitionsToTxnRequest:
			f.saw(r.TransactionalID, epoch{r.ProducerID, r.ProducerEpoch})
		case *kmsg.AddOffsetsToTxnRequest:
			f.saw(r.TransactionalID, epoch{r.ProducerID, r.ProducerEpoch})
		case *kmsg.EndTxnRequest:
			f.saw(r.TransactionalID, epoch{r.ProducerID, r.ProducerEpoch})
		}
		return nil, nil, false
	})
}

// epoch is what a producer was given.
type epoch struct {
	producer int64
	number   int16
}

func (e epoch) after(other epoch) bool {
	return e.producer > other.producer || e.producer == other.producer && e.number > other.number
}

// fence follows requests only: what a broker answered is not to be seen. So it
// knows an epoch once it was used, and errs on the side of letting pass. Control
// functions run one at a time, so it needs no lock.
type fence struct {
	newest map[string]epoch // by transactional id: the newest epoch that was used
	fenced map[string]epoch // the newest epoch that a later owner has fenced
}

func (f *fence) saw(id string, e epoch) {
	if old, ok := f.newest[id]; !ok || e.after(old) {
		f.newest[id] = e
	}
}

// refuses notes a request for an epoch and tells whether it comes too late.
func (f *fence) refuses(id string, held epoch) bool {
	if held.producer < 0 {
		if newest, ok := f.newest[id]; ok {
			f.fenced[id] = newest
		}
		return false
	}
	limit, ok := f.fenced[id]
	return ok && !held.after(limit)
}
