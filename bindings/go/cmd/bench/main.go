// Command bench measures ringfold against what Go brings: channels and io.Pipe. Every byte and number is checked. Rounds are interleaved, in an order
// that rotates; ratios are of the same round.
//
//	cargo xtask bench-bindings go
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"sort"
	"strconv"
	"time"
	"unsafe"

	ringfold "github.com/ringfold/ringfold/bindings/go"
)

const (
	span     = 64 << 10 // bytes that move at once
	spans    = 16       // that a ring or a channel holds
	bytesAll = 1 << 30
	batch    = 256
	slots    = 4096
	itemsAll = 8 << 20
)

var background = context.Background()

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// words are the numbers that bytes are made of; a span begins where numbers may lie.
func words(bytes []byte) []uint64 {
	return unsafe.Slice((*uint64)(unsafe.Pointer(&bytes[0])), len(bytes)/8)
}

// fill writes numbers into bytes, from next on, and returns the one behind.
func fill(bytes []byte, next uint64) uint64 {
	words := words(bytes)
	for i := range words {
		words[i] = next + uint64(i)
	}
	return next + uint64(len(words))
}

// verify stops the program if the bytes are not as fill made them.
func verify(bytes []byte, next uint64) uint64 {
	wrong := uint64(0)
	words := words(bytes)
	for i, word := range words {
		wrong |= word ^ (next + uint64(i))
	}
	if wrong != 0 {
		log.Fatalf("a number from %d on came out wrong", next)
	}
	return next + uint64(len(words))
}

// both runs write and read at the same time and returns how long it took.
func both(write, read func()) time.Duration {
	start := time.Now()
	written := make(chan struct{})
	go func() {
		write()
		close(written)
	}()
	read()
	<-written
	return time.Since(start)
}

func ringfoldSpans() time.Duration {
	writer, reader, err := ringfold.Pipe(span * spans)
	check(err)
	defer reader.Close()
	return both(func() {
		defer writer.Close()
		next := uint64(0)
		for sent := 0; sent < bytesAll; sent += span {
			room := must(writer.Claim(background, span)) // all of it: the ring holds whole spans
			next = fill(room[:span], next)
			check(writer.Commit(span))
		}
	}, func() {
		next := uint64(0)
		for got := 0; got < bytesAll; got += span {
			bytes := must(reader.Peek(background, span))
			next = verify(bytes[:span], next)
			check(reader.Discard(span))
		}
	})
}

func ringfoldCopies() time.Duration {
	writer, reader, err := ringfold.Pipe(span * spans)
	check(err)
	defer reader.Close()
	return copies(writer, reader)
}

func ioPipe() time.Duration {
	reader, writer := io.Pipe()
	return copies(writer, reader)
}

// copies moves bytes by Write and Read.
func copies(writer io.WriteCloser, reader io.Reader) time.Duration {
	return both(func() {
		defer writer.Close()
		bytes, next := make([]byte, span), uint64(0)
		for sent := 0; sent < bytesAll; sent += span {
			next = fill(bytes, next)
			must(writer.Write(bytes))
		}
	}, func() {
		bytes, next := make([]byte, span), uint64(0)
		for got := 0; got < bytesAll; got += span {
			must(io.ReadFull(reader, bytes))
			next = verify(bytes, next)
		}
	})
}

// channelOfBytes makes a new slice for each span, as programs do whose receivers keep them.
func channelOfBytes() time.Duration {
	channel := make(chan []byte, spans)
	return both(func() {
		next := uint64(0)
		for sent := 0; sent < bytesAll; sent += span {
			bytes := make([]byte, span)
			next = fill(bytes, next)
			channel <- bytes
		}
	}, func() {
		next := uint64(0)
		for got := 0; got < bytesAll; got += span {
			next = verify(<-channel, next)
		}
	})
}

// channelOfUsedBytes gives slices back by a second channel.
func channelOfUsedBytes() time.Duration {
	channel, free := make(chan []byte, spans), make(chan []byte, spans)
	for i := 0; i < spans; i++ {
		free <- make([]byte, span)
	}
	return both(func() {
		next := uint64(0)
		for sent := 0; sent < bytesAll; sent += span {
			bytes := <-free
			next = fill(bytes, next)
			channel <- bytes
		}
	}, func() {
		next := uint64(0)
		for got := 0; got < bytesAll; got += span {
			bytes := <-channel
			next = verify(bytes, next)
			free <- bytes
		}
	})
}

