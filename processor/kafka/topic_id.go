package kafka

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
)

// TopicID tells two topics of one name apart: it is new each time a topic is
// created. Zero is the id on a broker that gives none.
type TopicID [16]byte

// String is the id as Kafka's own tools show it.
func (id TopicID) String() string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// Same reports whether two ids may be of one topic: one that is not known may.
func (id TopicID) Same(other TopicID) bool {
	return id == other || id == TopicID{} || other == TopicID{}
}

// TopicRecreatedError tells that a topic was deleted and created again while we
// run. An offset of the old one means nothing in the new one.
type TopicRecreatedError struct {
	Topic   string
	Was, Is TopicID
}

// Error tells the topic and both ids.
func (e *TopicRecreatedError) Error() string {
	return fmt.Sprintf("topic %s was deleted and created again (id %s, before %s): what was not read of the old one is lost, "+
		"and offsets of it mean nothing in the new one. Start again to be told what can be done", e.Topic, e.Is, e.Was)
}

// ids returns the ids of the topics that exist.
func (m *metadata) ids(topics []string) map[string]TopicID {
	ids := make(map[string]TopicID, len(topics))
	for _, name := range topics {
		if t, ok := m.topics[name]; ok {
			ids[name] = t.ID
		}
	}
	return ids
}

// recreated returns an error for the first topic, by name, whose id has changed.
func recreated(was, is map[string]TopicID) error {
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if before, ok := was[name]; ok && !before.Same(is[name]) {
			return &TopicRecreatedError{Topic: name, Was: before, Is: is[name]}
		}
	}
	return nil
}
