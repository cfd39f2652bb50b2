package local

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Case is one measurement of a bench; it may print more than one line.
type Case[B any] struct {
	Name string
	Run  func(*B, context.Context) error
}

// Cases are measurements in the order in which they run.
type Cases[B any] []Case[B]

// Names are the names of all of them, with commas in between.
func (c Cases[B]) Names() string {
	var names []string
	for i := range c {
		names = append(names, c[i].Name)
	}
	return strings.Join(names, ",")
}

// Choose returns those that a list with commas names, "" = none of them. Its
// error is a name that there is not.
func (c Cases[B]) Choose(list string) (chosen Cases[B], err error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	for _, name := range names {
		if !slices.ContainsFunc(c, func(known Case[B]) bool { return known.Name == name }) {
			return nil, fmt.Errorf("-cases %s: expected some of %s", name, c.Names())
		}
	}
	for _, known := range c {
		if slices.Contains(names, known.Name) {
			chosen = append(chosen, known)
		}
	}
	return chosen, nil
}

// Run runs one after the other, until one fails.
func (c Cases[B]) Run(ctx context.Context, bench *B) error {
	for i := range c {
		if err := c[i].Run(bench, ctx); err != nil {
			return fmt.Errorf("%s: %w", c[i].Name, err)
		}
	}
	return nil
}
