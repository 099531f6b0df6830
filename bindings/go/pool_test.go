package ringfold

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestPayloadsAreShared(t *testing.T) {
	pool := must(NewPool(PoolConfig{}))
	defer pool.Close()
	var group sync.WaitGroup
	inboxes := make([]chan *Event, 3)
	for i := range inboxes {
		inboxes[i] = make(chan *Event, 4)
		group.Add(1)
		go func(inbox <-chan *Event) {
			defer group.Done()
			next := uint32(0)
			for event := range inbox {
				if event.Tag() != next || !bytes.Equal(event.Bytes(), bytes.Repeat([]byte{byte(next)}, int(next)*9)) {
					panic(event.Tag())
				}
				event.Close()
				next++
			}
		}(inboxes[i])
	}
	for i := 0; i < 300; i++ {
		event := must(pool.Alloc(background, bytes.Repeat([]byte{byte(i)}, i*9), uint32(i)))
		for _, inbox := range inboxes {
			inbox <- must(event.Clone())
		}
		event.Close()
	}
	for _, inbox := range inboxes {
		close(inbox)
	}
	group.Wait()
	if stats := must(pool.Stats()); stats.InUse != 0 || stats.Allocated < 300 {
		t.Fatal(stats)
	}
}

func TestAPoolIsExhaustedOrWaits(t *testing.T) {
	config := PoolConfig{Profile: Custom, WhenExhausted: Fail, Capacities: [5]uint{1}}
	pool := must(NewPool(config))
	event := must(pool.Alloc(background, []byte("x"), 0))
	if _, err := pool.Alloc(background, []byte("y"), 0); !errors.Is(err, ErrExhausted) {
		t.Fatal(err)
	}
	event.Close()
	event.Close()
	if event.Bytes() != nil {
		t.Fatal("a closed event has bytes")
	}
	config.WhenExhausted = WaitForOne
	pool = must(NewPool(config))
	event = must(pool.Alloc(background, []byte("x"), 0))
	late, cancel := context.WithTimeout(background, 5*time.Millisecond)
	defer cancel()
	if _, err := pool.Alloc(late, []byte("y"), 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	time.AfterFunc(5*time.Millisecond, func() { event.Close() })
	must(pool.Alloc(background, []byte("y"), 0)).Close()
}

func TestAClassWithoutSlotsIsExhaustedAtOnce(t *testing.T) {
	pool := must(NewPool(PoolConfig{Profile: Custom, WhenExhausted: WaitForOne, Capacities: [5]uint{1}}))
	defer pool.Close()
	late, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	if _, err := pool.Alloc(late, make([]byte, 100), 0); !errors.Is(err, ErrExhausted) {
		t.Fatal(err)
	}
}
