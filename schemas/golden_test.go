package schemas

import (
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

var update = flag.Bool("update", false, "write the golden files of the newest schema version, with goavro")

// Every version of the schemas that was ever released has a folder with its
// files and, of each record, bytes in single-object encoding (.hex) and what
// they mean (.json). They are never changed: an archive of today must be
// readable by every later version.
const newest = "v1"

// goldenInputs are the records of the newest version that -update writes: the
// least one and one with every field set.
func goldenInputs() map[string]*Record {
	notice := &state.Notice{Channels: state.AllChannels, Purposes: state.AllPurposes | 1, Families: []string{"concert", "théâtre"}, OptOutOffered: true,
		Mode: state.NoticeInStore, TextVersion: "v7", ProofRef: "script-2+poster-1", Language: "fr", URL: "https://shop.example/n", OrderRef: "O1"}
	full := func(topic state.Topic) *Record {
		return &Record{Key: state.Key{Controller: "A", Contact: "c1"}, Fact: state.Fact{ID: "e1", Topic: topic, Brand: "B", Address: "a1", Source: "web",
			OccurredAt: 1772359200000, Since: 1772359200000, RecordedAt: 1772359201234, Precision: state.PrecisionDay}}
	}
	least := func(topic state.Topic) *Record {
		return &Record{Key: state.Key{Controller: "default", Contact: "c1"}, Fact: state.Fact{ID: "e1", Topic: topic,
			OccurredAt: 1772359200000, Since: 1772359200000, RecordedAt: 1772359200000}}
	}
	all := map[string]*Record{"Purchase-full": full(state.TopicPurchases), "Click-full": full(state.TopicClicks), "Signup-full": full(state.TopicSignups),
		"Unsubscribe-full": full(state.TopicUnsubscribes), "Purchase-least": least(state.TopicPurchases), "Click-least": least(state.TopicClicks),
		"Signup-least": least(state.TopicSignups), "Unsubscribe-least": least(state.TopicUnsubscribes)}
	all["Purchase-full"].Fact.Purchase = &state.Purchase{Kind: state.PurchaseContractEnded, OrderRef: "O1", Family: "energy", AmountMinor: -1, AmountKnown: true,
		Currency: "EUR", Role: state.RoleBeneficiary, CollectedBy: state.CollectedThirdParty, SoldBy: state.SoldPhone, Notice: notice}
	all["Purchase-least"].Fact.Purchase = &state.Purchase{Kind: state.PurchaseOrdered, OrderRef: "O1", Family: "main"}
	all["Click-full"].Fact.Click = &state.Click{Kind: state.ClickSent, Channel: state.ChannelPhone, Message: state.MessageCall, Target: state.TargetKeepMe,
		Actor: state.ActorMachine, CampaignID: "k1", OrderRef: "O1"}
	all["Click-least"].Fact.Click = &state.Click{Kind: state.ClickClick, Actor: state.ActorHuman}
	all["Signup-full"].Fact.Signup = &state.Signup{Kind: state.SignupAddressChanged, ContactType: state.ContactB2BGeneric, Collection: state.CollectionPublic,
		Notice: notice, SubmissionID: "s1", TimeZone: "Europe/Paris", Answers: []state.Answer{
			{Form: state.FormDoubleOptIn, Value: state.AnswerYes, Channels: state.ChannelsOf(state.ChannelEmail), Purposes: state.AllMarketing,
				Shown: state.AllPurposes, ProofRef: "p1", Confirmed: true, PhoneMentions: true, TextVersion: "v7", Message: state.MessageOptInBlock},
			{Form: state.FormTerms, Value: state.AnswerNone}}}
	all["Signup-least"].Fact.Signup = &state.Signup{Kind: state.SignupCollected}
	all["Unsubscribe-full"].Fact.Unsubscribe = &state.Unsubscribe{Kind: state.UnsubscribeProofLost, Method: state.MethodAuthority, Channels: state.AllChannels | 1,
		Purposes: state.AllPurposes | 1, Shown: state.AllMarketing, Brands: []string{"B", "C"}, ProofRef: "p1", Message: state.MessageReviewRequest, PurgedBefore: 1772359200000}
	all["Unsubscribe-least"].Fact.Unsubscribe = &state.Unsubscribe{Kind: state.UnsubscribeObjection, Method: state.MethodOther, PurgedBefore: state.Unset}
	return all
}

func goldenRetention() *state.RetentionExpiry {
	return &state.RetentionExpiry{EventID: "e1", Key: state.Key{Contact: "c1", Controller: "A"}, Sequence: 2, PolicyVersion: "fr-2026-11", Stage: state.StageRescinded,
		Action: state.ActionArchiveThenPurge, DueAt: 1772359200000, EmittedAt: 1772359200001, LastContactAt: 1672359200000, LastContactEventID: "e0",
		ArchiveUntil: 1972359200000, Keep: []state.Keep{{What: state.KeepAccounting, Until: 1972359200000}, {What: state.KeepSuppression, Until: state.Never}}}
}

func goldenEligibility() *state.EligibilityChanged {
	v := sampleEligibility()
	v.RetentionExpiresAt = 1972359200000
	v.Verdicts[2].Allowed, v.Verdicts[2].AllowedByLaw, v.Verdicts[2].Basis = true, true, state.BasisSoftOptIn
	v.Verdicts[2].Reason, v.Verdicts[2].Families, v.Verdicts[2].Until = state.ReasonSoftOptin, []string{"*"}, 1872359200000
	v.Verdicts[2].Brand = "B"
	v.Changed = append(v.Changed, state.VerdictChange{Kind: state.MessageLoyalty, Channel: state.ChannelSMS, Brand: "B", After: true})
	return v
}

// goldenValues are what -update writes.
func goldenValues(t *testing.T) map[string][]byte {
	values := map[string][]byte{}
	for name, r := range goldenInputs() {
		s := OfTopic(r.Fact.Topic)
		values[name] = frame(s, goavroBytes(t, s, nativeOf(r)))
	}
	s := mustByName(NameRetentionExpiry)
	values["RetentionExpiry-full"] = frame(s, goavroBytes(t, s, nativeRetention(goldenRetention())))
	s = mustByName(NameEligibilityChanged)
	values["EligibilityChanged-full"] = frame(s, goavroBytes(t, s, nativeEligibility(goldenEligibility())))
	return values
}

func TestGolden(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "v*", "*.hex"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d golden files, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".hex"), func(t *testing.T) { golden(t, file) })
	}
}

