package rules

import "consentstream/state"

// Pixel is what is known about reading one person's opens (R54).
type Pixel struct {
	// Consent to the pixel itself, separate from that to e-mail, and not withdrawn.
	Consent bool
	// Basis carries the message the pixel is in.
	Basis state.Basis
	// OnlyToStop tells that nothing but the day of the last open is kept,
	// overwritten each time, to send less or to stop.
	OnlyToStop bool
}

// Lawful is R54: with a consent of its own always; without one only in the
// narrow exemption, and never in a message that soft opt-in carries. That the
// contact is a business changes nothing.
func (p Pixel) Lawful() bool {
	if p.Consent {
		return true
	}
	return p.OnlyToStop && (p.Basis == state.BasisConsent || p.Basis == state.BasisContract)
}

// pixelSilenceMonths is how long a person who did not answer is not asked again.
const pixelSilenceMonths = 6

// MayAskPixel reports whether the consent to a pixel may be asked for at an
// instant. asked is when it was asked for last without an answer; state.Unset
// when it never was.
func MayAskPixel(s *Settings, asked, at state.Instant) bool {
	if asked == state.Unset {
		return true
	}
	return at >= dayOf(asked, s.TimeZone).addMonths(pixelSilenceMonths).start(s.TimeZone)
}
