package schemas

import (
	"fmt"

	"consentstream/schemas/internal/avro"
	"consentstream/state"
)

// symbols maps the positions of an enum's symbols in the schema to our values
// and back. The orders differ: ours puts the unknown symbol first.
type symbols[T ~uint8] struct {
	values    []T     // by position
	positions []int16 // by value, -1 = not in the schema
}

var (
	channels      = symbolsOf("Channel", state.ParseChannel)
	purposes      = symbolsOf("Purpose", state.ParsePurpose)
	messageKinds  = symbolsOf("MessageKind", state.ParseMessageKind)
	precisions    = symbolsOf("Precision", state.ParsePrecision)
	purchaseKinds = symbolsOf("PurchaseKind", state.ParsePurchaseKind)
	roles         = symbolsOf("Role", state.ParseRole)
	collectedBys  = symbolsOf("CollectedBy", state.ParseCollectedBy)
	soldBys       = symbolsOf("SoldBy", state.ParseSoldBy)
	noticeModes   = symbolsOf("NoticeMode", state.ParseNoticeMode)
	clickKinds    = symbolsOf("ClickKind", state.ParseClickKind)
	clickTargets  = symbolsOf("ClickTarget", state.ParseClickTarget)
	actors        = symbolsOf("Actor", state.ParseActor)
	signupKinds   = symbolsOf("SignupKind", state.ParseSignupKind)
	contactTypes  = symbolsOf("ContactType", state.ParseContactType)
	collections   = symbolsOf("Collection", state.ParseCollection)
	answerForms   = symbolsOf("AnswerForm", state.ParseAnswerForm)
	answerValues  = symbolsOf("AnswerValue", state.ParseAnswerValue)
	unsubKinds    = symbolsOf("UnsubscribeKind", state.ParseUnsubscribeKind)
	unsubMethods  = symbolsOf("UnsubscribeMethod", state.ParseMethod)
	causeKinds    = symbolsOf("CauseKind", state.ParseCauseKind)
	bases         = symbolsOf("Basis", state.ParseBasis)
	stages        = symbolsOf("RetentionStage", state.ParseRetentionStage)
	actions       = symbolsOf("RetentionAction", state.ParseRetentionAction)
	keepWhats     = symbolsOf("KeepWhat", state.ParseKeepWhat)
)

// symbolsOf builds the table of an enum from the embedded schemas, where each
// enum has the same symbols wherever it is used. A symbol that the vocabulary
// lacks is a broken build.
func symbolsOf[T ~uint8](enum string, parse func(string) (T, bool)) *symbols[T] {
	t := findEnum(Namespace + "." + enum)
	s := &symbols[T]{}
	for i, name := range t.Symbols {
		v, ok := parse(name)
		if !ok {
			panic(fmt.Sprintf("schemas: symbol %s of %s is not in the vocabulary", name, enum))
		}
		s.values = append(s.values, v)
		for len(s.positions) <= int(v) {
			s.positions = append(s.positions, -1)
		}
		s.positions[v] = int16(i)
	}
	return s
}

// position returns where the schema has the symbol of v, and false when it has none.
func (s *symbols[T]) position(v T) (int, bool) {
	if int(v) >= len(s.positions) || s.positions[v] < 0 {
		return 0, false
	}
	return int(s.positions[v]), true
}

func findEnum(name string) *avro.Type {
	for _, s := range catalog {
		if t := searchEnum(s.tree, name); t != nil {
			return t
		}
	}
	panic("schemas: no enum " + name)
}

func searchEnum(t *avro.Type, name string) *avro.Type {
	if t.Kind == avro.Enum && t.Name == name {
		return t
	}
	var inner []*avro.Type
	inner = append(inner, t.Branches...)
	if t.Items != nil {
		inner = append(inner, t.Items)
	}
	for i := range t.Fields {
		inner = append(inner, t.Fields[i].Type)
	}
	for _, child := range inner {
		if found := searchEnum(child, name); found != nil {
			return found
		}
	}
	return nil
}
