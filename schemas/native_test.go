package schemas

import (
	"fmt"
	"testing"

	"consentstream/state"
)

// The functions here build goavro's form of a record by field names. They are
// the second opinion that the hand-written code is held to.

type native = map[string]any

func union(branch string, v any) any { return native{branch: v} }

func optText(s string) any {
	if s == "" {
		return nil
	}
	return union("string", s)
}

func optInstant(i state.Instant) any {
	if i == state.Unset || i == state.Never {
		return nil
	}
	return union("long.timestamp-millis", int64(i))
}

func optEnum(name string, v fmt.Stringer, none bool) any {
	if none {
		return nil
	}
	return union(Namespace+"."+name, v.String())
}

// listOf lists the members of a set in the order of the schema, unknown last.
func listOf[T interface {
	~uint8
	fmt.Stringer
}](set uint8) []any {
	list := []any{}
	for i := range 9 {
		v := T((i + 1) % 8)
		if i < 8 && set&(1<<v) != 0 {
			list = append(list, v.String())
		}
	}
	return list
}

func texts(in []string) []any {
	out := []any{}
	for _, s := range in {
		out = append(out, s)
	}
	return out
}

func nativeOf(r *Record) native {
	f := &r.Fact
	n := native{
		"event_id": f.ID, "contact_id": r.Key.Contact, "controller": r.Key.Controller,
		"brand": optText(f.Brand), "address_key": f.Address, "occurred_at": int64(f.OccurredAt),
		"precision": f.Precision.String(), "recorded_at": nil, "source": f.Source,
	}
	if f.RecordedAt != f.OccurredAt {
		n["recorded_at"] = optInstant(f.RecordedAt)
	}
	switch {
	case f.Purchase != nil:
		nativePurchase(n, f.Purchase)
	case f.Click != nil:
		nativeClick(n, f.Click)
	case f.Signup != nil:
		nativeSignup(n, f.Signup)
	default:
		nativeUnsubscribe(n, f.Unsubscribe)
	}
	return n
}

func nativePurchase(n native, p *state.Purchase) {
	n["kind"], n["order_ref"], n["family"] = p.Kind.String(), p.OrderRef, p.Family
	n["amount_minor"], n["currency"] = nil, optText(p.Currency)
	if p.AmountKnown {
		n["amount_minor"] = union("long", p.AmountMinor)
	}
	n["role"], n["collected_by"], n["sold_by"] = p.Role.String(), p.CollectedBy.String(), p.SoldBy.String()
	n["notice"] = nativeNotice(p.Notice)
}

func nativeClick(n native, k *state.Click) {
	n["kind"], n["target"], n["actor"] = k.Kind.String(), k.Target.String(), k.Actor.String()
	n["channel"] = optEnum("Channel", k.Channel, k.Channel == 0)
	n["message_kind"] = optEnum("MessageKind", k.Message, k.Message == 0)
	n["campaign_id"], n["order_ref"] = k.CampaignID, optText(k.OrderRef)
}

func nativeSignup(n native, s *state.Signup) {
	n["kind"], n["collection"] = s.Kind.String(), s.Collection.String()
	n["contact_type"] = optEnum("ContactType", s.ContactType, s.ContactType == 0)
	n["notice"] = nativeNotice(s.Notice)
	answers := []any{}
	for i := range s.Answers {
		answers = append(answers, nativeAnswer(&s.Answers[i]))
	}
	n["answers"] = answers
	n["submission_id"], n["time_zone"] = s.SubmissionID, optText(s.TimeZone)
}

func nativeNotice(v *state.Notice) any {
	if v == nil {
		return nil
	}
	return union(Namespace+".Notice", native{
		"channels": listOf[state.Channel](uint8(v.Channels)), "purposes": listOf[state.Purpose](uint8(v.Purposes)),
		"families": texts(v.Families), "opt_out_offered": v.OptOutOffered, "mode": v.Mode.String(),
		"text_version": v.TextVersion, "proof_ref": v.ProofRef, "language": v.Language, "url": v.URL,
		"order_ref": optText(v.OrderRef),
	})
}

