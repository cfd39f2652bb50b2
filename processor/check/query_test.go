package check_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consentstream/processor/check"
	"consentstream/state"
)

var key = state.Key{Controller: "default", Contact: "c1"}

func instant(t *testing.T, text string) state.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return state.At(at)
}

func TestTheURLFormKeepsEveryOption(t *testing.T) {
	home := "home"
	full := check.Query{
		Key: key, At: instant(t, "2026-05-02T10:00:00.123Z"), Known: instant(t, "2026-05-05T00:00:00Z"),
		Kinds: []state.MessageKind{state.MessageReviewRequest, state.MessagePromotional}, Channels: []state.Channel{state.ChannelEmail, state.ChannelPhone},
		Address: &home, Brand: "X", Family: "book", OrderRef: "O 1/2&3", Incentive: true, PromotionalContent: true, Unprofessional: true,
	}
	empty := ""
	for _, q := range []check.Query{check.NewQuery(key), full, {Key: key, At: state.Unset, Known: state.Unset, Address: &empty}} {
		values, err := url.ParseQuery(q.Values().Encode())
		if err != nil {
			t.Fatal(err)
		}
		got, err := check.ParseQuery(key, values)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(q, got); diff != "" {
			t.Errorf("%s reads back differently:\n%s", q.Values().Encode(), diff)
		}
	}
}

func TestParseQueryRefusesWhatItDoesNotKnow(t *testing.T) {
	for query, want := range map[string]string{
		"knownat=2026-05-02T10:00:00Z": `unknown parameter "knownat"`,
		"at=2026-05-02":                "parameter at: expected an instant such as",
		"known_at=now":                 "parameter known_at: expected an instant such as",
		"kind=CALL":                    `unknown message kind "CALL"`,
		"kind=promotional":             `unknown message kind "promotional"`,
		"channel=UNKNOWN":              `unknown channel "UNKNOWN"`,
		"incentive=maybe":              "parameter incentive: expected true or false",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := check.ParseQuery(key, values); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", query, err, want)
		}
	}
}

func TestTimestampsInJSON(t *testing.T) {
	for text, at := range map[string]state.Instant{
		`"2026-05-02T10:00:00.123Z"`: instant(t, "2026-05-02T10:00:00.123Z"),
		"null":                       state.Never,
	} {
		out, err := json.Marshal(check.Timestamp(at))
		if err != nil || string(out) != text {
			t.Errorf("%s is written as %s, %v", text, out, err)
		}
		var back check.Timestamp
		if err := json.Unmarshal([]byte(text), &back); err != nil || back != check.Timestamp(at) {
			t.Errorf("%s reads back as %v, %v", text, back, err)
		}
	}
	if out, _ := json.Marshal(check.Timestamp(state.Unset)); string(out) != "null" {
		t.Errorf("unset is written as %s", out)
	}
}

func TestSummaryTellsEveryKindOfFact(t *testing.T) {
	notice := &state.Notice{TextVersion: "v1", Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.PurposesOf(state.PurposePromotional)}
	for want, f := range map[string]state.Fact{
		"ORDERED O1, family book, 500 minor units of EUR, BENEFICIARY, collected by MARKETPLACE, notice v1 for PROMOTIONAL by EMAIL with no way to refuse, no proof kept": {Purchase: &state.Purchase{
			Kind: state.PurchaseOrdered, OrderRef: "O1", Family: "book", AmountKnown: true, AmountMinor: 500, Currency: "EUR",
			Role: state.RoleBeneficiary, CollectedBy: state.CollectedMarketplace, Notice: notice,
		}},
		"DELIVERED O1, address home": {Address: "home", Purchase: &state.Purchase{Kind: state.PurchaseDelivered, OrderRef: "O1"}},
		"CLICK on KEEP_ME, of a DELETION_WARNING, by EMAIL, actor HUMAN": {Click: &state.Click{
			Kind: state.ClickClick, Target: state.TargetKeepMe, Message: state.MessageDeletionWarning, Channel: state.ChannelEmail, Actor: state.ActorHuman,
		}},
		"FORM, answered NO (YES_NO) to all by all, brand X": {Brand: "X", Signup: &state.Signup{
			Kind: state.SignupForm, Answers: []state.Answer{{Form: state.FormYesNo, Value: state.AnswerNo}},
		}},
		"COLLECTED, collected IMPORT, as B2B_NAMED": {Signup: &state.Signup{
			Kind: state.SignupCollected, Collection: state.CollectionImport, ContactType: state.ContactB2BNamed,
		}},
		"UNSUBSCRIBE, by LINK, on EMAIL, for NEWSLETTER, shown PROMOTIONAL NEWSLETTER, brands X Y": {Unsubscribe: &state.Unsubscribe{
			Method: state.MethodLink, Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.PurposesOf(state.PurposeNewsletter),
			Shown: state.PurposesOf(state.PurposePromotional, state.PurposeNewsletter), Brands: []string{"X", "Y"},
		}},
		"PROOF_LOST, proof form-1":                        {Unsubscribe: &state.Unsubscribe{Kind: state.UnsubscribeProofLost, Method: state.MethodOther, ProofRef: "form-1"}},
		"a record on unsubscribes that could not be read": {Internal: &state.Internal{Kind: state.InternalUnreadable}},
		"release of unsubscribes/0/1 by jane":             {Internal: &state.Internal{Kind: state.InternalRelease, Target: "unsubscribes/0/1", By: "jane"}},
	} {
		if got := check.Summary(&f); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
