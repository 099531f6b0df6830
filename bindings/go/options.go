package ringfold

import (
	"fmt"
	"reflect"
	"time"
)

// Option changes how a ring is made.
type Option func(*settings)

type settings struct {
	memory, hugePages, producerWait, consumerWait, flags uint32
}

// WaitStrategy is how a half waits for the other.
type WaitStrategy uint32

const (
	Park    WaitStrategy = iota // spins for as long as that has paid, then sleeps until it is woken; the default
	Spin                        // looks again and again
	Yield                       // spins for a moment, then offers the core to others between looks
	Backoff                     // sleeps for longer and longer between looks
)

// WithWait sets how both halves wait.
func WithWait(strategy WaitStrategy) Option {
	return func(s *settings) { s.producerWait, s.consumerWait = uint32(strategy), uint32(strategy) }
}

// WithSoftMemory puts the ring on the heap, twice, and keeps both copies equal: for systems that refuse the mirror.
func WithSoftMemory() Option {
	return func(s *settings) { s.memory = 2 }
}

// WithHugePages puts the ring on huge pages where they can be had.
func WithHugePages() Option {
	return func(s *settings) { s.hugePages = 1 }
}

// WithLossyReaders lets lossy readers join a broadcast ring.
func WithLossyReaders() Option {
	return func(s *settings) { s.flags |= 4 }
}

func settle(options []Option) settings {
	var s settings
	for _, option := range options {
		option(&s)
	}
	return s
}

// Stats is what a ring has done so far.
type Stats struct {
	Pushed, Popped                   uint64        // elements published, elements given back
	TimesFull, TimesEmpty            uint64        // how often a half found too little room, or too little to read
	ProducerStalled, ConsumerStalled time.Duration // how long a half has waited, in waits that are over
	Capacity                         int           // elements the ring holds
	MemoryBytes                      int           // bytes it lies in
	IsMirrored                       bool          // whether the system maps them twice in a row
}

// elementSize is the size of a T, if a T can be an element.
func elementSize[T any]() (uintptr, error) {
	kind := reflect.TypeOf((*T)(nil)).Elem()
	if kind.Size() == 0 {
		return 0, fmt.Errorf("%w: %v has no size", ErrInvalid, kind)
	}
	if holdsPointers(kind) {
		return 0, fmt.Errorf("%w: %v holds Go pointers, which must not lie in C memory: use numbers, arrays and structs of them", ErrInvalid, kind)
	}
	return kind.Size(), nil
}

func holdsPointers(kind reflect.Type) bool {
	switch kind.Kind() {
	case reflect.Array:
		return kind.Len() > 0 && holdsPointers(kind.Elem())
	case reflect.Struct:
		for i := 0; i < kind.NumField(); i++ {
			if holdsPointers(kind.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return kind.Kind() > reflect.Complex128
	}
}