func checkItems(items []uint64, next uint64) uint64 {
	for _, item := range items {
		if item != next {
			log.Fatalf("%d came out instead of %d", item, next)
		}
		next++
	}
	return next
}

func ringfoldItems() time.Duration {
	producer, consumer, err := ringfold.SPSC[uint64](slots)
	check(err)
	defer consumer.Close()
	return both(func() {
		defer producer.Close()
		items := make([]uint64, batch)
		for next := uint64(0); next < itemsAll; {
			for i := range items {
				items[i] = next
				next++
			}
			must(producer.PushSlice(background, items))
		}
	}, func() {
		items := make([]uint64, batch)
		for next := uint64(0); next < itemsAll; {
			next = checkItems(items[:must(consumer.PopSlice(background, items))], next)
		}
	})
}

func channelOfItems() time.Duration {
	channel := make(chan uint64, slots)
	return both(func() {
		for next := uint64(0); next < itemsAll; next++ {
			channel <- next
		}
	}, func() {
		for next := uint64(0); next < itemsAll; next++ {
			if got := <-channel; got != next {
				log.Fatalf("%d came out instead of %d", got, next)
			}
		}
	})
}

func channelOfBatches() time.Duration {
	channel := make(chan [batch]uint64, slots/batch)
	return both(func() {
		var items [batch]uint64
		for next := uint64(0); next < itemsAll; {
			for i := range items {
				items[i] = next
				next++
			}
			channel <- items
		}
	}, func() {
		for next := uint64(0); next < itemsAll; {
			items := <-channel
			next = checkItems(items[:], next)
		}
	})
}

type contender struct {
	name  string
	run   func() time.Duration
	times []float64
}

func median(values []float64) float64 {
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	return sorted[len(sorted)/2]
}

// race runs the contenders and prints how much faster the first of each pair is.
func race(title string, rounds int, amount float64, unit string, all []*contender, ours int) {
	for _, each := range all {
		each.run() // warm
	}
	for round := 0; round < rounds; round++ {
		for i := range all {
			each := all[(i+round)%len(all)]
			each.times = append(each.times, each.run().Seconds())
		}
	}
	fmt.Printf("\n%s, %d rounds\n\n", title, rounds)
	for _, each := range all {
		fmt.Printf("  %-40s %8.2f %s\n", each.name, amount/median(each.times), unit)
	}
	fmt.Printf("\n| %s | ratio, median (min..max) |\n|---|---|\n", title)
	for _, mine := range all[:ours] {
		for _, theirs := range all[ours:] {
			ratios := make([]float64, rounds)
			for i := range ratios {
				ratios[i] = theirs.times[i] / mine.times[i]
			}
			sort.Float64s(ratios)
			fmt.Printf("| %s ÷ %s | %.2f (%.2f..%.2f) |\n", mine.name, theirs.name, median(ratios), ratios[0], ratios[rounds-1])
		}
	}
}

func main() {
	rounds := 7
	if len(os.Args) > 1 {
		rounds = must(strconv.Atoi(os.Args[1]))
	}
	race("Bytes, 64 KiB at once", rounds, bytesAll/1e9, "GB/s", []*contender{
		{name: "ringfold, spans in place", run: ringfoldSpans},
		{name: "ringfold, Write and Read", run: ringfoldCopies},
		{name: "io.Pipe", run: ioPipe},
		{name: "chan []byte, new slices", run: channelOfBytes},
		{name: "chan []byte, slices given back", run: channelOfUsedBytes},
	}, 2)
	race("Numbers of 8 bytes", rounds, itemsAll/1e6, "M/s", []*contender{
		{name: "ringfold, batches of 256", run: ringfoldItems},
		{name: "chan uint64", run: channelOfItems},
		{name: "chan [256]uint64", run: channelOfBatches},
	}, 1)
}
