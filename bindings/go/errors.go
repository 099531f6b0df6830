package ringfold

import "fmt"

// Code is why a call did nothing, or only a part. Compare with errors.Is.
type Code int32

// What calls answer.
const (
	ErrFull        Code = -1  // there is no room now
	ErrEmpty       Code = -2  // there is nothing to read now
	ErrClosed      Code = -3  // the other half is closed, or this one is; when reading, everything was read
	errTimeout     Code = -4  // a slice of a wait is over
	errHandle      Code = -6  // this half is closed
	ErrBusy        Code = -7  // a claim is open: commit or abort it first
	ErrInvalid     Code = -8  // a capacity or size makes no sense
	ErrTooLarge    Code = -10 // more than the ring holds
	ErrClaim       Code = -11 // more was committed or consumed than was claimed or seen
	ErrMemory      Code = -12 // the memory cannot be had
	ErrUnsupported Code = -13 // this ring does not do that
	ErrLagged      Code = -14 // the reader was too slow and has missed events
	ErrExhausted   Code = -15 // there is no free slot or handle
)

// Error says the code in words.
func (c Code) Error() string {
	return "ringfold: " + nativeText(int32(c))
}

// Is takes a half that was closed for a closed one.
func (c Code) Is(target error) bool {
	return c == errHandle && target == ErrClosed
}

func toError(code int32) error {
	switch Code(code) {
	case 0:
		return nil
	case errHandle:
		return ErrClosed
	}
	return Code(code)
}

func creationError(code int32, why string) error {
	if code == 0 {
		return nil
	}
	if why == "" {
		return Code(code)
	}
	return fmt.Errorf("%w: %s", Code(code), why)
}
