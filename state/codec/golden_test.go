package codec_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/statetest"
)

// everything is a contact with every kind of body and every field set.
func everything() state.Contact {
	notice := &state.Notice{
		Channels: 6, Purposes: 127, Families: []string{"book", "main"}, OptOutOffered: true, Mode: state.NoticeInStore,
		TextVersion: "t1", ProofRef: "p1", Language: "fr", URL: "https://shop.example/privacy", OrderRef: "O1",
	}
	bodies := []state.Fact{
		{Topic: state.TopicPurchases, Purchase: &state.Purchase{
			Kind: state.PurchaseContractStarted, OrderRef: "O1", Family: "main", AmountMinor: -5000, AmountKnown: true,
			Currency: "EUR", Role: state.RoleBeneficiary, CollectedBy: state.CollectedThirdParty, SoldBy: state.SoldPhone, Notice: notice,
		}},
		{Topic: state.TopicClicks, Click: &state.Click{
			Kind: state.ClickSent, Channel: state.ChannelPhone, Message: state.MessageCall, Target: state.TargetKeepMe,
			Actor: state.ActorMachine, CampaignID: "spring", OrderRef: "O1",
		}},
		{Topic: state.TopicSignups, Forwarded: true, Signup: &state.Signup{
			Kind: state.SignupAddressChanged, ContactType: state.ContactB2BGeneric, Collection: state.CollectionPublic,
			Notice: notice, SubmissionID: "s1", TimeZone: "America/Martinique",
			Answers: []state.Answer{{
				Form: state.FormDoubleOptIn, Value: state.AnswerNone, Channels: 15, Purposes: 127, Shown: 30,
				ProofRef: "p2", Confirmed: true, PhoneMentions: true, TextVersion: "t2", Message: state.MessageOptInBlock,
			}},
		}},
		{Topic: state.TopicUnsubscribes, Unsubscribe: &state.Unsubscribe{
			Kind: state.UnsubscribeBloctel, Method: state.MethodOther, Channels: 8, Purposes: 2, Shown: 6,
			Brands: []string{"Scene"}, ProofRef: "p1", Message: state.MessageReviewRequest, PurgedBefore: 1_500_000_000_000,
		}},
		{Topic: state.TopicUnsubscribes, Internal: &state.Internal{Kind: state.InternalRelease, Target: "unsubscribes/0/7", By: "ops"}},
	}
	c := state.NewContact()
	for i, f := range bodies {
		f.ID, f.Brand, f.Address, f.Source = "event-"+string(rune('1'+i)), "Scene", "a1", "web"
		f.OccurredAt = statetest.Start + state.Instant(i)*statetest.Day
		f.Since, f.RecordedAt, f.Precision = f.OccurredAt-statetest.Day, f.OccurredAt+1, state.PrecisionDay
		c.Facts = append(c.Facts, f)
	}
	c.Overruled = append(c.Overruled, c.Facts[3])
	c.Uses = []state.AddressUse{{Address: "a1", Answered: true}, {Address: "a2", Crowded: true}}
	c.Horizon, c.Compacted, c.Level, c.Saturated = statetest.Start, true, state.MaxLevel, true
	c.YesDropped, c.ClockUnsure = true, true
	c.Retracted = state.Retracted{Cancelled: 1, ProofLost: 2, Delivered: 3, Asked: 4}
	c.GivenUp = []string{state.AllOthers}
	c.Timer = statetest.Start + statetest.Hour
	c.Published = state.Published{
		Sequence: 300, DecidedAt: statetest.Start, Rows: rows("a1", statetest.Start),
		Retention: state.PublishedRetention{Sequence: 2, WarnedFor: statetest.Start, Expired: statetest.Start + 1},
	}
	return c
}

// Bytes of every format version that was released must be read for ever.
// To add a version, add a file; a file that exists never changes.
func TestGoldenBytes(t *testing.T) {
	contacts := map[string]state.Contact{
		"nobody": state.NewContact(), "typical": typical(), "everything": everything(),
	}
	for name, want := range contacts {
		t.Run(name, func(t *testing.T) {
			b := golden(t, "contact-v1-"+name+".hex")
			var got state.Contact
			if err := codec.DecodeContact(b, &got, new(codec.Arena)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, sameLists); diff != "" {
				t.Errorf("decoded contact (-want +got):\n%s", diff)
			}
			if encoded := codec.AppendContact(nil, &want); hex.EncodeToString(encoded) != hex.EncodeToString(b) {
				t.Errorf("encoded as\n%x, want\n%x", encoded, b)
			}
		})
	}
}

func TestGoldenFact(t *testing.T) {
	c := everything()
	b := golden(t, "fact-v1.hex")
	var got state.Fact
	if err := codec.DecodeFact(b, &got, new(codec.Arena)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Facts[2], got); diff != "" {
		t.Errorf("decoded fact (-want +got):\n%s", diff)
	}
	if encoded := codec.AppendFact(nil, &c.Facts[2]); hex.EncodeToString(encoded) != hex.EncodeToString(b) {
		t.Errorf("encoded as\n%x, want\n%x", encoded, b)
	}
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	b, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
