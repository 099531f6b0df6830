package ringfold

import (
	"context"
	"time"
	"unsafe"
)

// Producer is the writing half of a ring of T.
type Producer[T any] struct{ half *half }

// Consumer is the reading half of a ring of T.
type Consumer[T any] struct{ half *half }

// SPSC makes a ring for capacity elements, from one goroutine to another. T has a fixed size and holds no Go pointers.
func SPSC[T any](capacity int, options ...Option) (*Producer[T], *Consumer[T], error) {
	return open[T](false, capacity, options)
}

// MPSC makes a ring for capacity elements, from many goroutines to one: give each a [Producer.Clone]. All elements have one order.
func MPSC[T any](capacity int, options ...Option) (*Producer[T], *Consumer[T], error) {
	return open[T](true, capacity, options)
}

func open[T any](isMPSC bool, capacity int, options []Option) (*Producer[T], *Consumer[T], error) {
	size, err := elementSize[T]()
	if err != nil {
		return nil, nil, err
	}
	if capacity < 1 {
		return nil, nil, ErrInvalid
	}
	writing, reading, err := openRing(isMPSC, capacity, size, settle(options))
	if err != nil {
		return nil, nil, err
	}
	producer := &Producer[T]{newHalf(writing, nativeCloseProducer)}
	return producer, &Consumer[T]{newHalf(reading, nativeCloseConsumer)}, nil
}

// TryPush copies one element in, if there is room now: [ErrFull] if not, [ErrClosed] if the consumer is closed.
func (p *Producer[T]) TryPush(element T) error {
	return toError(p.half.call(func(id uint64) int32 {
		return nativeTryPush(id, unsafe.Pointer(&element), unsafe.Sizeof(element))
	}))
}

// Push copies one element in, waiting for room.
func (p *Producer[T]) Push(ctx context.Context, element T) error {
	return p.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		return nativePush(id, unsafe.Pointer(&element), unsafe.Sizeof(element), timeout)
	})
}

// PushSlice copies all elements in, waiting for room as often as needed, and returns how many went in.
func (p *Producer[T]) PushSlice(ctx context.Context, elements []T) (int, error) {
	pushed := 0
	if len(elements) == 0 {
		return 0, nil
	}
	err := p.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		rest := elements[pushed:]
		a := nativePushSlice(id, unsafe.Pointer(&rest[0]), unsafe.Sizeof(rest[0]), len(rest), timeout)
		pushed += a.count
		return a.code
	})
	return pushed, err
}

// TryPushSlice copies as many elements in as there is room for now, and returns how many; [ErrFull] if those were not all.
func (p *Producer[T]) TryPushSlice(elements []T) (int, error) {
	if len(elements) == 0 {
		return 0, nil
	}
	pushed := 0
	code := p.half.call(func(id uint64) int32 {
		a := nativePushSlice(id, unsafe.Pointer(&elements[0]), unsafe.Sizeof(elements[0]), len(elements), 0)
		pushed = a.count
		return a.code
	})
	return pushed, toError(code)
}

// Claim lends exactly count slots to be written in place, waiting for room. What is in them is old or zero. They are published by
// [Producer.Commit], and not to be used after that, nor after Close: the memory goes with the ring.
func (p *Producer[T]) Claim(ctx context.Context, count int) ([]T, error) {
	return p.claim(ctx, count, true)
}

// ClaimUpTo lends at least one slot and at most count, waiting for the first; otherwise as [Producer.Claim].
func (p *Producer[T]) ClaimUpTo(ctx context.Context, count int) ([]T, error) {
	return p.claim(ctx, count, false)
}

func (p *Producer[T]) claim(ctx context.Context, count int, isExact bool) ([]T, error) {
	if count < 1 {
		return nil, ErrInvalid
	}
	var slots answer
	err := p.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		slots = nativeClaim(id, count, timeout, isExact)
		return slots.code
	})
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(slots.data), slots.count), nil
}

