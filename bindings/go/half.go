package ringfold

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a wait in C lasts before Go looks whether it was cancelled.
const patience = 10 * time.Millisecond

// half is a handle that one goroutine uses at a time, and that any may close.
type half struct {
	mutex     sync.Mutex
	id        uint64
	isClosing atomic.Bool
	close     func(uint64)
}

func newHalf(id uint64, close func(uint64)) *half {
	h := &half{id: id, close: close}
	runtime.SetFinalizer(h, (*half).end)
	return h
}

func (h *half) end() {
	h.isClosing.Store(true)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.id != 0 {
		runtime.SetFinalizer(h, nil)
		h.close(h.id)
		h.id = 0
	}
}

// call runs f with the handle; nobody else does meanwhile. A closed half's handle is 0, which C refuses.
func (h *half) call(f func(id uint64) int32) int32 {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return f(h.id)
}

// wait runs f, which waits for at most so long, until that is not why it ends, ctx is done, or the half is closed.
func (h *half) wait(ctx context.Context, f func(id uint64, timeout time.Duration) int32) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.isClosing.Load() {
			return ErrClosed
		}
		code := f(h.id, until(ctx))
		if Code(code) != errTimeout {
			return toError(code)
		}
	}
}

// until is how long to wait before looking at ctx again.
func until(ctx context.Context) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		if left := time.Until(deadline); left < patience {
			return max(left, 1)
		}
	}
	return patience
}

func max(a, b time.Duration) time.Duration {
	if a > b {
		return a
	}
	return b
}
