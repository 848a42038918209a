package dashboards

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestAnswersAreFoundOnce(t *testing.T) {
	var kept answers
	var found atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			rows, err := remember(t.Context(), &kept, "one", func() ([]int, error) {
				found.Add(1)
				time.Sleep(5 * time.Millisecond)
				return []int{1, 2, 3}, nil
			})
			if err != nil || fmt.Sprint(rows) != "[1 2 3]" {
				t.Errorf("got %v, %v", rows, err)
			}
			rows[0] = 9 // is the caller's own
		})
	}
	all.Wait()
	if found.Load() != 1 {
		t.Errorf("looked %d times", found.Load())
	}
}

func TestAnswersKeepNoError(t *testing.T) {
	var kept answers
	broken := errors.New("broken")
	if _, err := remember(t.Context(), &kept, "one", func() ([]int, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	rows, err := remember(t.Context(), &kept, "one", func() ([]int, error) { return []int{7}, nil })
	if err != nil || len(rows) != 1 {
		t.Errorf("after an error got %v, %v", rows, err)
	}
}

func TestWaitingForAnAnswerEndsWithTheReader(t *testing.T) {
	var kept answers
	inside, release := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := remember(context.Background(), &kept, "one", func() ([]int, error) {
			close(inside)
			<-release
			return []int{1}, nil
		})
		done <- err
	}()
	<-inside
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := remember(gone, &kept, "one", func() ([]int, error) { return nil, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader who has gone got %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAnswersStaySmall(t *testing.T) {
	var kept answers
	for i := range 3 * keptRows / longAnswer {
		if _, err := remember(t.Context(), &kept, fmt.Sprint(i), func() ([]int, error) { return make([]int, longAnswer), nil }); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	for _, a := range kept.all {
		held += a.size
	}
	if held != kept.rows || held > keptRows+longAnswer+1 {
		t.Errorf("%d rows are held and %d counted, at most %d may be", held, kept.rows, keptRows)
	}

	asked := 0
	for range 2 {
		rows, err := remember(t.Context(), &kept, "long", func() ([]int, error) { asked++; return make([]int, longAnswer+1), nil })
		if err != nil || len(rows) != longAnswer+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
	}
	if asked != 2 {
		t.Errorf("a long result was looked for %d times, wanted twice", asked)
	}
}
