package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	kafkago "github.com/segmentio/kafka-go"
)

// needsPerson tells connection errors that no repetition cures.
func needsPerson(err error) bool { return deniedLogin(err) || adviceTLS(err) != "" }

// deniedLogin tells that the broker did not take our SASL login.
func deniedLogin(err error) bool {
	for _, code := range []kafkago.Error{kafkago.UnsupportedSASLMechanism, kafkago.IllegalSASLState, kafkago.SASLAuthenticationFailed} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// adviceTLS tells what to change after a TLS handshake that one side has
// refused, "" for any other error.
func adviceTLS(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var remote *net.OpError
	switch {
	case errors.As(err, &authority):
		return "the broker's certificate is signed by somebody whom we do not trust: set tls.ca_file to the certificate of that authority"
	case errors.As(err, &host):
		return "the broker's certificate is for " + names(host.Certificate) + ": reach the broker by a name or address that is in the certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "issue the certificate of the broker anew, or set this machine's clock right"
	case errors.As(err, &verification):
		return "set tls.ca_file to the authority of the broker's certificate, or issue that anew"
	case errors.As(err, &record):
		return "this is not a TLS port: take the broker's TLS port, or leave --tls out"
	case errors.As(err, &remote) && remote.Op == "remote error":
		return "the broker refused our side of TLS: it may want a certificate of us, signed by an authority that it trusts: set tls.cert_file and tls.key_file"
	}
	return ""
}

// names lists what a certificate is for.
func names(c *x509.Certificate) string {
	all := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "no host at all"
	}
	return strings.Join(all, ", ")
}

// explain adds what a bare connection error leaves out.
func (c *Client) explain(err error) error {
	advice := adviceTLS(err)
	switch {
	case advice != "":
	case deniedLogin(err):
		advice = "check the SASL mechanism, user and password"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		advice = "the broker closed the connection: " + c.mayWant()
	case errors.Is(err, context.DeadlineExceeded):
		advice = "check that this is a Kafka port; " + c.mayWant()
	case strings.Contains(err.Error(), "connection refused"):
		advice = "start the broker or correct the address"
	case strings.Contains(err.Error(), "no such host"):
		advice = "correct the host name"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}

// mayWant says what a broker that does not understand us may want instead.
func (c *Client) mayWant() string {
	switch login := c.cfg.SASL.Mechanism != ""; {
	case c.cfg.TLS != nil && login:
		return "it may be not a TLS port (then leave --tls out), or check the SASL mechanism, user and password"
	case c.cfg.TLS != nil:
		return "it may be not a TLS port (then leave --tls out), or want a SASL login (--sasl-mechanism)"
	case login:
		return "check the SASL mechanism, user and password, and whether the port wants TLS (--tls)"
	}
	return "it may want TLS (--tls) or a SASL login (--sasl-mechanism)"
}
