package codec

import "consentstream/state"

// Notice: channels 4 bits, mode 2, opt-out 1, families 1; purposes 7 bits and
// one that tells that a byte of rarer flags follows.
const (
	noticeOptOut   = 0x40
	noticeFamilies = 0x80
	noticeMore     = 0x80

	noticeLanguage = 0x01
	noticeURL      = 0x02
	noticeOrder    = 0x04
)

func (w *factWriter) notice(b []byte, n *state.Notice) []byte {
	more := bit(n.Language != "", noticeLanguage) | bit(n.URL != "", noticeURL) | bit(n.OrderRef != "", noticeOrder)
	b = append(b,
		byte(n.Channels)&channelBits|byte(n.Mode)<<4|bit(n.OptOutOffered, noticeOptOut)|bit(len(n.Families) > 0, noticeFamilies),
		byte(n.Purposes)&purposeBits|bit(more != 0, noticeMore))
	if len(n.Families) > 0 {
		b = w.table.appendAll(b, n.Families)
	}
	b = w.table.append(b, n.TextVersion)
	b = w.table.append(b, n.ProofRef)
	if more == 0 {
		return b
	}
	b = append(b, more)
	if n.Language != "" {
		b = w.table.append(b, n.Language)
	}
	if n.URL != "" {
		b = w.table.append(b, n.URL)
	}
	if n.OrderRef != "" {
		b = appendString(b, n.OrderRef)
	}
	return b
}

func (r *factReader) notice() *state.Notice {
	first, second := r.byte("notice"), r.byte("notice")
	n := r.arena.notices.one()
	*n = state.Notice{
		Channels:      state.Channels(first & channelBits),
		Mode:          state.NoticeMode(first >> 4 & 0x03),
		OptOutOffered: first&noticeOptOut != 0,
		Purposes:      state.Purposes(second & purposeBits),
	}
	if first&noticeFamilies != 0 {
		n.Families = r.table.readAll(&r.reader, "families", r.arena)
	}
	n.TextVersion = r.table.read(&r.reader, "text_version")
	n.ProofRef = r.table.read(&r.reader, "proof_ref")
	if second&noticeMore != 0 {
		r.noticeMore(n)
	}
	return n
}

func (r *factReader) noticeMore(n *state.Notice) {
	more := r.byte("flags of a notice")
	if more&noticeLanguage != 0 {
		n.Language = r.table.read(&r.reader, "language")
	}
	if more&noticeURL != 0 {
		n.URL = r.table.read(&r.reader, "url")
	}
	if more&noticeOrder != 0 {
		n.OrderRef = r.string("order_ref")
	}
}

// Answer: form 4 bits, value 2, confirmed 1, mentions 1; channels 4, message 4;
// purposes 7 and one that tells that shown follows.
const (
	answerConfirmed = 0x40
	answerMentions  = 0x80
	answerShown     = 0x80
)

// answerBytes is the least that an answer takes: three bytes and two strings.
const answerBytes = 5

func (w *factWriter) answer(b []byte, a *state.Answer) []byte {
	b = append(b,
		byte(a.Form)|byte(a.Value)<<4|bit(a.Confirmed, answerConfirmed)|bit(a.PhoneMentions, answerMentions),
		byte(a.Channels)&channelBits|byte(a.Message)<<4,
		byte(a.Purposes)&purposeBits|bit(a.Shown != 0, answerShown))
	if a.Shown != 0 {
		b = append(b, byte(a.Shown)&purposeBits)
	}
	b = w.table.append(b, a.ProofRef)
	return w.table.append(b, a.TextVersion)
}

func (r *factReader) answers() []state.Answer {
	n := r.count("answers", answerBytes)
	if n == 0 {
		r.fail("answers")
		return nil
	}
	list := r.arena.answers.take(n)
	for i := range list {
		r.answer(&list[i])
	}
	return list
}

func (r *factReader) answer(a *state.Answer) {
	first, second, third := r.byte("answer"), r.byte("answer"), r.byte("answer")
	*a = state.Answer{
		Form:          enum(&r.reader, "answer form", first&0x0f, state.FormDoubleOptIn),
		Value:         enum(&r.reader, "answer value", first>>4&0x03, state.AnswerNone),
		Confirmed:     first&answerConfirmed != 0,
		PhoneMentions: first&answerMentions != 0,
		Channels:      state.Channels(second & channelBits),
		Message:       enum(&r.reader, "message kind", second>>4, state.MessageCall),
		Purposes:      state.Purposes(third & purposeBits),
	}
	if third&answerShown != 0 {
		a.Shown = state.Purposes(r.byte("shown") & purposeBits)
	}
	a.ProofRef = r.table.read(&r.reader, "proof_ref")
	a.TextVersion = r.table.read(&r.reader, "text_version")
}
