package ringfold

import (
	"context"
	"time"
	"unsafe"
)

// Pool holds payloads in slots of 64 bytes to 16 KiB that are used again, and on C's heap what is larger: none of it is the garbage
// collector's work. For any number of goroutines, which take turns.
type Pool struct {
	half  *half
	waits bool
}

// PoolProfile is how many slots a pool has.
type PoolProfile uint32

const (
	Desktop PoolProfile = iota // 1.2 MiB; the default
	Mobile                     // 0.4 MiB
	Server                     // 2.4 MiB
	Detect                     // one of the others, as this machine is
	Custom                     // as Capacities says
)

// WhenExhausted is what a pool does when all slots of a class are in use.
type WhenExhausted uint32

const (
	NextLarger WhenExhausted = iota // takes a slot of a larger class; the default
	Heap                            // takes memory of the heap
	WaitForOne                      // waits for a slot
	Fail                            // is ErrExhausted
)

// PoolConfig is how a pool is made; the zero value is the default.
type PoolConfig struct {
	Profile       PoolProfile
	WhenExhausted WhenExhausted
	Capacities    [5]uint // with Custom: the slots of 64 B, 256 B, 1 KiB, 4 KiB and 16 KiB
}

// PoolStats is what a pool has done so far.
type PoolStats struct {
	Capacity, InUse, Allocated uint64 // slots that there are, that are in use, and that were taken, of all time
	Exhausted, Fallbacks       uint64 // how often a class had none, and how often a payload went elsewhere
	HeapInUse, HeapBytes       uint64 // payloads on the heap
	MemoryBytes                uint64 // what the pool itself takes
}

// NewPool makes a pool, with all its memory.
func NewPool(config PoolConfig) (*Pool, error) {
	id, code := openPool(config)
	if code != 0 {
		return nil, toError(code)
	}
	return &Pool{newHalf(id, nativeClosePool), config.WhenExhausted == WaitForOne}, nil
}

// Alloc copies bytes into a slot, with a tag; it waits for one only if the pool was made to ([WaitForOne]). [ErrExhausted], also at
// once from a pool that waits, if the class has no slots at all; [ErrTooLarge].
func (p *Pool) Alloc(ctx context.Context, bytes []byte, tag uint32) (*Event, error) {
	var first unsafe.Pointer
	if len(bytes) > 0 {
		first = unsafe.Pointer(&bytes[0])
	}
	var made uint64
	err := p.half.wait(ctx, func(id uint64, timeout time.Duration) (code int32) {
		start := time.Now()
		made, code = nativeAlloc(id, first, len(bytes), tag, timeout)
		// A pool that has waited in vain is exhausted, too. One that answers at once has no slots to wait for, or the process no handles. Half,
		// because the two clocks need not be the same.
		if Code(code) == ErrExhausted && p.waits && time.Since(start) >= timeout/2 {
			return int32(errTimeout)
		}
		return code
	})
	if err != nil {
		return nil, err
	}
	return &Event{newHalf(made, nativeCloseEvent)}, nil
}

// Stats is what the pool has done so far.
func (p *Pool) Stats() (stats PoolStats, err error) {
	err = toError(p.half.call(func(id uint64) (code int32) {
		stats, code = nativePoolStats(id)
		return code
	}))
	return stats, err
}

// Close gives the pool up. Its memory goes when all its events are closed, too.
func (p *Pool) Close() error {
	p.half.end()
	return nil
}

// Event is a reference to a payload, which does not change any more. The last reference that is closed frees the slot.
type Event struct{ half *half }

// Bytes is the payload, in place: not to be used after Close, nor to be written.
func (e *Event) Bytes() []byte {
	var view answer
	e.half.call(func(id uint64) int32 {
		view = nativeReadEvent(id)
		return view.code
	})
	if view.data == nil {
		return nil
	}
	return unsafe.Slice((*byte)(view.data), view.count)
}

// Tag is what it was allocated with.
func (e *Event) Tag() (tag uint32) {
	e.half.call(func(id uint64) int32 {
		tag = nativeTag(id)
		return 0
	})
	return tag
}

// Clone makes another reference, for another goroutine.
func (e *Event) Clone() (*Event, error) {
	var another uint64
	code := e.half.call(func(id uint64) (code int32) {
		another, code = nativeCloneEvent(id)
		return code
	})
	if code != 0 {
		return nil, toError(code)
	}
	return &Event{newHalf(another, nativeCloseEvent)}, nil
}

// Close gives the reference up.
func (e *Event) Close() error {
	e.half.end()
	return nil
}
