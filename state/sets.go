package state

// Channels is a set of channels, one bit per value of Channel. The bit of
// ChannelUnknown is kept: what it means depends on the fact (in a negative
// every channel, in a positive none).
type Channels uint8

// Purposes is a set of purposes, one bit per value of Purpose. The bit of
// PurposeUnknown is kept for the same reason as in Channels.
type Purposes uint8

// AllChannels are the channels that exist.
const AllChannels = Channels(1<<ChannelEmail | 1<<ChannelSMS | 1<<ChannelPhone)

// AllMarketing are the purposes that count as marketing: what a negative with
// no purposes covers. REVIEW and CONTACT are not in it.
const AllMarketing = Purposes(1<<PurposePromotional | 1<<PurposeNewsletter | 1<<PurposeCart | 1<<PurposeLoyalty)

// AllPurposes is everything that is not contractual.
const AllPurposes = AllMarketing | Purposes(1<<PurposeReview|1<<PurposeContact)

// ChannelsOf returns the set of the given channels.
func ChannelsOf(channels ...Channel) (s Channels) {
	for _, c := range channels {
		s |= 1 << c
	}
	return s
}

// Has reports whether c is in the set.
func (s Channels) Has(c Channel) bool { return s&(1<<c) != 0 }

// PurposesOf returns the set of the given purposes.
func PurposesOf(purposes ...Purpose) (s Purposes) {
	for _, p := range purposes {
		s |= 1 << p
	}
	return s
}

// Has reports whether p is in the set.
func (s Purposes) Has(p Purpose) bool { return s&(1<<p) != 0 }