// Commit publishes the first count slots of the open claim; the others go back to the ring.
func (p *Producer[T]) Commit(count int) error {
	if count < 0 {
		return ErrClaim
	}
	return toError(p.half.call(func(id uint64) int32 { return nativeCommit(id, count) }))
}

// Abort gives the open claim back.
func (p *Producer[T]) Abort() error {
	return toError(p.half.call(nativeAbort))
}

// Free is how many slots are vacant.
func (p *Producer[T]) Free() int {
	var room answer
	p.half.call(func(id uint64) int32 {
		room = nativeVacant(id)
		return room.code
	})
	return room.count
}

// Clone makes another producer of an MPSC ring, for another goroutine.
func (p *Producer[T]) Clone() (*Producer[T], error) {
	var another uint64
	code := p.half.call(func(id uint64) (code int32) {
		another, code = nativeClone(id)
		return code
	})
	if code != 0 {
		return nil, toError(code)
	}
	return &Producer[T]{newHalf(another, nativeCloseProducer)}, nil
}

// Stats is what the ring has done so far.
func (p *Producer[T]) Stats() (stats Stats, err error) {
	err = toError(p.half.call(func(id uint64) (code int32) {
		stats, code = nativeStats(id, true)
		return code
	}))
	return stats, err
}

// Close ends the ring for this producer: the consumer reads what is there. Closing twice is closing once.
func (p *Producer[T]) Close() error {
	p.half.end()
	return nil
}

// TryPop copies the oldest element out, if there is one now: [ErrEmpty] if not, [ErrClosed] if there will never be.
func (c *Consumer[T]) TryPop() (element T, err error) {
	code := c.half.call(func(id uint64) int32 {
		return nativePopSlice(id, unsafe.Pointer(&element), unsafe.Sizeof(element), 1, 0).code
	})
	return element, toError(code)
}

// Pop copies the oldest element out, waiting for one.
func (c *Consumer[T]) Pop(ctx context.Context) (element T, err error) {
	err = c.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		return nativePopSlice(id, unsafe.Pointer(&element), unsafe.Sizeof(element), 1, timeout).code
	})
	return element, err
}

// PopSlice copies at least one element out, as many as there are and fit, waiting for the first, and returns how many.
func (c *Consumer[T]) PopSlice(ctx context.Context, target []T) (int, error) {
	if len(target) == 0 {
		return 0, nil
	}
	popped := 0
	err := c.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		a := nativePopSlice(id, unsafe.Pointer(&target[0]), unsafe.Sizeof(target[0]), len(target), timeout)
		popped = a.count
		return a.code
	})
	return popped, err
}

// Peek shows at least count elements in place, and all else there is, waiting for them. Nothing is taken before [Consumer.Consume]; the
// slice is not to be used after that, nor after any other call of this consumer, Close being one, and this consumer must stay reachable as long.
func (c *Consumer[T]) Peek(ctx context.Context, count int) ([]T, error) {
	if count < 1 {
		count = 1
	}
	var view answer
	err := c.half.wait(ctx, func(id uint64, timeout time.Duration) int32 {
		view = nativePeek(id, count, timeout)
		return view.code
	})
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(view.data), view.count), nil
}

// Consume gives the first count elements of the last Peek back.
func (c *Consumer[T]) Consume(count int) error {
	if count < 0 {
		return ErrClaim
	}
	return toError(c.half.call(func(id uint64) int32 { return nativeConsume(id, count) }))
}

// Len is how many elements can be read.
func (c *Consumer[T]) Len() int {
	var there answer
	c.half.call(func(id uint64) int32 {
		there = nativeBacklog(id)
		return there.code
	})
	return there.count
}

// Stats is what the ring has done so far.
func (c *Consumer[T]) Stats() (stats Stats, err error) {
	err = toError(c.half.call(func(id uint64) (code int32) {
		stats, code = nativeStats(id, false)
		return code
	}))
	return stats, err
}

// Close ends the ring: producers are told [ErrClosed], and what was not read is gone. Closing twice is closing once.
func (c *Consumer[T]) Close() error {
	c.half.end()
	return nil
}
