package state

// Steady tells under which further facts a decision surely stands, because
// nothing that it rests on asks for them. The zero value tells nothing.
type Steady uint8

const (
	// SteadyUnderSale says that one more sale allows nothing that is not allowed
	// yet. It may still add a family to those that a soft opt-in covers.
	SteadyUnderSale Steady = 1 << iota
	// SteadyUnderToldSale says so of a sale in which the person is told something.
	SteadyUnderToldSale
	// SteadyWithoutSales says that the sales that the contact holds do not matter.
	SteadyWithoutSales
	// SteadyUnderRequest says that one more reason to serve the person changes nothing.
	SteadyUnderRequest
	// SteadyUnderDelivery says that it does not matter what was delivered, nor
	// whether a review was asked for.
	SteadyUnderDelivery
	// SteadyUnderNotice says that what businesses were told does not matter.
	SteadyUnderNotice
	// SteadyUnderContact says that a clock runs and is far from its end, so that
	// one more contact can only prolong it.
	SteadyUnderContact
	// SteadyUnderWarning says that it does not matter whether a warning was sent.
	SteadyUnderWarning

	// SteadyUnderAll is all of them.
	SteadyUnderAll Steady = 1<<iota - 1
)
