// One source of ticks, three readers that each see all of them. Prints what `cargo run -p ringfold-examples --bin three_readers` prints.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	ringfold "github.com/ringfold/ringfold/bindings/go"
)

const ticksInAll = 100_000

type tick struct{ number, price uint64 }

// fold joins a reader and folds all that it sees, in a goroutine of its own.
func fold(ring *ringfold.Broadcaster[tick], step func(uint64, tick) uint64) <-chan uint64 {
	reader, err := ring.Join()
	if err != nil {
		log.Fatal(err)
	}
	folded := make(chan uint64)
	go func() {
		defer reader.Close()
		result := uint64(0)
		for {
			ticks, err := reader.Peek(context.Background())
			if errors.Is(err, ringfold.ErrClosed) {
				folded <- result
				return
			}
			if err != nil {
				log.Fatal(err)
			}
			for _, tick := range ticks {
				result = step(result, tick)
			}
			if err := reader.Release(len(ticks)); err != nil {
				log.Fatal(err)
			}
		}
	}()
	return folded
}

func main() {
	ring, err := ringfold.Broadcast[tick](1024)
	if err != nil {
		log.Fatal(err)
	}
	count := fold(ring, func(count uint64, t tick) uint64 {
		if t.number == count {
			count++
		}
		return count
	})
	sum := fold(ring, func(sum uint64, t tick) uint64 { return sum + t.price })
	highest := fold(ring, func(highest uint64, t tick) uint64 {
		if t.price > highest {
			return t.price
		}
		return highest
	})
	for number := uint64(0); number < ticksInAll; number++ {
		if err := ring.Publish(context.Background(), tick{number, number * 7919 % 1_000_003}); err != nil {
			log.Fatal(err)
		}
	}
	ring.Close()
	fmt.Printf("three_readers: %d ticks in order\n", <-count)
	fmt.Printf("three_readers: sum of prices %d\n", <-sum)
	fmt.Printf("three_readers: highest price %d\n", <-highest)
}
