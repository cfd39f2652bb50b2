package local_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"consentstream/deploy/internal/local"
)

func TestCasesRunInTheirOrder(t *testing.T) {
	var ran []string
	note := func(name string, err error) local.Case[[]string] {
		return local.Case[[]string]{Name: name, Run: func(b *[]string, _ context.Context) error {
			*b = append(*b, name)
			return err
		}}
	}
	broken := errors.New("broken")
	all := local.Cases[[]string]{note("one", nil), note("two", nil), note("three", broken), note("four", nil)}
	for _, c := range []struct {
		chosen, ran string
		err         error
	}{
		{"", "", nil},
		{"two,one", "one,two", nil},
		{all.Names(), "one,two,three", broken},
	} {
		chosen, err := all.Choose(c.chosen)
		if err != nil {
			t.Fatal(err)
		}
		ran = ran[:0]
		if err := chosen.Run(t.Context(), &ran); !errors.Is(err, c.err) || strings.Join(ran, ",") != c.ran {
			t.Errorf("%q: ran %q, error %v", c.chosen, ran, err)
		}
	}
}

func TestAnUnknownCaseIsRefused(t *testing.T) {
	all := local.Cases[int]{{Name: "one"}, {Name: "two"}}
	for _, list := range []string{"noon", "one,noon", "one,"} {
		if _, err := all.Choose(list); err == nil || !strings.Contains(err.Error(), "one,two") {
			t.Errorf("%q: error %v", list, err)
		}
	}
}
