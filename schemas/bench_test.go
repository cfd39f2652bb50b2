package schemas

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"consentstream/state"
)

// sample is a record as a shop sends it.
func sample(topic state.Topic) *Record {
	r := &Record{Key: state.Key{Controller: "default", Contact: "c-0000012345"}}
	r.Fact = state.Fact{Topic: topic, ID: "0c1f7a5e-2f7f-4c0e-9a52-7d2f2a1c9b10", Address: "a-9f3b1c22d7", Source: "web",
		OccurredAt: 1772359200000, Since: 1772359200000, RecordedAt: 1772359201000}
	switch topic {
	case state.TopicPurchases:
		r.Fact.Purchase = &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "O-778812", Family: "concert", AmountMinor: 5000, AmountKnown: true, Currency: "EUR"}
	case state.TopicClicks:
		r.Fact.Click = &state.Click{Kind: state.ClickClick, Channel: state.ChannelEmail, Message: state.MessagePromotional, Actor: state.ActorHuman, CampaignID: "spring-26"}
	case state.TopicSignups:
		r.Fact.Signup = &state.Signup{Kind: state.SignupForm, SubmissionID: "s-1",
			Notice:  &state.Notice{Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.AllMarketing, OptOutOffered: true, TextVersion: "v1", ProofRef: "form-v3"},
			Answers: []state.Answer{{Form: state.FormYesNo, Value: state.AnswerNo, Purposes: state.PurposesOf(state.PurposeNewsletter), ProofRef: "form-v3"}}}
	default:
		r.Fact.Unsubscribe = &state.Unsubscribe{Kind: state.UnsubscribeUnsubscribe, Method: state.MethodLink, Channels: state.ChannelsOf(state.ChannelEmail), PurgedBefore: state.Unset}
	}
	return r
}

func sampleValue(t testing.TB, topic state.Topic) []byte {
	t.Helper()
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	value, err := e.Record(nil, topic, sample(topic))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func sampleEligibility() *state.EligibilityChanged {
	v := &state.EligibilityChanged{EventID: "5f1d2c3b4a596877", Key: state.Key{Contact: "c-0000012345", Controller: "default"}, Sequence: 12,
		EffectiveAt: 1772359200000, DecidedAt: 1772359200100, Cause: state.Cause{Kind: state.CauseEvent, EventID: "e1", Topic: "unsubscribes", Partition: 3, Offset: 99812},
		PolicyVersion: "fr-2026-11", RetentionExpiresAt: state.Never, Evidence: []state.Evidence{{EventID: "e1", Topic: "unsubscribes", Source: "web"}}}
	for kind := state.MessageService; kind <= state.MessageWelcome; kind++ {
		v.Verdicts = append(v.Verdicts, state.PublishedVerdict{Row: state.Row{Kind: kind, Channel: state.ChannelEmail, Address: "a-9f3b1c22d7",
			Reason: state.ReasonObjected, Until: state.Never}, Rules: []uint8{32, 33}, Evidence: []int32{0}})
	}
	v.Changed = []state.VerdictChange{{Kind: state.MessagePromotional, Channel: state.ChannelEmail, Address: "a-9f3b1c22d7", Before: true, HasBefore: true}}
	return v
}

func BenchmarkDecode(b *testing.B) {
	d := NewDecoder()
	for _, topic := range inputTopics {
		value := sampleValue(b, topic)
		b.Run(topic.String(), func(b *testing.B) {
			var r Record
			b.ReportAllocs()
			b.SetBytes(int64(len(value)))
			for b.Loop() {
				if err := d.Decode(topic, value, state.Unset, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEncodeEligibility(b *testing.B) {
	e, err := NewEncoder()
	if err != nil {
		b.Fatal(err)
	}
	v := sampleEligibility()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		if dst, err = e.EligibilityChanged(dst[:0], v); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkOCF(b *testing.B) {
	for _, codec := range []string{"null", "deflate", "snappy", "zstandard"} {
		b.Run(codec, func(b *testing.B) {
			const records = 10_000
			file := ocfFile(b, codec, records)
			b.ReportAllocs()
			for b.Loop() {
				in, err := NewOCFReader(bytes.NewReader(file))
				if err != nil {
					b.Fatal(err)
				}
				var r Record
				for err = in.Next(&r); err == nil; err = in.Next(&r) {
				}
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}

func BenchmarkParseLine(b *testing.B) {
	line, err := AppendJSON(nil, state.TopicPurchases, sample(state.TopicPurchases), state.Unset)
	if err != nil {
		b.Fatal(err)
	}
	var j JSON
	b.ReportAllocs()
	for b.Loop() {
		if _, err := j.ParseLine(line, paris); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	r := sample(state.TopicPurchases)
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Clone()
	}
}

// ocfFile is a container file of n purchases.
func ocfFile(t testing.TB, codec string, n int) []byte {
	t.Helper()
	var file bytes.Buffer
	out, err := NewOCFWriter(&file, state.TopicPurchases, WithCodec(codec))
	if err != nil {
		t.Fatal(err)
	}
	r := sample(state.TopicPurchases)
	for i := range n {
		r.Fact.OccurredAt += state.Instant(i)
		if err := out.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// BenchmarkGoavro is what the hand-written decoder is measured against.
func BenchmarkGoavro(b *testing.B) {
	s := OfTopic(state.TopicPurchases)
	body := sampleValue(b, state.TopicPurchases)[10:]
	codec := goavroCodec(b, s)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := codec.NativeFromBinary(body); err != nil {
			b.Fatal(err)
		}
	}
}
