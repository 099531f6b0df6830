// A pipe of bytes between two goroutines. Prints what `cargo run -p ringfold-examples --bin byte_pipe` prints.
package main

import (
	"context"
	"fmt"
	"io"
	"log"

	ringfold "github.com/ringfold/ringfold/bindings/go"
)

const (
	bytesInAll = 1_000_003
	capacity   = 65_536
)

// nth is byte i of the stream.
func nth(i int) byte {
	return byte(uint64(i) * 0x9E3779B97F4A7C15 >> 56)
}

func write(writer *ringfold.PipeWriter) error {
	defer writer.Close()
	for written := 0; written < bytesInAll; {
		// In place, as much as there is room for.
		room, err := writer.Claim(context.Background(), bytesInAll-written)
		if err != nil {
			return err
		}
		for i := range room {
			room[i] = nth(written + i)
		}
		if err := writer.Commit(len(room)); err != nil {
			return err
		}
		written += len(room)
	}
	return nil
}

func main() {
	writer, reader, err := ringfold.Pipe(capacity)
	if err != nil {
		log.Fatal(err)
	}
	defer reader.Close()
	written := make(chan error)
	go func() { written <- write(writer) }()
	count, checksum := 0, uint64(0xCBF29CE484222325)
	for {
		bytes, err := reader.Peek(context.Background(), 1)
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, b := range bytes {
			checksum = (checksum ^ uint64(b)) * 0x100000001B3 // FNV-1a
		}
		count += len(bytes)
		if err := reader.Discard(len(bytes)); err != nil {
			log.Fatal(err)
		}
	}
	if err := <-written; err != nil {
		log.Fatal(err)
	}
	if count != bytesInAll {
		log.Fatalf("%d bytes came out, %d went in", count, bytesInAll)
	}
	fmt.Printf("byte_pipe: %d bytes through a ring of %d, checksum %016x\n", count, capacity, checksum)
}
