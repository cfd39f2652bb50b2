package generate

import (
	"context"

	"consentstream/schemas"
)

// Summary says what was generated.
type Summary struct {
	Records    int64            `json:"records"`
	ByTopic    map[string]int64 `json:"by_topic"`
	Duplicates int64            `json:"duplicates"`
	Late       int64            `json:"late"` // recorded a day or more after they happened
}

// progressEvery is the number of records between two reports of progress.
const progressEvery = 1 << 13

// Run writes all records of a valid Config to the sink and closes it. When it
// fails or ctx ends, it discards the sink. Progress, which may be nil, is told
// from time to time how many records are written.
func Run(ctx context.Context, c Config, sink Sink, progress func(done int64)) (Summary, error) {
	s, err := run(ctx, c, sink, progress)
	if err != nil {
		sink.Discard()
		return s, err
	}
	return s, sink.Close()
}

func run(ctx context.Context, c Config, sink Sink, progress func(done int64)) (Summary, error) {
	g, s := New(c), Summary{ByTopic: map[string]int64{}}
	for r := new(schemas.Record); g.Next(r); {
		if err := sink.Write(r); err != nil {
			return s, err
		}
		s.count(r, g.repeated)
		if s.Records%progressEvery != 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return s, err
		}
		if progress != nil {
			progress(s.Records)
		}
	}
	return s, nil
}

func (s *Summary) count(r *schemas.Record, repeated bool) {
	s.Records++
	s.ByTopic[r.Fact.Topic.String()]++
	if repeated {
		s.Duplicates++
	}
	if r.Fact.RecordedAt-r.Fact.OccurredAt >= day {
		s.Late++
	}
}