func writeGolden(t *testing.T) {
	d := NewDecoder()
	for name, value := range goldenValues(t) {
		record, _, _ := strings.Cut(name, "-")
		line := lineOf(t, d, mustByName(record), value)
		base := filepath.Join("testdata", newest, name)
		for path, content := range map[string]string{base + ".hex": hex.EncodeToString(value), base + ".json": string(line)} {
			if err := os.WriteFile(path, []byte(content+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// lineOf decodes a value and tells it as JSON.
func lineOf(t *testing.T, d *Decoder, s *Schema, value []byte) []byte {
	t.Helper()
	var line []byte
	var err error
	switch s.Name {
	case NameEligibilityChanged:
		var v state.EligibilityChanged
		if err = d.EligibilityChanged(value, &v); err == nil {
			line, err = AppendEligibilityJSON(nil, &v)
		}
	case NameRetentionExpiry:
		var v state.RetentionExpiry
		if err = d.RetentionExpiry(value, &v); err == nil {
			line, err = AppendRetentionJSON(nil, &v)
		}
	default:
		var r Record
		topic, _ := state.ParseTopic(s.Topic)
		if err = d.Decode(topic, value, state.Unset, &r); err == nil {
			line, err = AppendJSON(nil, topic, &r, state.Unset)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func readTrimmed(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func golden(t *testing.T, file string) {
	value, err := hex.DecodeString(readTrimmed(t, file))
	if err != nil {
		t.Fatal(err)
	}
	record, _, _ := strings.Cut(filepath.Base(file), "-")
	s := mustByName(record)
	schema := readTrimmed(t, filepath.Join(filepath.Dir(file), record+".avsc"))
	d := NewDecoder()
	if err := d.AddWriterSchema(schema); err != nil {
		t.Fatalf("the schema of that version cannot be read any more: %v", err)
	}
	want := readTrimmed(t, strings.TrimSuffix(file, ".hex")+".json")
	if got := string(lineOf(t, d, s, value)); got != want {
		t.Errorf("the bytes mean\n%s\nwant\n%s", got, want)
	}
	tree, err := avro.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	if tree.Fingerprint() == s.Fingerprint {
		sameBytes(t, s, want, value)
	}
}

// sameBytes writes the line in the current schema and wants the golden bytes.
func sameBytes(t *testing.T, s *Schema, line string, want []byte) {
	t.Helper()
	var j JSON
	l, err := j.ParseLine([]byte(line), paris)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	switch {
	case l.Record != nil:
		got, err = e.Record(nil, l.Record.Fact.Topic, l.Record)
	case l.Eligibility != nil:
		got, err = e.EligibilityChanged(nil, l.Eligibility)
	default:
		got, err = e.RetentionExpiry(nil, l.Retention)
	}
	if err != nil || hex.EncodeToString(got) != hex.EncodeToString(want) {
		t.Errorf("%s is encoded as\n%x, error %v; want\n%x", s.Name, got, err, want)
	}
}
