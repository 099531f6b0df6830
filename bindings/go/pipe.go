package ringfold

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// PipeWriter is the writing end of a [Pipe]: an io.Writer, io.ReaderFrom and io.ByteWriter.
type PipeWriter struct {
	producer *Producer[byte]
	pipe     *pipe
}

// PipeReader is the reading end of a [Pipe]: an io.Reader, io.WriterTo and io.ByteReader.
type PipeReader struct {
	consumer *Consumer[byte]
	pipe     *pipe
}

// pipe is what both ends know.
type pipe struct {
	lease lease
	cause atomic.Pointer[error] // what the writer was closed with, once it is
}

var (
	_ io.WriteCloser = (*PipeWriter)(nil)
	_ io.ReaderFrom  = (*PipeWriter)(nil)
	_ io.ReadCloser  = (*PipeReader)(nil)
	_ io.WriterTo    = (*PipeReader)(nil)
)

// most is how much of another reader or writer's data moves at once.
const most = 64 << 10

// Pipe makes a buffered pipe of capacity bytes between two goroutines. Unlike io.Pipe it holds what was written, so that the writer does
// not wait for each read. Closing the writer is io.EOF for the reader, or the error of [PipeWriter.CloseWithError], once it has read what is
// there; closing the reader is io.ErrClosedPipe for the writer. After its own Close, every end answers io.ErrClosedPipe.
func Pipe(capacity int, options ...Option) (*PipeWriter, *PipeReader, error) {
	producer, consumer, err := SPSC[byte](capacity, options...)
	if err != nil {
		return nil, nil, err
	}
	shared := new(pipe)
	shared.lease.bind(producer.half)
	shared.lease.bind(consumer.half)
	return &PipeWriter{producer, shared}, &PipeReader{consumer, shared}, nil
}

// Write copies all bytes in, waiting for room as often as needed.
func (w *PipeWriter) Write(bytes []byte) (int, error) {
	return w.WriteContext(context.Background(), bytes)
}

// WriteContext is Write until ctx is done.
func (w *PipeWriter) WriteContext(ctx context.Context, bytes []byte) (int, error) {
	if w.producer.half.isClosing.Load() {
		return 0, io.ErrClosedPipe
	}
	written, err := w.producer.PushSlice(ctx, bytes)
	return written, writing(err)
}

// WriteByte copies one byte in.
func (w *PipeWriter) WriteByte(b byte) error {
	return writing(w.producer.Push(context.Background(), b))
}

// Claim lends at least one byte and at most count to be written in place, not to be used after Commit or Close; see [Producer.ClaimUpTo].
func (w *PipeWriter) Claim(ctx context.Context, count int) ([]byte, error) {
	bytes, err := w.producer.ClaimUpTo(ctx, count)
	return bytes, writing(err)
}

// Commit publishes the first count bytes of the claim.
func (w *PipeWriter) Commit(count int) error {
	return writing(w.producer.Commit(count))
}

// ReadFrom reads from source, straight into the ring, until its end or an error. Close may be called meanwhile: what source reads after that is
// lost, and the error io.ErrClosedPipe.
func (w *PipeWriter) ReadFrom(source io.Reader) (int64, error) {
	w.pipe.lease.take()
	defer w.pipe.lease.giveBack()
	var total int64
	for {
		room, err := w.Claim(context.Background(), most)
		if err != nil {
			return total, err
		}
		read, err := source.Read(room)
		if read < 0 || read > len(room) {
			read, err = 0, errors.New("ringfold: the source read more than it was given")
		}
		if committed := w.Commit(read); committed != nil {
			return total, committed
		}
		total += int64(read)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// Stats is what the pipe has done so far.
func (w *PipeWriter) Stats() (Stats, error) { return w.producer.Stats() }

// Close ends the pipe: the reader reads what is there, and then io.EOF.
func (w *PipeWriter) Close() error { return w.CloseWithError(nil) }

// CloseWithError ends the pipe: the reader reads what is there, and then err, or io.EOF if that is nil. Only the first Close or
// CloseWithError counts; it returns nil.
func (w *PipeWriter) CloseWithError(err error) error {
	w.pipe.cause.CompareAndSwap(nil, &err)
	return w.producer.Close()
}

// Read copies out as much as there is and fits, waiting for the first byte.
func (r *PipeReader) Read(bytes []byte) (int, error) {
	return r.ReadContext(context.Background(), bytes)
}

// ReadContext is Read until ctx is done.
func (r *PipeReader) ReadContext(ctx context.Context, bytes []byte) (int, error) {
	if r.consumer.half.isClosing.Load() {
		return 0, io.ErrClosedPipe
	}
	read, err := r.consumer.PopSlice(ctx, bytes)
	return read, r.reading(err)
}

// ReadByte copies one byte out.
func (r *PipeReader) ReadByte() (byte, error) {
	b, err := r.consumer.Pop(context.Background())
	return b, r.reading(err)
}

// Peek shows at least count bytes in place, and all else there is, not to be used after Discard, another call, or Close; see [Consumer.Peek].
func (r *PipeReader) Peek(ctx context.Context, count int) ([]byte, error) {
	bytes, err := r.consumer.Peek(ctx, count)
	return bytes, r.reading(err)
}

// Discard gives the first count bytes of the last Peek back.
func (r *PipeReader) Discard(count int) error {
	return r.reading(r.consumer.Consume(count))
}

// WriteTo writes to sink, straight from the ring, until the end or an error. Close may be called meanwhile: then the error is io.ErrClosedPipe,
// and what sink was writing at that moment is not counted.
func (r *PipeReader) WriteTo(sink io.Writer) (int64, error) {
	r.pipe.lease.take()
	defer r.pipe.lease.giveBack()
	var total int64
	for {
		bytes, err := r.Peek(context.Background(), 1)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		if len(bytes) > most {
			bytes = bytes[:most]
		}
		written, err := sink.Write(bytes)
		if written < 0 || written > len(bytes) {
			written, err = 0, errors.New("ringfold: the sink wrote more than it was given")
		}
		if consumed := r.Discard(written); consumed != nil {
			return total, consumed
		}
		total += int64(written)
		if err == nil && written < len(bytes) {
			err = io.ErrShortWrite
		}
		if err != nil {
			return total, err
		}
	}
}

// Len is how many bytes can be read.
func (r *PipeReader) Len() int { return r.consumer.Len() }

// Close ends the pipe: the writer is told io.ErrClosedPipe, and what was not read is gone.
func (r *PipeReader) Close() error { return r.consumer.Close() }

func writing(err error) error {
	if errors.Is(err, ErrClosed) {
		return io.ErrClosedPipe
	}
	return err
}

func (r *PipeReader) reading(err error) error {
	if !errors.Is(err, ErrClosed) {
		return err
	}
	if r.consumer.half.isClosing.Load() {
		return io.ErrClosedPipe
	}
	if cause := r.pipe.cause.Load(); cause != nil && *cause != nil {
		return *cause
	}
	return io.EOF
}
