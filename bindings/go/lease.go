package ringfold

import "sync"

// lease keeps the memory of a pipe while foreign code has a span of it. Either handle keeps that memory, so only the last one to be closed
// has to wait for the span; the other side is told at once.
type lease struct {
	mutex   sync.Mutex
	handles int    // which are open
	users   int    // who may have a span
	release func() // closes the last handle, which was closed while there were users
}

// bind makes a half's handle one of those that keep the memory.
func (l *lease) bind(h *half) {
	closeHandle := h.close
	l.handles++
	h.close = func(id uint64) { l.closing(func() { closeHandle(id) }) }
}

func (l *lease) closing(release func()) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.handles--
	if l.handles == 0 && l.users > 0 {
		l.release = release
		return
	}
	release()
}

// take comes before a span is asked for: between the two, the memory could go.
func (l *lease) take() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.users++
}

// giveBack comes when the span is no longer used.
func (l *lease) giveBack() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.users--
	if l.users == 0 && l.release != nil {
		l.release()
		l.release = nil
	}
}
