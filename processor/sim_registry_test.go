package processor

import (
	"context"
	"errors"
	"math/rand/v2"

	"consentstream/schemas"
)

// simRegistry is a schema registry that may be away. Every schema of an input has
// several ids, as after registrations under several subjects.
type simRegistry struct {
	random *rand.Rand
	away   bool
}

const simIDs = 3 // of each schema

var simSchemas = []string{schemas.NamePurchase, schemas.NameClick, schemas.NameSignup, schemas.NameUnsubscribe}

// encoder returns one that names its schemas in one way or the other.
func (r *simRegistry) encoder() *schemas.Encoder {
	if r.random.IntN(3) > 0 {
		return mustEncoder()
	}
	ids := map[string]int{}
	for i, name := range simSchemas {
		ids[name] = 1 + i*simIDs + r.random.IntN(simIDs)
	}
	encoder, err := schemas.NewEncoder(schemas.WithRegistryIDs(ids))
	if err != nil {
		panic(err)
	}
	return encoder
}

// SchemaByID implements schemas.Registry.
func (r *simRegistry) SchemaByID(_ context.Context, id int) (string, error) {
	if r.away {
		return "", errors.New("connection refused")
	}
	schema, _ := schemas.ByName(simSchemas[(id-1)/simIDs])
	return schema.Text, nil
}