func nativeAnswer(a *state.Answer) native {
	return native{
		"form": a.Form.String(), "value": a.Value.String(),
		"channels": listOf[state.Channel](uint8(a.Channels)), "purposes": listOf[state.Purpose](uint8(a.Purposes)),
		"shown": listOf[state.Purpose](uint8(a.Shown)), "proof_ref": a.ProofRef, "confirmed": a.Confirmed,
		"phone_mentions": a.PhoneMentions, "text_version": a.TextVersion,
		"message_kind": optEnum("MessageKind", a.Message, a.Message == 0),
	}
}

func nativeUnsubscribe(n native, u *state.Unsubscribe) {
	n["kind"], n["method"] = u.Kind.String(), u.Method.String()
	n["channels"], n["purposes"] = listOf[state.Channel](uint8(u.Channels)), listOf[state.Purpose](uint8(u.Purposes))
	n["shown"], n["brands"] = listOf[state.Purpose](uint8(u.Shown)), texts(u.Brands)
	n["proof_ref"] = u.ProofRef
	n["message_kind"] = optEnum("MessageKind", u.Message, u.Message == 0)
	n["purged_before"] = optInstant(u.PurgedBefore)
}

func nativeEligibility(v *state.EligibilityChanged) native {
	evidence, verdicts, changed := []any{}, []any{}, []any{}
	for _, e := range v.Evidence {
		evidence = append(evidence, native{"event_id": e.EventID, "topic": e.Topic, "source": e.Source})
	}
	for i := range v.Verdicts {
		verdicts = append(verdicts, nativeVerdict(&v.Verdicts[i]))
	}
	for _, c := range v.Changed {
		n := native{"message_kind": c.Kind.String(), "channel": c.Channel.String(), "address_key": c.Address,
			"brand": c.Brand, "before": nil, "after": c.After}
		if c.HasBefore {
			n["before"] = union("boolean", c.Before)
		}
		changed = append(changed, n)
	}
	return native{
		"event_id": v.EventID, "contact_id": v.Key.Contact, "controller": v.Key.Controller, "sequence": v.Sequence,
		"effective_at": int64(v.EffectiveAt), "decided_at": int64(v.DecidedAt), "cause": nativeCause(&v.Cause),
		"policy_version": v.PolicyVersion, "evidence": evidence, "verdicts": verdicts, "changed": changed,
		"retention_expires_at": optInstant(v.RetentionExpiresAt),
	}
}

func nativeCause(c *state.Cause) native {
	n := native{"kind": c.Kind.String(), "event_id": optText(c.EventID), "topic": optText(c.Topic), "partition": nil, "offset": nil}
	if c.Topic != "" && c.Partition >= 0 {
		n["partition"] = union("int", c.Partition)
	}
	if c.Topic != "" && c.Offset >= 0 {
		n["offset"] = union("long", c.Offset)
	}
	return n
}

func nativeVerdict(v *state.PublishedVerdict) native {
	rules, evidence := []any{}, []any{}
	for _, r := range v.Rules {
		rules = append(rules, fmt.Sprintf("R%d", r))
	}
	for _, e := range v.Evidence {
		evidence = append(evidence, e)
	}
	return native{"message_kind": v.Kind.String(), "channel": v.Channel.String(), "address_key": v.Address,
		"brand": v.Brand, "allowed": v.Allowed, "allowed_by_law": v.AllowedByLaw, "basis": v.Basis.String(),
		"reason": v.Reason.String(), "rules": rules, "until": optInstant(v.Until), "families": texts(v.Families),
		"evidence": evidence}
}

func nativeRetention(v *state.RetentionExpiry) native {
	keep := []any{}
	for _, k := range v.Keep {
		keep = append(keep, native{"what": k.What.String(), "until": optInstant(k.Until)})
	}
	return native{
		"event_id": v.EventID, "contact_id": v.Key.Contact, "controller": v.Key.Controller, "sequence": v.Sequence,
		"policy_version": v.PolicyVersion, "stage": v.Stage.String(), "action": v.Action.String(),
		"due_at": int64(v.DueAt), "emitted_at": int64(v.EmittedAt), "last_contact_at": optInstant(v.LastContactAt),
		"last_contact_event_id": optText(v.LastContactEventID), "archive_until": optInstant(v.ArchiveUntil), "keep": keep,
	}
}

// goavroBytes encodes by the embedded schema text itself, logical types included.
func goavroBytes(t testing.TB, s *Schema, n native) []byte {
	t.Helper()
	b, err := goavroCodec(t, s).BinaryFromNative(nil, n)
	if err != nil {
		t.Fatalf("goavro: %v", err)
	}
	return b
}
