package state

// PurchaseKind is what happened to an order or contract.
type PurchaseKind uint8

// The values of PurchaseKind.
const (
	PurchaseUnknown PurchaseKind = iota
	PurchaseOrdered
	PurchaseCancelled
	PurchaseDelivered
	PurchaseContractStarted
	PurchaseContractEnded
	PurchaseAttended
)

var purchaseKindSymbols = [...]string{
	"UNKNOWN",
	"ORDERED",
	"CANCELLED",
	"DELIVERED",
	"CONTRACT_STARTED",
	"CONTRACT_ENDED",
	"ATTENDED",
}

// String returns the symbol used in records.
func (v PurchaseKind) String() string { return symbol(purchaseKindSymbols[:], int(v)) }

// ParsePurchaseKind returns the value of a symbol, and false for one it does not know.
func ParsePurchaseKind(s string) (PurchaseKind, bool) {
	i, ok := parse(purchaseKindSymbols[:], s)
	return PurchaseKind(i), ok
}

// PurchaseKindSymbols lists the symbols in the order of their values.
func PurchaseKindSymbols() []string { return append([]string(nil), purchaseKindSymbols[:]...) }

// Role is on which side of the order the contact stands.
type Role uint8

// The values of Role.
const (
	RoleBuyer Role = iota
	RoleBeneficiary
)

var roleSymbols = [...]string{
	"BUYER",
	"BENEFICIARY",
}

// String returns the symbol used in records.
func (v Role) String() string { return symbol(roleSymbols[:], int(v)) }

// ParseRole returns the value of a symbol, and false for one it does not know.
func ParseRole(s string) (Role, bool) { i, ok := parse(roleSymbols[:], s); return Role(i), ok }

// RoleSymbols lists the symbols in the order of their values.
func RoleSymbols() []string { return append([]string(nil), roleSymbols[:]...) }

// CollectedBy is who collected the address of an order.
type CollectedBy uint8

// The values of CollectedBy.
const (
	CollectedDirect CollectedBy = iota
	CollectedMarketplace
	CollectedThirdParty
)

var collectedBySymbols = [...]string{
	"DIRECT",
	"MARKETPLACE",
	"THIRD_PARTY",
}

// String returns the symbol used in records.
func (v CollectedBy) String() string { return symbol(collectedBySymbols[:], int(v)) }

// ParseCollectedBy returns the value of a symbol, and false for one it does not know.
func ParseCollectedBy(s string) (CollectedBy, bool) {
	i, ok := parse(collectedBySymbols[:], s)
	return CollectedBy(i), ok
}

// CollectedBySymbols lists the symbols in the order of their values.
func CollectedBySymbols() []string { return append([]string(nil), collectedBySymbols[:]...) }

// SoldBy is where an order was placed; it decides what must be archived (R47).
type SoldBy uint8

// The values of SoldBy.
const (
	SoldOnline SoldBy = iota
	SoldInStore
	SoldPhone
)

var soldBySymbols = [...]string{
	"ONLINE",
	"IN_STORE",
	"PHONE",
}

// String returns the symbol used in records.
func (v SoldBy) String() string { return symbol(soldBySymbols[:], int(v)) }

// ParseSoldBy returns the value of a symbol, and false for one it does not know.
func ParseSoldBy(s string) (SoldBy, bool) { i, ok := parse(soldBySymbols[:], s); return SoldBy(i), ok }

// SoldBySymbols lists the symbols in the order of their values.
func SoldBySymbols() []string { return append([]string(nil), soldBySymbols[:]...) }
