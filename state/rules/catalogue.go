package rules

// Rule is one of the 65 rules, with where it comes from.
type Rule struct {
	Number int
	Title  string // what it says, in one line
	Source string // where it comes from
}

// RuleByNumber returns a rule; the zero Rule for a number outside 1..65.
func RuleByNumber(n int) Rule {
	if n < 1 || n > len(catalogue) {
		return Rule{}
	}
	r := catalogue[n-1]
	r.Number = n
	return r
}

// catalogue holds the rules in their order. Where no law settles a point the
// source says that the choice is this product's, always the one that sends less.
var catalogue = [65]Rule{
	{Title: "A decision depends on what was known by then, never on the order in which it arrived", Source: "accountability, GDPR art. 5(2) and 7(1)"},
	{Title: "One event counts once; where a yes and a no cannot be told apart in time, the no wins", Source: "design choice"},
	{Title: "A date without a time is a whole day: a negative counts from its start, a positive from its end", Source: "burden of proof on the sender, GDPR art. 7(1)"},
	{Title: "Everything belongs to one legal entity; a brand is only a name of it", Source: "CPCE art. L34-5 (same natural or legal person)"},
	{Title: "A message must be allowed by the law and by the company, which can only narrow the law", Source: "design choice; common practice"},
	{Title: "What counts is the moment at which a message is handed over, not the moment it was planned", Source: "CPCE art. L34-5, GDPR art. 21(3)"},
	{Title: "What was ordered, asked for or is owed may always be sent", Source: "contract, GDPR art. 6(1)(b)"},
	{Title: "A service message with a promotional block is judged as promotional", Source: "CPCE art. L34-5 (direct or indirect promotion); CNIL 2026"},
	{Title: "A review may be asked for once, after delivery, unless reviews or everything were refused", Source: "CNIL reference on commercial management (2021-131); contested, BGH VI ZR 225/17"},
	{Title: "Promotions need consent, the exception for clients, or a business contact", Source: "CPCE art. L34-5; CJEU C-102/20 StWL"},
	{Title: "A newsletter promotes the sender's image and needs the same as a promotion", Source: "CPCE art. L34-5 (image)"},
	{Title: "A reminder of a basket is a kind of promotion; refusing baskets beats a general yes", Source: "CPCE art. L34-5; no contract exists yet"},
	{Title: "Loyalty offers need a consent of their own", Source: "GDPR art. 4(11); CNIL SAN-2025-017"},
	{Title: "Clients who have not objected may be asked for consent inside a service e-mail", Source: "practice accepted by professionals; CPCE art. L34-5"},
	{Title: "An e-mail that only asks for consent is itself a promotion", Source: "CPCE art. L34-5; compare ICO on Flybe and Honda"},
	{Title: "One warning before the end of retention, to whom may still be written", Source: "CNIL reference on commercial management (2021-131)"},
	{Title: "An unsubscribe may be confirmed once within a day, where the company wants it", Source: "practice; the 24 hours are a design choice"},
	{Title: "A welcome series follows the basis that opens it", Source: "CPCE art. L34-5"},
	{Title: "Consent is a free, specific, informed and clear act; boxes ticked in advance and terms are none", Source: "GDPR art. 4(11) and 7; CJEU C-673/17 Planet49; CNIL SAN-2022-017 Accor"},
	{Title: "A consent or a notice counts only while its own proof exists", Source: "GDPR art. 7(1); CNIL SAN-2022-021 EDF, SAN-2020-016 Performeclic"},
	{Title: "Consent covers the channel, purpose, entity and brand it names, and no other", Source: "GDPR art. 4(11); CNIL SAN-2023-015 Canal+; CJEU C-317/25 pending"},
	{Title: "What each form of question and answer amounts to", Source: "GDPR art. 4(11) and 7; CNIL on prospecting by e-mail"},
	{Title: "A client may be written to without consent when every condition of the exception holds", Source: "CPCE art. L34-5 al. 4; ePrivacy directive art. 13(2); CJEU C-654/23 Inteligo Media"},
	{Title: "A sale is an order that was accepted, paid and not taken back", Source: "CPCE art. L34-5 (on the occasion of a sale); CNIL SAN-2020-018 Nestor"},
	{Title: "The notice, with a way to refuse at once, comes no later than the sale", Source: "CPCE art. L34-5; GDPR art. 13 and 21(4)"},
	{Title: "Only products like the one bought, as a person has declared them", Source: "CPCE art. L34-5 (analogous products or services)"},
	{Title: "Only the legal entity that sold may write", Source: "CPCE art. L34-5 (same natural or legal person); CNIL SAN-2022-017 Accor"},
	{Title: "What was said counts only with the script, and where and by whom", Source: "GDPR art. 7(1); CNIL SAN-2022-021 EDF"},
	{Title: "A withdrawn consent is not replaced by another basis; a lost proof may be", Source: "GDPR art. 7; EDPB guidelines 05/2020"},
	{Title: "A named address at work: notice, a way to refuse, and a subject about the job", Source: "CNIL on prospecting of businesses"},
	{Title: "A generic address belongs to no person; its objections count all the same", Source: "CNIL on prospecting of businesses"},
	{Title: "An objection stops at once whatever it covers, for good", Source: "GDPR art. 21(2) and (3), art. 18; CPCE art. L34-5"},
	{Title: "How far an objection reaches: what it names, and what was displayed and kept", Source: "design choice on GDPR art. 21"},
	{Title: "A later purchase does not undo an objection", Source: "CPCE art. L34-5; professional guides"},
	{Title: "Only a later, explicit and proven yes lifts an objection, and only for what it names", Source: "GDPR art. 7"},
	{Title: "A complaint is an objection to everything on its channel, lifted by a confirmed yes only", Source: "GDPR art. 21; confirmation is a design choice"},
	{Title: "A no at collection is an objection", Source: "CPCE art. L34-5; GDPR art. 21(4)"},
	{Title: "Each channel is refused for itself, unless the words say more", Source: "CPCE art. L34-5; decree 2026-662 (R223-3)"},
	{Title: "An erasure ends all that was positive and is an objection to everything", Source: "GDPR art. 17; CNIL SAN-2021-008 Brico Privé, SAN-2026-010 Extia"},
	{Title: "Every message can be refused in one click, at once and without an account", Source: "CPCE art. L34-5; RFC 8058; CNIL SAN-2025-002 Caloga"},
	{Title: "A positive stays with the address it was given for; a negative follows person and address", Source: "design choice on GDPR art. 21"},
	{Title: "Marketing ends three calendar years after the last contact; an open contract stops the clock", Source: "CNIL reference on commercial management (2021-131); CNIL SAN-2020-008 Carrefour"},
	{Title: "What counts as a contact: acts of the person, no opens, no visits, nothing that was sent", Source: "CNIL reference (2021-131); CNIL SAN-2020-003 Spartoo, SAN-2020-016 Performeclic"},
	{Title: "Terms are calendar years on the local date and end as their last day begins", Source: "CPC art. 641 and 642, Regulation 1182/71; the start of the day is a design choice"},
	{Title: "Nothing revives what has expired; only a new relation opens a new period", Source: "CNIL reference (2021-131)"},
	{Title: "One warning in each period; to ask to be kept moves the clock and is no consent", Source: "CNIL reference (2021-131)"},
	{Title: "At the end marketing data go; what the law wants kept is kept apart", Source: "C. com. L123-22, C. conso. L213-1, C. civ. 2224, LPF L102 B"},
	{Title: "Of an objection only what is needed to honour it is kept, and it gives no right to send", Source: "CNIL on suppression lists (27 January 2022), MED-2023-040"},
	{Title: "What arrives after a wipe and happened before it counts only as a no or as an order to serve", Source: "GDPR art. 17; design choice"},
	{Title: "Consent to e-mail and text messages has no age of its own beyond retention", Source: "EDPB guidelines 05/2020"},
	{Title: "Text messages follow the rules of e-mail, with a notice that names them", Source: "CPCE art. L34-5; CNIL on prospecting by SMS"},
	{Title: "Calls: opt-out until 10 August 2026, then consent of a year at most or a running contract", Source: "law 2025-594, decree 2026-662 (C. conso. L223-1, R223-1 to R223-4, D223-9)"},
	{Title: "Energy renovation and home adaptation may not solicit at all", Source: "C. conso. L223-1 and L223-8"},
	{Title: "To read opens one by one needs a consent of its own", Source: "CNIL deliberation 2026-042 on tracking pixels"},
	{Title: "Machines and unknown actors neither agree, refuse nor keep a contact alive", Source: "design choice"},
	{Title: "A company may ask consent of everybody", Source: "company policy"},
	{Title: "A company may use the exception for clients as the law has it", Source: "company policy; CPCE art. L34-5"},
	{Title: "A company may end the exception some months after the last purchase", Source: "company policy"},
	{Title: "A company may start new clients with a welcome and editorial content", Source: "company policy"},
	{Title: "Dissatisfaction is the share of unsubscribe clicks among clicks", Source: "professional guides; the formula is a design choice"},
	{Title: "Bands of dissatisfaction say when to stop, hold or go faster", Source: "professional guides; the lower bound where they differ"},
	{Title: "What mailbox providers ask of senders; a bounce is no objection", Source: "RFC 8058; rules of Google, Yahoo and Microsoft for senders"},
	{Title: "Calls and text messages have their hours", Source: "C. conso. D223-9; AF2M charter for text messages"},
	{Title: "Every decision tells its instants, policy, rules, reason, basis and evidence", Source: "GDPR art. 5(2) and 15"},
	{Title: "A consent can be handed out as a record of its own", Source: "ISO/IEC TS 27560; Kantara consent receipt; GDPR art. 7(1)"},
}
