// Package deploy holds what is needed to run consentstream, and the tests that
// keep it true: a container image (Dockerfile), a compose file at the root of
// the project, an example configuration, and a real Apache Kafka without Docker
// (kafka/kafka). It has no code of its own.
package deploy
