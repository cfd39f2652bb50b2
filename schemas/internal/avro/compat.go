package avro

import "fmt"

// Readable returns nil when every record of the writer's schema can be read
// by the reader's, else what stands in the way and in which field.
func Readable(writer, reader *Type) error {
	if writer.Kind == Union {
		for _, branch := range writer.Branches {
			if err := Readable(branch, reader); err != nil {
				return err
			}
		}
		return nil
	}
	if reader.Kind == Union {
		if match(writer, reader) == nil {
			return fmt.Errorf("a %s is in no branch of the reader's union", writer.BranchName())
		}
		return nil
	}
	return readablePlain(writer, reader)
}

func readablePlain(writer, reader *Type) error {
	if !sameOrPromoted(writer, reader) {
		return fmt.Errorf("a %s cannot be read as %s", writer.BranchName(), reader.BranchName())
	}
	switch reader.Kind {
	case Record:
		return readableRecord(writer, reader)
	case Enum:
		return readableEnum(writer, reader)
	case Array, Map:
		return Readable(writer.Items, reader.Items)
	}
	return nil
}

func readableRecord(writer, reader *Type) error {
	for i := range reader.Fields {
		f := &reader.Fields[i]
		w := writer.Field(f.Name)
		switch {
		case w == nil && !f.HasDefault:
			return fmt.Errorf("field %s is missing and has no default", f.Name)
		case w == nil:
		default:
			if err := Readable(w.Type, f.Type); err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
	}
	return nil
}

func readableEnum(writer, reader *Type) error {
	if reader.Default != "" {
		return nil
	}
	for _, s := range writer.Symbols {
		if reader.Symbol(s) < 0 {
			return fmt.Errorf("symbol %s is unknown and %s has no default", s, reader.Name)
		}
	}
	return nil
}

// sameOrPromoted compares two types that are no unions, one level deep. A
// logical type that the writer states must be the reader's: microseconds are
// not milliseconds. One that only the reader states is a plain number that
// the reader interprets.
func sameOrPromoted(w, r *Type) bool {
	if w.Logical != "" && w.Logical != r.Logical {
		return false
	}
	if w.Kind != r.Kind {
		return promotes(w.Kind, r.Kind)
	}
	switch r.Kind {
	case Record, Enum:
		return short(w.Name) == short(r.Name)
	case Fixed:
		return short(w.Name) == short(r.Name) && w.Size == r.Size
	}
	return true
}

func promotes(from, to Kind) bool {
	switch from {
	case Int:
		return to == Long || to == Float || to == Double
	case Long:
		return to == Float || to == Double
	case Float:
		return to == Double
	case String:
		return to == Bytes
	case Bytes:
		return to == String
	}
	return false
}

// match returns the branch of the reader's union that takes a value of the
// writer's type: the same kind before a promotion, nil when there is none.
func match(writer, union *Type) *Type {
	for _, branch := range union.Branches {
		if branch.Kind == writer.Kind && Readable(writer, branch) == nil {
			return branch
		}
	}
	for _, branch := range union.Branches {
		if Readable(writer, branch) == nil {
			return branch
		}
	}
	return nil
}

// Compatible returns nil when a record of either schema can be read by the
// other (FULL compatibility). Over all earlier versions it is FULL_TRANSITIVE.
func Compatible(next, earlier *Type) error {
	if err := Readable(earlier, next); err != nil {
		return fmt.Errorf("old records cannot be read by the new schema: %w", err)
	}
	if err := Readable(next, earlier); err != nil {
		return fmt.Errorf("new records cannot be read by the old schema: %w", err)
	}
	return nil
}
