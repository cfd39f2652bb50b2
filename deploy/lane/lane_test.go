package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"consentstream/processor"
)

func TestPercentilesAreValuesThatWereMeasured(t *testing.T) {
	var took []time.Duration
	for ms := 200; ms >= 1; ms-- { // not in order
		took = append(took, time.Duration(ms)*time.Millisecond)
	}
	d := distributionOf(took)
	for p, want := range map[int]int{1: 2, 50: 100, 90: 180, 99: 198, 100: 200} {
		if got := d.percentile(p); got != time.Duration(want)*time.Millisecond {
			t.Errorf("p%d = %v, expected %d ms", p, got, want)
		}
	}
	if took[0] != 200*time.Millisecond {
		t.Error("what was measured is sorted in place, under the feet of who still adds to it")
	}
}

func TestPercentilesOfFew(t *testing.T) {
	if got := distributionOf(nil).percentile(99); got != 0 {
		t.Errorf("p99 of nothing: %v", got)
	}
	d := distributionOf([]time.Duration{3, 1})
	if d.percentile(50) != 1 || d.percentile(99) != 3 || d.longest() != 3 {
		t.Errorf("p50 %v, p99 %v, max %v of 1 and 3", d.percentile(50), d.percentile(99), d.longest())
	}
}

func TestAnAnswerIsTheRightContactsAndCountsOnce(t *testing.T) {
	l, begin := newLedger(), time.Now()
	l.ask("a-no", "b", begin)
	l.answer("a-no", "a", begin.Add(time.Second))   // the objector's own change, not the one waited for
	l.answer("other", "b", begin.Add(time.Second))  // the right contact, for another reason
	l.answer("a-no", "b", begin.Add(2*time.Second)) // this one
	l.answer("a-no", "b", begin.Add(3*time.Second)) // a later change that it caused as well
	sent, took, _ := l.measured()
	if sent != 1 || len(took) != 1 || took[0] != 2*time.Second || l.unanswered() != 0 {
		t.Errorf("%d sent, took %v, %d unanswered", sent, took, l.unanswered())
	}
}

func TestSettleWaitsForTheLastAnswer(t *testing.T) {
	l := newLedger()
	l.ask("1", "a", time.Now())
	l.ask("2", "b", time.Now())
	l.answer("1", "a", time.Now())
	go func() {
		time.Sleep(20 * time.Millisecond)
		l.answer("2", "b", time.Now())
	}()
	if left := l.settle(t.Context(), time.Minute); left != 0 {
		t.Errorf("%d left", left)
	}
}

func TestSettleGivesUp(t *testing.T) {
	l := newLedger()
	l.ask("1", "a", time.Now())
	l.ask("2", "b", time.Now())
	l.answer("2", "b", time.Now())
	if left := l.settle(t.Context(), 30*time.Millisecond); left != 1 {
		t.Errorf("%d left when patience was over", left)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if left := l.settle(ended, time.Hour); left != 1 {
		t.Errorf("%d left when it was interrupted", left)
	}
}

func TestWhatIsForgottenIsNotCounted(t *testing.T) {
	l, begin := newLedger(), time.Now()
	l.ask("1", "a", begin)
	l.acknowledged(time.Hour)
	l.answer("1", "a", begin.Add(time.Hour))
	l.ask("2", "b", begin)
	l.forget()
	l.answer("2", "b", begin.Add(time.Second))
	sent, took, acks := l.measured()
	if sent != 1 || len(took) != 1 || took[0] != time.Second || len(acks) != 0 {
		t.Errorf("%d sent, took %v, acknowledged %v", sent, took, acks)
	}
}

func TestLedgersAddUp(t *testing.T) {
	sum, begin := newLedger(), time.Now()
	for _, id := range []string{"1", "2"} {
		l := newLedger()
		l.ask(id, "a", begin)
		l.acknowledged(time.Second)
		l.answer(id, "a", begin.Add(time.Minute))
		sum.add(l)
	}
	if sent, took, acks := sum.measured(); sent != 2 || len(took) != 2 || took[1] != time.Minute || len(acks) != 2 {
		t.Errorf("%d sent, took %v, acknowledged %v", sent, took, acks)
	}
}

func TestWithinFindsThoseOfSomeTasks(t *testing.T) {
	of := tasks{0: processor.TaskRunning, 2: processor.TaskRestoring}
	found := within(loners(100), of, 4)
	for _, p := range found {
		if task := partitionOf(p.contact, 4); task != 0 && task != 2 {
			t.Errorf("%s belongs to task %d", p.contact, task)
		}
	}
	if len(found) < 20 || len(found) > 80 || of.running() != 1 {
		t.Errorf("%d of 100 are found in half of the tasks, of which %d runs", len(found), of.running())
	}
}

func TestHouseholdsCrossTasks(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range households(200, 3) {
		if partitionOf(p.contact, 3) == partitionOf(p.other, 3) {
			t.Errorf("%s and %s have one task", p.contact, p.other)
		}
		if p.watched() != p.other || seen[p.contact] || seen[p.other] || seen[p.address] {
			t.Errorf("%+v: watches %s, or is there twice", p, p.watched())
		}
		seen[p.contact], seen[p.other], seen[p.address] = true, true, true
	}
	if alone := loners(1)[0]; alone.watched() != alone.contact {
		t.Errorf("%+v watches %s", alone, alone.watched())
	}
	if len(households(2, 1)) != 2 {
		t.Error("one task has no households")
	}
}

func TestTheReportShowsPercentilesBesideTheTarget(t *testing.T) {
	var out bytes.Buffer
	took := distributionOf([]time.Duration{40 * time.Millisecond, 60 * time.Millisecond, 150 * time.Millisecond})
	r := result{name: "steady", sent: 4, took: took, acks: took[:1], target: 100 * time.Millisecond}
	r.print(&out)
	line, _, _ := strings.Cut(out.String(), "\n")
	if got, want := strings.Join(strings.Fields(line), " "), "steady 4 3 60.0 150.0 150.0 150.0 100 1.50"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
	out.Reset()
	printCatchUp(&out, catchUp{1000, 10 * time.Second}, catchUp{1000, 20 * time.Second})
	if !strings.Contains(out.String(), "100 records a second without") || !strings.Contains(out.String(), "+50.0 % lost") {
		t.Errorf("%q", out.String())
	}
}
