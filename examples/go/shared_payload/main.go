// Payloads that are copied once into a pool and shared by three actors, each with a channel of its own, because what they get are Go values.
// Prints what `cargo run -p ringfold-examples --bin shared_payload` prints.
package main

import (
	"bytes"
	"context"
	"fmt"
	"log"

	ringfold "github.com/ringfold/ringfold/bindings/go"
)

const payloads = 5000

// payload is that of this number.
func payload(number int) []byte {
	payload := make([]byte, number*37%1000+1)
	for i := range payload {
		payload[i] = byte(number + i)
	}
	return payload
}

// actor folds all payloads that come in, in a goroutine of its own.
type actor struct {
	inbox  chan *ringfold.Event
	result chan uint64
}

func start(step func(uint64, *ringfold.Event) uint64) actor {
	a := actor{make(chan *ringfold.Event, 64), make(chan uint64)}
	go func() {
		result := uint64(0)
		for event := range a.inbox {
			result = step(result, event)
			event.Close()
		}
		a.result <- result
	}()
	return a
}

func main() {
	pool, err := ringfold.NewPool(ringfold.PoolConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	actors := []actor{
		start(func(all uint64, event *ringfold.Event) uint64 { return all + uint64(len(event.Bytes())) }),
		start(func(fives uint64, event *ringfold.Event) uint64 {
			return fives + uint64(bytes.Count(event.Bytes(), []byte{5}))
		}),
		start(func(next uint64, event *ringfold.Event) uint64 {
			if uint64(event.Tag()) == next {
				next++
			}
			return next
		}),
	}
	for number := 0; number < payloads; number++ {
		event, err := pool.Alloc(context.Background(), payload(number), uint32(number)) // the only copy
		if err != nil {
			log.Fatal(err)
		}
		for _, actor := range actors {
			shared, err := event.Clone()
			if err != nil {
				log.Fatal(err)
			}
			actor.inbox <- shared
		}
		event.Close()
	}
	for _, actor := range actors {
		close(actor.inbox)
	}
	fmt.Printf("shared_payload: %d bytes stored\n", <-actors[0].result)
	fmt.Printf("shared_payload: %d bytes of value 5 found\n", <-actors[1].result)
	fmt.Printf("shared_payload: %d payloads in order\n", <-actors[2].result)
	if stats, err := pool.Stats(); err != nil || stats.InUse != 0 {
		log.Fatal("a payload was not freed")
	}
}
