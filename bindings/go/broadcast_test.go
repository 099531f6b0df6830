package ringfold

import (
	"errors"
	"sync"
	"testing"
)

func TestEveryReaderSeesEveryEvent(t *testing.T) {
	const count = 2000
	ring, err := Broadcast[sample](16)
	if err != nil {
		t.Fatal(err)
	}
	first := must(ring.Join())
	second := must(ring.Join())
	third := must(ring.Join(first, second))
	var group sync.WaitGroup
	for _, reader := range []*Reader[sample]{first, second, third} {
		group.Add(1)
		go func(reader *Reader[sample]) {
			defer group.Done()
			next := 0
			for {
				events, err := reader.Peek(background)
				if err != nil {
					if !errors.Is(err, ErrClosed) || next != count {
						panic(err)
					}
					return
				}
				for _, event := range events {
					if event != made(next) {
						panic(event)
					}
					next++
				}
				if err := reader.Release(len(events)); err != nil {
					panic(err)
				}
			}
		}(reader)
	}
	for i := 0; i < count; i += 4 {
		if err := ring.Publish(background, made(i)); err != nil {
			t.Fatal(err)
		}
		events := must(ring.Claim(background, 3))
		for j := range events {
			events[j] = made(i + 1 + j)
		}
		if err := ring.Commit(3); err != nil {
			t.Fatal(err)
		}
	}
	ring.Close()
	group.Wait()
}

func TestLossyReadersAreTold(t *testing.T) {
	ring, err := Broadcast[sample](8, WithLossyReaders())
	if err != nil {
		t.Fatal(err)
	}
	reader := must(ring.JoinLossy())
	if _, err := reader.TryRecv(); !errors.Is(err, ErrEmpty) {
		t.Fatal(err)
	}
	for i := 0; i < 50; i++ {
		if err := ring.TryPublish(made(i)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = reader.Recv(background)
	var missed Missed
	if !errors.As(err, &missed) || !errors.Is(err, ErrLagged) || missed < 42 {
		t.Fatal(err)
	}
	if got := must(reader.Recv(background)); got != made(int(missed)) {
		t.Fatal(got, missed)
	}
}

func TestMisusedBroadcastsAreErrors(t *testing.T) {
	ring := must(Broadcast[uint32](4))
	other := must(Broadcast[uint32](4))
	if _, err := ring.JoinLossy(); !errors.Is(err, ErrUnsupported) {
		t.Fatal(err)
	}
	if _, err := ring.Join(must(other.Join())); !errors.Is(err, ErrInvalid) {
		t.Fatal(err)
	}
	reader := must(ring.Join())
	if err := reader.Release(1); !errors.Is(err, ErrClaim) {
		t.Fatal(err)
	}
	if _, err := ring.Claim(background, 5); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	must(ring.Claim(background, 1))
	if err := ring.TryPublish(1); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
	if err := ring.Abort(); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	if err := ring.TryPublish(1); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	ring.Close()
	if _, err := ring.Join(); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}
