package ringfold

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"testing"
	"testing/iotest"
	"time"
)

func TestAPipeIsAReaderAndAWriter(t *testing.T) {
	content := make([]byte, 300_000)
	rand.New(rand.NewSource(1)).Read(content)
	for _, capacity := range []int{1000, 1 << 20} {
		writer, reader, err := Pipe(capacity)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer writer.Close()
			for rest := content; len(rest) > 0; {
				n := len(rest)/2 + 1
				must(writer.Write(rest[:n]))
				rest = rest[n:]
			}
		}()
		if err := iotest.TestReader(reader, content); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPipeCopiesStraightFromAndToOthers(t *testing.T) {
	content := make([]byte, 200_000)
	rand.New(rand.NewSource(2)).Read(content)
	writer, reader, err := Pipe(10_000)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer writer.Close()
		if n, err := io.Copy(writer, iotest.HalfReader(bytes.NewReader(content))); n != 200_000 || err != nil {
			panic(err)
		}
	}()
	var target bytes.Buffer
	if n, err := io.Copy(&target, reader); n != 200_000 || err != nil {
		t.Fatal(n, err)
	}
	if !bytes.Equal(target.Bytes(), content) {
		t.Fatal("the bytes came out changed")
	}
}

func TestAPipeEnds(t *testing.T) {
	writer, reader, err := Pipe(4)
	if err != nil {
		t.Fatal(err)
	}
	writer.WriteByte('x')
	writer.Close()
	if _, err := writer.Write([]byte("y")); err != io.ErrClosedPipe {
		t.Fatal(err)
	}
	if b, err := reader.ReadByte(); b != 'x' || err != nil {
		t.Fatal(b, err)
	}
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Fatal(err)
	}
	writer, reader, _ = Pipe(4)
	reader.Close()
	if _, err := writer.Write([]byte("y")); err != io.ErrClosedPipe {
		t.Fatal(err)
	}
}

func TestAfterItsOwnCloseAnEndIsAClosedPipe(t *testing.T) {
	writer, reader := pipeOf(t, 16)
	must(writer.Write([]byte("x")))
	writer.Close()
	reader.Close()
	_, read := reader.Read(make([]byte, 1))
	_, readNothing := reader.Read(nil)
	_, readByte := reader.ReadByte()
	_, peek := reader.Peek(background, 1)
	_, writeTo := reader.WriteTo(io.Discard)
	_, write := writer.Write([]byte("y"))
	_, writeNothing := writer.Write(nil)
	_, readFrom := writer.ReadFrom(bytes.NewReader([]byte("y")))
	for i, err := range []error{read, readNothing, readByte, peek, writeTo, write, writeNothing, readFrom} {
		if err != io.ErrClosedPipe {
			t.Fatal(i, err)
		}
	}
}

func TestTheReaderSeesTheWritersErrorAfterTheData(t *testing.T) {
	why := errors.New("the source has failed")
	writer, reader := pipeOf(t, 16)
	must(writer.Write([]byte("abc")))
	writer.CloseWithError(why)
	writer.CloseWithError(errors.New("too late"))
	writer.Close()
	if b, err := reader.ReadByte(); b != 'a' || err != nil {
		t.Fatal(b, err)
	}
	var target bytes.Buffer
	if n, err := io.Copy(&target, reader); n != 2 || err != why || target.String() != "bc" {
		t.Fatal(n, err, target.String())
	}
	if _, err := reader.Read(make([]byte, 1)); err != why {
		t.Fatal(err)
	}
	writer, reader = pipeOf(t, 16)
	writer.CloseWithError(nil)
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Fatal(err)
	}
}

// foreign is a source and a sink that use the bytes only after both ends of the pipe were closed.
type foreign struct{ entered, closed chan struct{} }

func (f foreign) Read(room []byte) (int, error) {
	close(f.entered)
	<-f.closed
	for i := range room {
		room[i] = 7
	}
	return len(room), nil
}

func (f foreign) Write(content []byte) (int, error) {
	close(f.entered)
	<-f.closed
	for _, b := range content {
		if b != 7 {
			return 0, errors.New("the bytes have changed under the sink")
		}
	}
	return len(content), nil
}

func TestClosingAPipeLeavesItsMemoryToTheCopyInProgress(t *testing.T) {
	copies := map[string]func(*PipeWriter, *PipeReader, foreign) (int64, error){
		"from a source": func(w *PipeWriter, _ *PipeReader, source foreign) (int64, error) { return io.Copy(w, source) },
		"to a sink":     func(_ *PipeWriter, r *PipeReader, sink foreign) (int64, error) { return io.Copy(sink, r) },
	}
	for name, run := range copies {
		run := run
		for i, options := range [][]Option{nil, nil, {WithSoftMemory()}, {WithSoftMemory()}} {
			writer, reader := pipeOf(t, 1<<20, options...)
			must(writer.Write(bytes.Repeat([]byte{7}, 100_000)))
			other := foreign{make(chan struct{}), make(chan struct{})}
			ended := make(chan error, 1)
			go func() {
				_, err := run(writer, reader, other)
				ended <- err
			}()
			<-other.entered
			first, second := io.Closer(writer), io.Closer(reader)
			if i%2 == 1 {
				first, second = second, first
			}
			first.Close()
			second.Close()
			if writer.pipe.lease.release == nil {
				t.Fatal(name, "the memory has gone while it is lent")
			}
			close(other.closed)
			if err := <-ended; err != io.ErrClosedPipe {
				t.Fatal(name, err)
			}
			if writer.pipe.lease.release != nil {
				t.Fatal(name, "the memory is kept though nobody has it")
			}
		}
	}
}

func TestClosingTheWriterInACopyEndsTheReader(t *testing.T) {
	writer, reader := pipeOf(t, 1<<20)
	source := foreign{make(chan struct{}), make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(writer, source)
		ended <- err
	}()
	<-source.entered
	time.AfterFunc(5*time.Millisecond, func() { writer.Close() })
	if _, err := reader.ReadByte(); err != io.EOF {
		t.Fatal(err)
	}
	close(source.closed)
	if err := <-ended; err != io.ErrClosedPipe {
		t.Fatal(err)
	}
	reader.Close()
}

func pipeOf(t *testing.T, capacity int, options ...Option) (*PipeWriter, *PipeReader) {
	writer, reader, err := Pipe(capacity, options...)
	if err != nil {
		t.Fatal(err)
	}
	return writer, reader
}
