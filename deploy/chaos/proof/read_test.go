package proof

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A broker that is killed while the load sends its first request is waited for.
func TestTheLoadWaitsForABrokerThatHangsUp(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "clicks"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	for _, request := range []int16{int16(kmsg.InitProducerID), int16(kmsg.Produce)} {
		hungUp := false
		cluster.ControlKey(request, func(kmsg.Request) (kmsg.Response, error, bool) {
			hungUp = true
			return nil, errors.New("killed"), true
		})
		w, err := NewWriter(cluster.ListenAddrs()[0])
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if err := w.Write(ctx, []*kgo.Record{{Topic: "clicks", Value: []byte("v")}}); err != nil || !hungUp {
			t.Errorf("the broker hung up on request %d: %v, error %v", request, hungUp, err)
		}
		cancel()
		w.Close()
	}
}
