package kafka

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/snappy"
)

// The Java producer writes snappy in the frames of its library: a header, then
// blocks behind their lengths. Other producers write one bare block.
const xerialHeader = 16

var xerialMagic = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

// inflateSnappy decompresses both forms. kafka-go's reader allocates what a block
// claims, 4 GiB if it says so; here a claim is checked first.
func inflateSnappy(b []byte) ([]byte, error) {
	if len(b) < xerialHeader || !bytes.HasPrefix(b, xerialMagic) {
		return appendSnappy(nil, b)
	}
	var out []byte
	for b = b[xerialHeader:]; len(b) > 0; {
		if len(b) < 4 {
			return nil, errShort
		}
		n := binary.BigEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return nil, errShort
		}
		var err error
		if out, err = appendSnappy(out, b[:n]); err != nil {
			return nil, err
		}
		b = b[n:]
	}
	return out, nil
}

func appendSnappy(out, block []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(block)
	if err != nil {
		return nil, err
	}
	// Snappy shrinks to a twentieth or so at best: a larger claim is no block.
	if n > maxInflated-len(out) || n > 64*len(block)+64 {
		return nil, fmt.Errorf("a block of %d bytes claims to hold %d", len(block), n)
	}
	if out == nil {
		return snappy.Decode(nil, block)
	}
	decoded, err := snappy.Decode(nil, block)
	return append(out, decoded...), err
}
