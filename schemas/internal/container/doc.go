// Package container reads and writes the blocks of Avro object container
// files. It gives out and takes the Avro bytes of whole blocks, knows nothing
// of the records in them, and holds at most one block in memory, whose size
// is bounded before and after decompression.
package container
