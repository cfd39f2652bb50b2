// Package rules is the law and the company's policy as pure functions: given
// what is known about a contact, an instant and an instant of knowledge, may a
// message be sent, on what basis, why, and until when is that so?
//
// Decide answers one question at the hand-off of a message, Standing the whole
// matrix of kinds, channels, addresses and brands, Clock and Archive what
// retention asks for. No function reads a clock, fails or looks anything up.
//
// # How a decision is made
//
// A book sorts the facts that are known by what the rules ask for. A view is a
// book at one instant: which wipes are in force, where the retention clock
// stands, what kind of contact it is. An ask takes one question through the
// gates; gates.go lists their order. The law answers first, then the company's
// policy narrows (policygates.go), then, for Decide alone, the hand-off adds
// hours and the number of calls (handoff.go).
//
// Every comparison of the instant of decision with another goes through
// walk.reached, so an evaluation knows up to when it holds. The until of a
// verdict is found by looking again from each such instant until the verdict
// differs. What the running epoch carries holds up to E at most. For the same
// reason a decision can be taken on to a later instant (advance.go): a row whose
// comparisons all still hold is not asked again.
//
// # Choices where the rules leave one
//
// Each sends less rather than more:
//
//   - A fact is known within a closed interval. A positive counts from its end, a
//     negative from its start or from its recording, whichever is first. What
//     happens to an order (cancelled, delivered, ended) counts from its start.
//   - An own objection covers every address of the person; a yes lifts it at the
//     address of the yes only. Another contact's objection on a shared address
//     is not lifted by anybody's yes and stays on that address.
//   - A fact without an address means the contact's only one. Once facts name
//     several, or the address was changed, such positives belong to none of them.
//   - Of the purposes only a refusal reads CONTACT as all others. A yes or a
//     notice to CONTACT covers nothing else, because consent is specific.
//   - A yes that an import or a public source asserts lifts no objection, and a
//     double opt-in counts once it is closed.
//   - ADDRESS_PENDING is also told for an address that too many contacts share
//     and for one whose facts had to be given up: what was refused there is not known.
//   - A suppression entry lapses only where nothing was collected in between, so
//     that forgetting it gives no right to send.
//   - A parameter that makes something count as a contact does so only if it was
//     on ever since, so that switching it on revives nobody.
//   - After a wipe the clock is started by what opens an epoch or by a collection,
//     not by clicks, visits, messages sent or refusals: the profile stays purged.
//   - Of a denied verdict the basis is NONE, unless the law allows and only the
//     company denies.
//
// # The rules and where they are
//
//	R1  known facts only                book.read
//	R2  duplicates; no beats yes        state.Fold (ids); lifts
//	R3  days and clock errors           spanOf, negative.from, ask.usable
//	R4  entity and brand                one Contact per controller; ask.consent, ask.applies
//	R5  law and policy                  ask.decide
//	R6  the instant of hand-off         the argument at of Decide; the caller asks last
//	R7  service                         service.go
//	R8  mixed message                   ask.service
//	R9  review request                  review.go, ask.strictReview
//	R10 promotional                     ask.marketing
//	R11 newsletter                      ask.marketing
//	R12 cart                            ask.weigh, ask.survives, negative.close, ask.tells
//	R13 loyalty                         ask.basis
//	R14 opt-in block                    block.go
//	R15 opt-in e-mail                   asked for as PROMOTIONAL, which it is
//	R16 deletion warning                warning.go; the closure notice (R16b) is asked for as SERVICE
//	R17 unsubscribe confirmation        confirmation.go
//	R18 welcome                         ask.welcome
//	R19 valid consent                   isValidForm
//	R20 proof                           ask.proven
//	R21 specific consent                ask.consent
//	R22 answers                         isValidForm, book.readRefusals
//	R23 soft opt-in                     softoptin.go
//	R24 sale                            ask.firmStep, ask.cancelled
//	R25 notice before the sale          notice.precedes, ask.noticeStep
//	R26 analogous products              ask.addFamilies
//	R27 same legal person               sale.own; one Contact per controller
//	R28 oral collection                 ask.noticeStep, ask.proven
//	R29 no other basis after a refusal  ask.objected
//	R30 named business address          b2b.go
//	R31 generic business address        ask.business
//	R32 objection                       ask.objected
//	R33 scope of an objection           negative.close, objectedPurposes
//	R34 sale after objection            ask.objected; nothing in a sale undoes it
//	R35 yes after objection             lifts
//	R36 complaint                       ask.survives, ask.objected
//	R37 no at collection                book.readRefusals
//	R38 each channel for itself         objectedChannels
//	R39 erasure                         view.seeWipes, book.readUnsubscribe
//	R40 mechanics of unsubscribing      not here: duties of the sender's messages and pages
//	R41 addresses                       book.resolve, ask.applies, ask.pending
//	R42 clock                           clock.go, lens.expiry
//	R43 what resets                     clock.go, the tick functions
//	R44 calendar                        calendar.go
//	R45 no revival                      view.advance, ask.usable
//	R46 warning window                  view.runClock, ask.warned
//	R47 what is kept                    archive.go
//	R48 suppression list                ask.lapsed, archive.suppression
//	R49 late events after a wipe        ask.usable, ask.leaves
//	R50 age of consent                  no parameter: bounded by the clock (R42)
//	R51 text messages                   ask.noticeStep
//	R52 calls                           phone.go, ask.callRefused
//	R53 banned sectors                  ask.banned
//	R54 pixels                          pixel.go; no topic feeds it
//	R55 machines                        book.tickClick; clicks never consent or refuse
//	R56 strict opt-in                   ask.narrowed
//	R57 soft opt-in                     ask.narrowed; the default
//	R58 window                          ask.windowOver
//	R59 ramp                            ask.ramping
//	R60 dissatisfaction                 kpi.go; no topic feeds it
//	R61 bands                           kpi.go; no topic feeds it
//	R62 deliverability                  not here: the sending infrastructure; a bounce changes no verdict
//	R63 hours                           handoff.go
//	R64 audit                           Verdict.Rules, Verdict.Evidence; published by processor
//	R65 consent record                  the export of cmd; the facts keep what it needs
package rules
