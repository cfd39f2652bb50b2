package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// probeTimeout bounds one question, so that a hung instance counts as down.
	probeTimeout = 2 * time.Second
	// probePause is the time between two questions of --wait.
	probePause = 200 * time.Millisecond
	// maxHealthText bounds what is shown of an answer, in bytes.
	maxHealthText = 4 << 10
)

func newHealthCommand(a *app) *cobra.Command {
	var address string
	var live bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Is the running instance ready?",
		Long: `Asks a running instance whether it is ready: every task restored and the broker in reach. With --live, whether it
is alive at all. Exit code 0 for yes, 1 for no. This is the health check of a container, whose image has no other program.`,
		Example: `  consentstream health
  consentstream health --address http://127.0.0.1:8080 --wait 30s`,
		Args: noArgs,
	}
	cmd.Flags().StringVar(&address, "address", "http://127.0.0.1:8080", "`URL` where the instance listens (its --listen)")
	cmd.Flags().BoolVar(&live, "live", false, "ask only whether it is alive")
	cmd.Flags().DurationVar(&wait, "wait", 0, "keep asking for this `TIME` until the answer is yes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		base, err := url.Parse(address)
		if err != nil || base.Host == "" {
			return usagef(cmd, "--address %q: expected one such as http://127.0.0.1:8080", address)
		}
		path := "readyz"
		if live {
			path = "healthz"
		}
		return a.health(cmd.Context(), base.JoinPath(path).String(), wait)
	}
	return cmd
}

// health asks until the answer is yes or the time to wait is over, and shows
// the last answer.
func (a *app) health(ctx context.Context, target string, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for {
		healthy, text := probe(ctx, target)
		if healthy || time.Now().After(deadline) || ctx.Err() != nil {
			fmt.Fprintln(a.stdout, text)
			if !healthy {
				return errAnswerNo
			}
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(probePause):
		}
	}
}

// probe asks once. What goes wrong on the way is an answer too: no.
func probe(ctx context.Context, target string) (healthy bool, text string) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return false, err.Error()
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, fmt.Sprintf("no answer: %v; is the instance running with --listen at that address?", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxHealthText))
	if err != nil {
		return false, fmt.Sprintf("half an answer: %v", err)
	}
	text = strings.TrimSpace(string(body))
	if text == "" {
		text = response.Status
	}
	return response.StatusCode == http.StatusOK, text
}
