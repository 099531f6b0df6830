package ringfold

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"
)

var background = context.Background()

type sample struct {
	At   int64
	X, Y float32
	Tag  [3]uint8
}

func made(i int) sample {
	return sample{int64(i), float32(i) / 2, -float32(i), [3]uint8{uint8(i), uint8(i >> 8), 7}}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func samples(t *testing.T, capacity int) (*Producer[sample], *Consumer[sample]) {
	producer, consumer, err := SPSC[sample](capacity)
	if err != nil {
		t.Fatal(err)
	}
	return producer, consumer
}

func TestTheLibraryIsTheOneOfTheHeader(t *testing.T) {
	if !abiFits() {
		t.Fatal("the library that was loaded has another ABI than the header")
	}
}

func TestElementsGoFromOneGoroutineToAnother(t *testing.T) {
	const count = 3000
	producer, consumer := samples(t, 7)
	go func() {
		defer producer.Close()
		for i := 0; i < count; {
			switch i % 3 {
			case 0:
				if err := producer.Push(background, made(i)); err != nil {
					panic(err)
				}
				i++
			case 1:
				batch := []sample{made(i), made(i + 1), made(i + 2)}
				i += must(producer.PushSlice(background, batch))
			default:
				slots := must(producer.Claim(background, 2))
				slots[0], slots[1] = made(i), made(i+1)
				if err := producer.Commit(2); err != nil {
					panic(err)
				}
				i += 2
			}
		}
	}()
	next := 0
	check := func(got sample) {
		if got != made(next) {
			t.Fatalf("element %d is %v", next, got)
		}
		next++
	}
	target := make([]sample, 5)
	for {
		switch next % 3 {
		case 0:
			got, err := consumer.Pop(background)
			if errors.Is(err, ErrClosed) {
				if next < count {
					t.Fatalf("closed after %d", next)
				}
				return
			}
			check(got)
		case 1:
			n, err := consumer.PopSlice(background, target)
			if err != nil {
				if errors.Is(err, ErrClosed) && next >= count {
					return
				}
				t.Fatal(err)
			}
			for _, got := range target[:n] {
				check(got)
			}
		default:
			view, err := consumer.Peek(background, 1)
			if err != nil {
				if errors.Is(err, ErrClosed) && next >= count {
					return
				}
				t.Fatal(err)
			}
			for _, got := range view {
				check(got)
			}
			if err := consumer.Consume(len(view)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestManyProducers(t *testing.T) {
	first, consumer, err := MPSC[uint64](16)
	if err != nil {
		t.Fatal(err)
	}
	for from := uint64(0); from < 3; from++ {
		producer := must(first.Clone())
		go func(from uint64) {
			defer producer.Close()
			for i := uint64(0); i < 500; i++ {
				if err := producer.Push(background, from<<32|i); err != nil {
					panic(err)
				}
			}
		}(from)
	}
	first.Close()
	var next [3]uint64
	for {
		got, err := consumer.Pop(background)
		if errors.Is(err, ErrClosed) {
			break
		}
		if got&0xffff != next[got>>32] {
			t.Fatalf("%x, expected %d", got, next[got>>32])
		}
		next[got>>32]++
	}
	if next != [3]uint64{500, 500, 500} {
		t.Fatal(next)
	}
}

func TestFullEmptyAndClosedAreToldApart(t *testing.T) {
	producer, consumer := samples(t, 1)
	if _, err := consumer.TryPop(); !errors.Is(err, ErrEmpty) {
		t.Fatal(err)
	}
	if err := producer.TryPush(made(1)); err != nil {
		t.Fatal(err)
	}
	if err := producer.TryPush(made(2)); !errors.Is(err, ErrFull) {
		t.Fatal(err)
	}
	if n, err := producer.TryPushSlice([]sample{made(1)}); n != 0 || !errors.Is(err, ErrFull) {
		t.Fatal(n, err)
	}
	if stats := must(producer.Stats()); stats.Pushed != 1 || stats.Capacity != 1 || stats.TimesFull == 0 {
		t.Fatal(stats)
	}
	producer.Close()
	producer.Close()
	if err := producer.TryPush(made(2)); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if got, err := consumer.TryPop(); err != nil || got != made(1) {
		t.Fatal(got, err)
	}
	if _, err := consumer.TryPop(); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

func TestMisuseIsAnError(t *testing.T) {
	producer, consumer := samples(t, 4)
	if err := producer.Commit(1); !errors.Is(err, ErrClaim) {
		t.Fatal(err)
	}
	must(producer.Claim(background, 2))
	if err := producer.TryPush(made(1)); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
	if err := producer.Commit(3); !errors.Is(err, ErrClaim) {
		t.Fatal(err)
	}
	if err := producer.Commit(-1); !errors.Is(err, ErrClaim) {
		t.Fatal(err)
	}
	if err := producer.Abort(); err != nil {
		t.Fatal(err)
	}
	if err := consumer.Consume(1); !errors.Is(err, ErrClaim) {
		t.Fatal(err)
	}
	if _, err := producer.Claim(background, 5); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	if _, err := producer.Clone(); !errors.Is(err, ErrUnsupported) {
		t.Fatal(err)
	}
	for _, capacity := range []int{0, -1} {
		if _, _, err := SPSC[uint8](capacity); !errors.Is(err, ErrInvalid) {
			t.Fatal(err)
		}
	}
	if _, _, err := SPSC[uint8](1 << 50); err == nil || len(err.Error()) < 40 {
		t.Fatal(err)
	}
}

func TestElementsHoldNoPointers(t *testing.T) {
	refused := []error{}
	collect := func(_, _ any, err error) { refused = append(refused, err) }
	collect(SPSC[string](4))
	collect(SPSC[*int](4))
	collect(SPSC[[]byte](4))
	collect(SPSC[struct{ name string }](4))
	collect(SPSC[[2]func()](4))
	collect(SPSC[any](4))
	collect(SPSC[struct{}](4))
	for _, err := range refused {
		if !errors.Is(err, ErrInvalid) {
			t.Fatal(err)
		}
	}
}

func TestContextsEndWaits(t *testing.T) {
	producer, consumer := samples(t, 1)
	late, cancel := context.WithTimeout(background, 5*time.Millisecond)
	defer cancel()
	if _, err := consumer.Pop(late); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if err := producer.Push(background, made(1)); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(background)
	time.AfterFunc(5*time.Millisecond, cancel)
	if n, err := producer.PushSlice(cancelled, []sample{made(2), made(3)}); n != 0 || !errors.Is(err, context.Canceled) {
		t.Fatal(n, err)
	}
	if _, err := producer.ClaimUpTo(cancelled, 1); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestCloseEndsTheWaitOfItsOwnHalf(t *testing.T) {
	_, consumer := samples(t, 1)
	time.AfterFunc(5*time.Millisecond, func() { consumer.Close() })
	if _, err := consumer.Pop(background); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}

func TestAHalfThatIsGarbageIsClosed(t *testing.T) {
	producer, consumer := samples(t, 1)
	producer.TryPush(made(1))
	producer = nil
	for end := time.Now().Add(10 * time.Second); ; {
		runtime.GC()
		if _, err := consumer.TryPop(); errors.Is(err, ErrClosed) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the producer was never closed")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestOneHalfFromManyGoroutines(t *testing.T) {
	producer, consumer, err := SPSC[uint32](8)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for g := 0; g < 4; g++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := 0; i < 200; i++ {
				if err := producer.Push(background, 1); err != nil {
					panic(err)
				}
			}
		}()
	}
	sum := uint32(0)
	for i := 0; i < 800; i++ {
		sum += must(consumer.Pop(background))
	}
	group.Wait()
	if sum != 800 {
		t.Fatal(sum)
	}
}

func TestADoneContextBeatsAnItemThatIsThere(t *testing.T) {
	producer, consumer := samples(t, 2)
	defer producer.Close()
	defer consumer.Close()
	if err := producer.Push(background, made(1)); err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(background)
	cancel()
	if _, err := consumer.Pop(done); err != context.Canceled {
		t.Fatal(err)
	}
	if err := producer.Push(done, made(2)); err != context.Canceled {
		t.Fatal(err)
	}
	if consumer.Len() != 1 {
		t.Fatal(consumer.Len())
	}
}
