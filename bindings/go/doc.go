// Package ringfold hands data from goroutine to goroutine through ring buffers whose memory folds onto itself: whatever can be read or
// written is one slice, wherever it lies in the ring.
//
//	writer, reader, err := ringfold.Pipe(1 << 20)         // bytes: io.Writer and io.Reader
//	producer, consumer, err := ringfold.SPSC[Sample](4096) // elements, from one goroutine to another
//	producer, consumer, err := ringfold.MPSC[Event](4096)  // from many goroutines to one
//
// Elements are of fixed size and hold no Go pointers: numbers, arrays and structs of them. Each call crosses into C, which costs as much
// as some fifty elements, so move many at a time: [Producer.PushSlice], [Producer.Claim], [Consumer.PopSlice], [Consumer.Peek].
//
// # Goroutines
//
// Each half is for one goroutine at a time; a second one waits until the first has finished its call. Close may be called from any
// goroutine, and ends a wait of that half within some milliseconds; it waits until the call in progress has ended. What was claimed or
// peeked at is C memory: not to be used after Commit, Consume, the half's next call, or Close, which may unmap it. Only copies of the package's
// own, [PipeWriter.ReadFrom] and [PipeReader.WriteTo], keep it until the source or sink has returned.
//
// A half that is not closed is closed when it is garbage; better close it.
//
// # Waiting
//
// A waiting call takes a context and ends with its error when it is cancelled, within some milliseconds. A context that is done already beats an
// item, or room, that is there: nothing is moved. A waiting call occupies an operating system thread meanwhile, so hundreds of waiting
// goroutines are better served by a channel.
//
// # Building
//
// The package links the C library, which pkg-config must find: `cargo xtask install-c --prefix DIR` in the ringfold repository, and
// PKG_CONFIG_PATH=DIR/lib/pkgconfig.
package ringfold
