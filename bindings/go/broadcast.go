package ringfold

import (
	"context"
	"fmt"
	"time"
	"unsafe"
)

// Broadcaster is the writing side of a ring in which every reader sees every event. Readers join by its methods.
type Broadcaster[E any] struct{ half *half }

// Reader sees every event from where it joined, once and in order; the broadcaster waits for the slowest.
type Reader[E any] struct{ half *half }

// LossyReader is never waited for, and is told how many events it has missed.
type LossyReader[E any] struct{ half *half }

// Broadcast makes a ring for capacity events, from one goroutine to any number of readers. E has a fixed size and holds no Go pointers.
func Broadcast[E any](capacity int, options ...Option) (*Broadcaster[E], error) {
	size, err := elementSize[E]()
	if err != nil {
		return nil, err
	}
	if capacity < 1 {
		return nil, ErrInvalid
	}
	id, err := openBroadcast(capacity, size, settle(options))
	if err != nil {
		return nil, err
	}
	return &Broadcaster[E]{newHalf(id, nativeCloseBroadcaster)}, nil
}

// TryPublish publishes a copy of the event, if there is room now: [ErrFull] if the slowest reader is a whole ring behind, [ErrClosed] if there
// were readers and all have left.
func (b *Broadcaster[E]) TryPublish(event E) error {
	return toError(b.half.call(func(id uint64) int32 {
		return nativePublish(id, unsafe.Pointer(&event), unsafe.Sizeof(event), 0)
	}))
}

// Publish publishes a copy of the event, waiting for the slowest reader.
func (b *Broadcaster[E]) Publish(ctx context.Context, event E) error {
	return b.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		return nativePublish(id, unsafe.Pointer(&event), unsafe.Sizeof(event), timeout)
	})
}

// Claim lends exactly count events to be written in place, waiting for the slowest reader. They are published together by
// [Broadcaster.Commit], and not to be used after that, nor after Close: the memory goes with the ring.
func (b *Broadcaster[E]) Claim(ctx context.Context, count int) ([]E, error) {
	if count < 1 {
		return nil, ErrInvalid
	}
	var events answer
	err := b.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		events = nativeClaimEvents(id, count, timeout)
		return events.code
	})
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*E)(events.data), events.count), nil
}

// Commit publishes the first count events of the open claim.
func (b *Broadcaster[E]) Commit(count int) error {
	if count < 0 {
		return ErrClaim
	}
	return toError(b.half.call(func(id uint64) int32 { return nativeCommitEvents(id, count) }))
}

// Abort gives the open claim back.
func (b *Broadcaster[E]) Abort() error {
	return toError(b.half.call(nativeAbortEvents))
}

// Join makes a reader of what is published from now on. It sees each event once all readers in after have released it.
func (b *Broadcaster[E]) Join(after ...*Reader[E]) (*Reader[E], error) {
	ids := make([]uint64, len(after))
	for i, reader := range after {
		// Locked, so that it is not closed meanwhile; C looks at the reader itself.
		reader.half.mutex.Lock()
		defer reader.half.mutex.Unlock()
		ids[i] = reader.half.id
	}
	var joined uint64
	code := b.half.call(func(id uint64) (code int32) {
		joined, code = nativeJoin(id, ids)
		return code
	})
	if code != 0 {
		return nil, toError(code)
	}
	return &Reader[E]{newHalf(joined, nativeCloseReader)}, nil
}

// JoinLossy makes a lossy reader of what is published from now on; [ErrUnsupported] unless the ring was made [WithLossyReaders].
func (b *Broadcaster[E]) JoinLossy() (*LossyReader[E], error) {
	var joined uint64
	code := b.half.call(func(id uint64) (code int32) {
		joined, code = nativeJoinLossy(id)
		return code
	})
	if code != 0 {
		return nil, toError(code)
	}
	return &LossyReader[E]{newHalf(joined, nativeCloseLossyReader)}, nil
}

// Close ends the ring: readers see what was published, and then [ErrClosed].
func (b *Broadcaster[E]) Close() error {
	b.half.end()
	return nil
}

// Peek shows at least one event in place, and all else there is, waiting for the first. None is given back before [Reader.Release]; the slice
// is not to be used after that, nor after any other call of this reader, Close being one, and this reader must stay reachable as long.
func (r *Reader[E]) Peek(ctx context.Context) ([]E, error) {
	var view answer
	err := r.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		view = nativePeekEvents(id, timeout)
		return view.code
	})
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*E)(view.data), view.count), nil
}

// Release gives the first count events of the last Peek back.
func (r *Reader[E]) Release(count int) error {
	if count < 0 {
		return ErrClaim
	}
	return toError(r.half.call(func(id uint64) int32 { return nativeRelease(id, count) }))
}

// Close leaves: nobody waits for this reader any more.
func (r *Reader[E]) Close() error {
	r.half.end()
	return nil
}

// Missed is the error of a lossy reader that was too slow: so many events it will never see. It is an [ErrLagged].
type Missed uint64

// Error says how many.
func (m Missed) Error() string {
	return fmt.Sprintf("ringfold: the reader was too slow and missed %d events", uint64(m))
}

// Is takes it for ErrLagged.
func (m Missed) Is(target error) bool { return target == ErrLagged }

// Recv copies the next event out, waiting for it. [Missed] if it was overwritten: the next call goes on behind what was lost.
func (r *LossyReader[E]) Recv(ctx context.Context) (event E, err error) {
	missed := 0
	err = r.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		a := nativeRecvLossy(id, unsafe.Pointer(&event), unsafe.Sizeof(event), timeout)
		missed = a.count
		return a.code
	})
	return event, orMissed(err, missed)
}

// TryRecv copies the next event out, if there is one now: [ErrEmpty] if not; otherwise as [LossyReader.Recv].
func (r *LossyReader[E]) TryRecv() (event E, err error) {
	missed := 0
	code := r.half.call(func(id uint64) int32 {
		a := nativeRecvLossy(id, unsafe.Pointer(&event), unsafe.Sizeof(event), 0)
		missed = a.count
		return a.code
	})
	return event, orMissed(toError(code), missed)
}

// Close leaves.
func (r *LossyReader[E]) Close() error {
	r.half.end()
	return nil
}

func orMissed(err error, missed int) error {
	if err == ErrLagged {
		return Missed(missed)
	}
	return err
}
