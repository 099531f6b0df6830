/* ringfold: ring buffers whose memory folds onto itself, for C. Generated from crates/ringfold-c; do not edit.
 *
 * The same physical pages are mapped twice in a row, so whatever can be read or written is one run of memory, wherever it lies in the ring.
 *
 *   rf_spsc_create       two threads: one producer, one consumer
 *   rf_mpsc_create       many producers, one consumer
 *   rf_broadcast_create  one producer, every reader sees every event
 *   rf_stream_create     one thread: a buffer of bytes
 *   rf_pool_create       payloads in slots that are used again, shared by counting
 *
 * Conventions
 *
 *   - Every call returns RF_OK (0) or a negative RF_ERROR_.., of which rf_error_string says more.
 *   - A call whose name has `try_` does not wait. Those that may wait take a timeout in nanoseconds; RF_FOREVER for none.
 *   - Counts are of elements. `element_size` is the same as when the ring was made: sizeof the element. Elements are copied as bytes.
 *   - Results go to pointers, and are written only on RF_OK unless it says otherwise.
 *   - Nothing the caller passes is kept, and nothing has to be freed but handles, which are to be closed.
 *
 * Threads
 *
 *   A handle may be given to any thread, and is used by one at a time. Different handles of one ring are for different threads. Two
 *   calls at once with one handle are a mistake in the caller, which is told RF_ERROR_BUSY where it is noticed: always when one of the
 *   two waits, not for certain when both are quick. To stop a side that waits, close the other side, or wait with timeouts.
 *
 * What is checked, and what C cannot check
 *
 *   A handle is a number with a generation in it. One that was closed, closed twice, or is of another kind is RF_ERROR_HANDLE, also when
 *   its place has been taken since. NULL, wrong element sizes, and commits beyond a claim are errors too; none of them changes anything.
 *
 *   No library can check that a pointer points to as many bytes as the caller says, that a span is not written after its commit or beyond its
 *   end, that a view is not read after it has ended, or that the structs of a header fit the library that is loaded (compare
 *   RF_ABI_VERSION with rf_abi_version()).
 *
 *   After fork(), the child must not use handles of its parent.
 */


#ifndef RINGFOLD_H
#define RINGFOLD_H

#include <stddef.h>
#include <stdint.h>

// The number of the ABI: raised whenever a program that was compiled with an older header would not work.
#define RF_ABI_VERSION 1

// As a timeout, in nanoseconds like all of them: waits for as long as it takes.
// 0: answers as the `try_` call does; any negative number: for ever.
#define RF_FOREVER -1

// `memory` of the options: mirrored pages where the system gives them, otherwise twice the heap. The default.
#define RF_MEMORY_AUTO 0

// `memory` of the options: mirrored pages or an error.
#define RF_MEMORY_MIRROR 1

// `memory` of the options: twice the heap, kept equal by copying.
#define RF_MEMORY_SOFT 2

// `huge_pages` of the options: ordinary pages. The default.
#define RF_HUGE_PAGES_NEVER 0

// `huge_pages` of the options: where they can be had.
#define RF_HUGE_PAGES_TRY 1

// `huge_pages` of the options: or an error.
#define RF_HUGE_PAGES_REQUIRE 2

// How a side waits: spins for as long as that has paid of late, then sleeps until it is woken. The default.
#define RF_WAIT_PARK 0

// How a side waits: looks again and again. For threads with a core of their own.
#define RF_WAIT_SPIN 1

// How a side waits: spins for a moment, then offers the core to others between looks.
#define RF_WAIT_YIELD 2

// How a side waits: sleeps for longer and longer between looks, up to a millisecond.
#define RF_WAIT_BACKOFF 3

// `flags` of the options: keeps the memory in RAM, never on swap.
#define RF_LOCK 1

// `flags` of the options: does not touch the memory beforehand. Creation is quick, and memory that runs out later stops the process.
#define RF_NO_POPULATE 2

// `flags` of the options: a broadcast ring that lossy readers can join.
#define RF_LOSSY 4

// `profile` of the pool's options: slots for a desktop program, 1.2 MiB. The default.
#define RF_POOL_DESKTOP 0

// `profile` of the pool's options: slots for a phone, 0.4 MiB.
#define RF_POOL_MOBILE 1

// `profile` of the pool's options: slots for a server, 2.4 MiB.
#define RF_POOL_SERVER 2

// `profile` of the pool's options: one of the others, as this machine is.
#define RF_POOL_DETECT 3

// `profile` of the pool's options: as many slots as `capacities` says.
#define RF_POOL_CUSTOM 4

// `when_exhausted` of the pool's options: takes a slot of a larger class. The default.
#define RF_EXHAUSTED_NEXT_LARGER 0

// `when_exhausted` of the pool's options: takes memory of the heap.
#define RF_EXHAUSTED_HEAP 1

// `when_exhausted` of the pool's options: waits for a slot.
#define RF_EXHAUSTED_WAIT 2

// `when_exhausted` of the pool's options: is an error.
#define RF_EXHAUSTED_FAIL 3

// What every call answers: `RF_OK`, or why it did nothing (or only a part; then it says how much).
enum rf_code
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
    // It is done.
    RF_OK = 0,
    // There is no room now.
    RF_ERROR_FULL = -1,
    // There is nothing to read now.
    RF_ERROR_EMPTY = -2,
    // The other side is gone; on the reading side also: and everything was read.
    RF_ERROR_CLOSED = -3,
    // The time was over before there was room, or something to read.
    RF_ERROR_TIMEOUT = -4,
    // A pointer is NULL that must not be.
    RF_ERROR_NULL = -5,
    // The handle is not open: never was, or was closed.
    RF_ERROR_HANDLE = -6,
    // The handle is in use: another thread is in a call with it, or it has an open claim.
    RF_ERROR_BUSY = -7,
    // An argument makes no sense: a capacity or size of 0, an unknown option, a size that overflows.
    RF_ERROR_INVALID = -8,
    // The elements of this ring have another size.
    RF_ERROR_ELEMENT_SIZE = -9,
    // More than the ring holds, so that waiting would never end.
    RF_ERROR_TOO_LARGE = -10,
    // More was committed or consumed than was claimed or seen; or nothing was.
    RF_ERROR_CLAIM = -11,
    // The memory cannot be had; `message` of the options says why.
    RF_ERROR_MEMORY = -12,
    // This ring does not do that.
    RF_ERROR_UNSUPPORTED = -13,
    // The reader was too slow and has missed elements; it goes on with a later one.
    RF_ERROR_LAGGED = -14,
    // There is no free slot in the pool, or no free handle in the process.
    RF_ERROR_EXHAUSTED = -15,
    // The library has panicked: a defect of its own. The handle can still be closed.
    RF_ERROR_INTERNAL = -16,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum rf_code rf_code;
#else
typedef int32_t rf_code;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

// How a ring is made. All zero but for `struct_size` is the default: `rf_options options = {.struct_size = sizeof options};`
typedef struct {
    // `sizeof(rf_options)`, so that later versions can add to it.
    size_t struct_size;
    // One of `RF_MEMORY_..`.
    uint32_t memory;
    // One of `RF_HUGE_PAGES_..`.
    uint32_t huge_pages;
    // How the writing side waits: one of `RF_WAIT_..`.
    uint32_t producer_wait;
    // How the reading side waits: one of `RF_WAIT_..`.
    uint32_t consumer_wait;
    // Any of `RF_LOCK`, `RF_NO_POPULATE`, `RF_LOSSY`, or-ed.
    uint32_t flags;
    // 0.
    uint32_t reserved;
    // Where the reason goes, as text that ends in NUL, if the ring cannot be made. May be NULL.
    char *message;
    // The bytes at `message`.
    size_t message_size;
} rf_options;

// The writing half of a ring: a number, to be copied freely and never looked into. All zero is no producer.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_producer;

// The reading half of a ring: a number, to be copied freely and never looked into. All zero is no consumer.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_consumer;

// Slots that were claimed, to be written in place: one run of memory, wherever it lies in the ring.
//
// What is in them is old or zero. They are the caller's until the claim is committed or aborted.
typedef struct {
    // The first element.
    void *data;
    // How many elements.
    size_t count;
} rf_span;

// What a ring has done so far: a snapshot. Asking costs nothing but the call.
typedef struct {
    // `sizeof(rf_stats)`, set by the caller, so that later versions can add to it.
    size_t struct_size;
    // Elements that were published.
    uint64_t pushed;
    // Elements that were given back by the consumer.
    uint64_t popped;
    // How often the writing side found too little room: once for each wait, and for each call that does not wait and did nothing.
    uint64_t times_full;
    // How often the reading side found too little to read; counted alike.
    uint64_t times_empty;
    // Nanoseconds that the writing side has waited, in waits that are over.
    uint64_t producer_stalled_ns;
    // Nanoseconds that the reading side has waited, in waits that are over.
    uint64_t consumer_stalled_ns;
    // Elements that the ring holds: what was asked for.
    uint64_t capacity;
    // Bytes of memory that it lies in.
    uint64_t memory_bytes;
    // 1 if the system maps that memory twice in a row, 0 if it is a copy that is kept equal.
    uint32_t is_mirrored;
    // 0.
    uint32_t reserved;
} rf_stats;

// Elements that can be read in place: one run of memory, wherever it lies in the ring.
//
// They may be read until the next call with the same consumer, reader or stream, save those that only ask
// (`.._stats`, `.._is_closed`).
typedef struct {
    // The first element.
    const void *data;
    // How many elements.
    size_t count;
} rf_view;

// The writing side of a broadcast ring: a number, to be copied freely and never looked into. All zero is none.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_broadcaster;

// A reader for which the broadcaster waits: it sees every event from where it joined, once and in order. A number, as all handles.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_reader;

// What one reader of a broadcast ring has done so far: a snapshot.
typedef struct {
    // `sizeof(rf_reader_figures)`, set by the caller, so that later versions can add to it.
    size_t struct_size;
    // The first event that it has not released, counted from the ring's first.
    uint64_t sequence;
    // How many events were published that it has not released.
    uint64_t lag;
    // The most events that one look has found.
    uint64_t high_water;
    // How often it found nothing: once for each wait, and for each call that does not wait.
    uint64_t times_empty;
    // Nanoseconds that it has waited, in waits that are over.
    uint64_t stalled_ns;
    // `lag` as a part of the ring, from 0 to 1.
    float pressure;
    // 1 if the broadcaster is closed, so that nothing will follow what is there.
    int32_t is_closed;
} rf_reader_figures;

// A reader for which nobody waits: it is told how many events it has missed. A number, as all handles.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_lossy_reader;

// A buffer of bytes between a reader and a writer on one thread, in which all that is readable is one run of memory, and all
// that is writable too: for `recv`, a parser, `send`. A number, to be copied freely and never looked into.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_stream;

// How a pool is made. All zero but for `struct_size` is the default.
typedef struct {
    // `sizeof(rf_pool_options)`, so that later versions can add to it.
    size_t struct_size;
    // One of `RF_POOL_..`.
    uint32_t profile;
    // One of `RF_EXHAUSTED_..`.
    uint32_t when_exhausted;
    // With `RF_POOL_CUSTOM`: the slots of 64 B, 256 B, 1 KiB, 4 KiB and 16 KiB.
    size_t capacities[5];
} rf_pool_options;

// A pool of slots: a number, to be copied freely and never looked into. All zero is none.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_pool;

// A reference to a payload, which does not change any more and is freed when the last reference is closed. As a number of 8 bytes it goes
// through a ring: who takes it out has to close it.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_event;

// A payload that is being written.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_draft;

// A reference to a payload that does not keep it.
typedef struct {
    // 0, or what the library made of it.
    uint64_t id;
} rf_weak_event;

// What a pool has done so far, all its classes together: a snapshot.
typedef struct {
    // `sizeof(rf_pool_figures)`, set by the caller, so that later versions can add to it.
    size_t struct_size;
    // Slots that there are.
    uint64_t capacity;
    // Slots in use.
    uint64_t in_use;
    // Slots that were taken, of all time.
    uint64_t allocated;
    // How often somebody wanted a slot of a class and all were in use.
    uint64_t exhausted;
    // Payloads that went to a larger class or to the heap.
    uint64_t fallbacks;
    // Payloads on the heap.
    uint64_t heap_in_use;
    // Their bytes.
    uint64_t heap_bytes;
    // Bytes that the pool itself takes.
    uint64_t memory_bytes;
    // Of the worst class: 0 healthy, 1 more than four fifths in use, 2 nine tenths, 3 all.
    uint32_t health;
    // 0.
    uint32_t reserved;
} rf_pool_figures;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The ABI of the library that is loaded. A program compares it with the `RF_ABI_VERSION` that it was compiled with.
uint32_t rf_abi_version(void);

// The version of the library that is loaded, as text: "0.1.0".
const char *rf_version_string(void);

// What the code says, in words: a sentence that lives for ever. Never NULL.
const char *rf_error_string(int32_t code);

// Makes a ring for one producer and one consumer, for `capacity` elements of `element_size` bytes. For bytes, that is 1.
//
// `options` may be NULL. Both handles are to be closed. `RF_ERROR_INVALID` for a size of 0 or one that overflows, `RF_ERROR_MEMORY` if
// the memory cannot be had.
//
// The caller vouches:
// `options` is NULL or valid, the others may be written.
int32_t rf_spsc_create(size_t capacity,
                       size_t element_size,
                       const rf_options *options,
                       rf_producer *producer,
                       rf_consumer *consumer);

// Makes a ring for many producers and one consumer; otherwise as `rf_spsc_create`. More producers come from
// `rf_producer_clone`. All elements have one order, and what one call claims or pushes as one element stays together.
//
// The caller vouches:
// As for `rf_spsc_create`.
int32_t rf_mpsc_create(size_t capacity,
                       size_t element_size,
                       const rf_options *options,
                       rf_producer *producer,
                       rf_consumer *consumer);

// One more producer of an mpsc ring, for another thread. `RF_ERROR_UNSUPPORTED` for an spsc ring.
//
// The caller vouches:
// `another` may be written.
int32_t rf_producer_clone(rf_producer producer, rf_producer *another);

// Closes the producer. The consumer reads what is there and is then told `RF_ERROR_CLOSED`, once every producer is closed. An open claim is
// aborted.
int32_t rf_producer_close(rf_producer producer);

// Copies one element in, if there is room now: `RF_ERROR_FULL` if not, `RF_ERROR_CLOSED` if the consumer is closed.
//
// The caller vouches:
// `element` is NULL or the start of `element_size` bytes.
int32_t rf_producer_try_push(rf_producer producer, const void *element, size_t element_size);

// Copies one element in, waiting for room for at most `timeout_ns` nanoseconds, or `RF_FOREVER`. `RF_ERROR_TIMEOUT`, `RF_ERROR_CLOSED`.
//
// The caller vouches:
// As for `rf_producer_try_push`.
int32_t rf_producer_push(rf_producer producer,
                         const void *element,
                         size_t element_size,
                         int64_t timeout_ns);

// Copies as many of `count` elements in as there is room for now; `pushed`, which may be NULL, says how many. `RF_ERROR_FULL` if those
// were not all, `RF_ERROR_CLOSED`.
//
// The caller vouches:
// `elements` is NULL or the start of `count` elements of `element_size` bytes; `pushed` is NULL or may be written.
int32_t rf_producer_try_push_slice(rf_producer producer,
                                   const void *elements,
                                   size_t element_size,
                                   size_t count,
                                   size_t *pushed);

// Copies `count` elements in, waiting for room as often as needed, for at most `timeout_ns` in all. `pushed`, which may be NULL, says
// how many went in, also when it is `RF_ERROR_TIMEOUT` or `RF_ERROR_CLOSED`.
//
// The caller vouches:
// As for `rf_producer_try_push_slice`.
int32_t rf_producer_push_slice(rf_producer producer,
                               const void *elements,
                               size_t element_size,
                               size_t count,
                               int64_t timeout_ns,
                               size_t *pushed);

// Claims exactly `count` slots to be written in place, if there is room now. To be committed or aborted before anything else is done with
// this producer. `RF_ERROR_FULL`, `RF_ERROR_CLOSED`, `RF_ERROR_TOO_LARGE`, `RF_ERROR_BUSY` if a claim is open.
//
// The caller vouches:
// `span` is NULL or may be written.
int32_t rf_producer_try_claim(rf_producer producer,
                              size_t count,
                              rf_span *span);

// Claims exactly `count` slots, waiting for room for at most `timeout_ns`. Otherwise as `rf_producer_try_claim`.
//
// The caller vouches:
// As for `rf_producer_try_claim`.
int32_t rf_producer_claim(rf_producer producer, size_t count, int64_t timeout_ns, rf_span *span);

// Claims at least one slot and at most `count`, as many as are vacant, waiting for the first for at most `timeout_ns`.
// Otherwise as `rf_producer_try_claim`.
//
// The caller vouches:
// As for `rf_producer_try_claim`.
int32_t rf_producer_claim_up_to(rf_producer producer, size_t count, int64_t timeout_ns, rf_span *span);

// Publishes the first `count` slots of the open claim; the others go back to the ring. `RF_ERROR_CLAIM` if there is no claim, or a smaller
// one: then nothing was done, and the claim is still open.
int32_t rf_producer_commit(rf_producer producer,
                           size_t count);

// Gives the open claim back. `RF_ERROR_CLAIM` if there is none.
int32_t rf_producer_abort(rf_producer producer);

// How many slots are vacant: exact or, while others are at work, a moment ago.
//
// The caller vouches:
// `free` is NULL or may be written.
int32_t rf_producer_free(rf_producer producer, size_t *free);

// Whether pushing has become pointless, because the consumer is closed: 1 or 0.
//
// The caller vouches:
// `is_closed` is NULL or may be written.
int32_t rf_producer_is_closed(rf_producer producer, int32_t *is_closed);

// What the ring has done so far. `struct_size` is set by the caller.
//
// The caller vouches:
// `stats` is NULL or may be written, and its `struct_size` is set.
int32_t rf_producer_stats(rf_producer producer, rf_stats *stats);

// Closes the consumer: the producers are told `RF_ERROR_CLOSED`, and what was not read is gone.
int32_t rf_consumer_close(rf_consumer consumer);

// Copies the oldest element out, if there is one now: `RF_ERROR_EMPTY` if not, `RF_ERROR_CLOSED` if there will never be.
//
// The caller vouches:
// `element` is NULL or has room for `element_size` bytes.
int32_t rf_consumer_try_pop(rf_consumer consumer,
                            void *element,
                            size_t element_size);

// Copies the oldest element out, waiting for one for at most `timeout_ns` nanoseconds, or `RF_FOREVER`. `RF_ERROR_TIMEOUT`,
// `RF_ERROR_CLOSED`.
//
// The caller vouches:
// As for `rf_consumer_try_pop`.
int32_t rf_consumer_pop(rf_consumer consumer,
                        void *element,
                        size_t element_size,
                        int64_t timeout_ns);

// Copies as many elements out as there are now, at most `count`; `popped`, which may be NULL, says how many. `RF_ERROR_EMPTY` if there are
// none, `RF_ERROR_CLOSED` if there will never be.
//
// The caller vouches:
// `elements` is NULL or has room for `count` elements of `element_size` bytes; `popped` is NULL or may be written.
int32_t rf_consumer_try_pop_slice(rf_consumer consumer,
                                  void *elements,
                                  size_t element_size,
                                  size_t count,
                                  size_t *popped);

// Copies at least one element out and at most `count`, as many as there are, waiting for the first for at most `timeout_ns`.
// Otherwise as `rf_consumer_try_pop_slice`.
//
// The caller vouches:
// As for `rf_consumer_try_pop_slice`.
int32_t rf_consumer_pop_slice(rf_consumer consumer,
                              void *elements,
                              size_t element_size,
                              size_t count,
                              int64_t timeout_ns,
                              size_t *popped);

// Shows all there is now, in place; nothing is taken before `rf_consumer_consume`. `RF_ERROR_EMPTY` if there is nothing,
// `RF_ERROR_CLOSED` if there will never be.
//
// The caller vouches:
// `view` is NULL or may be written.
int32_t rf_consumer_try_peek(rf_consumer consumer,
                             rf_view *view);

// Shows at least `count` elements in place, and all else there is, waiting for them for at most `timeout_ns`. For `count` of 0 it is 1.
// `RF_ERROR_TIMEOUT`; `RF_ERROR_CLOSED` if there are fewer and will never be more, which `rf_consumer_try_peek` still shows;
// `RF_ERROR_TOO_LARGE`.
//
// The caller vouches:
// As for `rf_consumer_try_peek`.
int32_t rf_consumer_peek(rf_consumer consumer,
                         size_t count,
                         int64_t timeout_ns,
                         rf_view *view);

// Gives the first `count` elements of the view back, which ends the view. `RF_ERROR_CLAIM` if it showed fewer, or has ended: then nothing
// was done.
int32_t rf_consumer_consume(rf_consumer consumer,
                            size_t count);

// How many elements can be read: exact or, while producers are at work, a moment ago.
//
// The caller vouches:
// `len` is NULL or may be written.
int32_t rf_consumer_len(rf_consumer consumer, size_t *len);

// Whether all producers are closed, so that nothing will follow what is there: 1 or 0.
//
// The caller vouches:
// `is_closed` is NULL or may be written.
int32_t rf_consumer_is_closed(rf_consumer consumer, int32_t *is_closed);

// What the ring has done so far. `struct_size` is set by the caller.
//
// The caller vouches:
// `stats` is NULL or may be written, and its `struct_size` is set.
int32_t rf_consumer_stats(rf_consumer consumer, rf_stats *stats);

// Makes a ring for one broadcaster and any number of readers, for `capacity` events of `event_size` bytes.
//
// `options` may be NULL; with `RF_LOSSY` in its flags lossy readers can join. `RF_ERROR_INVALID`, `RF_ERROR_MEMORY`.
//
// The caller vouches:
// `options` is NULL or valid, `broadcaster` may be written.
int32_t rf_broadcast_create(size_t capacity, size_t event_size, const rf_options *options, rf_broadcaster *broadcaster);

// Closes the ring: readers see what was published, and are then told `RF_ERROR_CLOSED`. An open claim is aborted.
int32_t rf_broadcaster_close(rf_broadcaster broadcaster);

// Publishes a copy of one event, if there is room now: `RF_ERROR_FULL` if the slowest reader is a whole ring behind, `RF_ERROR_CLOSED` if
// there were readers and all have left.
//
// The caller vouches:
// `event` is NULL or the start of `event_size` bytes.
int32_t rf_broadcaster_try_publish(rf_broadcaster broadcaster,
                                   const void *event,
                                   size_t event_size);

// Publishes a copy of one event, waiting for the slowest reader for at most `timeout_ns`. `RF_ERROR_TIMEOUT`, `RF_ERROR_CLOSED`.
//
// The caller vouches:
// As for `rf_broadcaster_try_publish`.
int32_t rf_broadcaster_publish(rf_broadcaster broadcaster,
                               const void *event,
                               size_t event_size,
                               int64_t timeout_ns);

// Claims exactly `count` events to be written in place, if there is room now: all of them will be published together. To be committed or
// aborted before anything else is done with this broadcaster. `RF_ERROR_FULL`, `RF_ERROR_CLOSED`, `RF_ERROR_TOO_LARGE`, `RF_ERROR_BUSY`.
//
// The caller vouches:
// `span` is NULL or may be written.
int32_t rf_broadcaster_try_claim(rf_broadcaster broadcaster,
                                 size_t count,
                                 rf_span *span);

// Claims exactly `count` events, waiting for the slowest reader for at most `timeout_ns`. Otherwise as `rf_broadcaster_try_claim`.
//
// The caller vouches:
// As for `rf_broadcaster_try_claim`.
int32_t rf_broadcaster_claim(rf_broadcaster broadcaster,
                             size_t count,
                             int64_t timeout_ns,
                             rf_span *span);

// Publishes the first `count` events of the open claim. `RF_ERROR_CLAIM` if there is no claim, or a smaller one: then nothing was done, and
// the claim is still open.
int32_t rf_broadcaster_commit(rf_broadcaster broadcaster,
                              size_t count);

// Gives the open claim back. `RF_ERROR_CLAIM` if there is none.
int32_t rf_broadcaster_abort(rf_broadcaster broadcaster);

// What the ring has done so far. `popped` is how far the slowest reader is. `struct_size` is set by the caller.
//
// The caller vouches:
// `stats` is NULL or may be written, and its `struct_size` is set.
int32_t rf_broadcaster_stats(rf_broadcaster broadcaster, rf_stats *stats);

// Joins a reader, which sees what is published from now on, and each event only after all `count` readers in `after` have released it. `after` may
// be NULL if `count` is 0. To be called where the broadcaster is used. `RF_ERROR_INVALID` if one of `after` reads another ring.
//
// The caller vouches:
// `after` is NULL or the start of `count` readers; `reader` may be written.
int32_t rf_reader_join(rf_broadcaster broadcaster,
                       const rf_reader *after,
                       size_t count,
                       rf_reader *reader);

// The reader leaves: nobody waits for it any more.
int32_t rf_reader_close(rf_reader reader);

// Shows all events that are there now, in place; none is given back before `rf_reader_release`. `RF_ERROR_EMPTY`, `RF_ERROR_CLOSED`.
//
// The caller vouches:
// `view` is NULL or may be written.
int32_t rf_reader_try_peek(rf_reader reader,
                           rf_view *view);

// Shows at least one event in place, and all else there is, waiting for the first for at most `timeout_ns`. `RF_ERROR_TIMEOUT`,
// `RF_ERROR_CLOSED`.
//
// The caller vouches:
// `view` is NULL or may be written.
int32_t rf_reader_peek(rf_reader reader,
                       int64_t timeout_ns,
                       rf_view *view);

// Gives the first `count` events of the view back, which ends the view. `RF_ERROR_CLAIM` if it showed fewer, or has ended.
int32_t rf_reader_release(rf_reader reader,
                          size_t count);

// What the reader has done so far. `struct_size` is set by the caller.
//
// The caller vouches:
// `stats` is NULL or may be written, and its `struct_size` is set.
int32_t rf_reader_stats(rf_reader reader, rf_reader_figures *stats);

// Joins a lossy reader, which sees what is published from now on. To be called where the broadcaster is used. `RF_ERROR_UNSUPPORTED` if the ring was
// made without `RF_LOSSY`.
//
// The caller vouches:
// `reader` may be written.
int32_t rf_lossy_reader_join(rf_broadcaster broadcaster,
                             rf_lossy_reader *reader);

// The lossy reader leaves.
int32_t rf_lossy_reader_close(rf_lossy_reader reader);

// Copies the next event out, if there is one now: `RF_ERROR_EMPTY` if not, `RF_ERROR_CLOSED` if there will never be. `RF_ERROR_LAGGED` if
// it was overwritten: then `missed`, which may be NULL, says how many events were lost, exactly, and the next call goes on behind them.
//
// The caller vouches:
// `event` is NULL or has room for `event_size` bytes, which may be written also when it is an error; `missed` is NULL or may be written.
int32_t rf_lossy_reader_try_recv(rf_lossy_reader reader,
                                 void *event,
                                 size_t event_size,
                                 uint64_t *missed);

// Copies the next event out, waiting for it for at most `timeout_ns`. `RF_ERROR_TIMEOUT`; otherwise as `rf_lossy_reader_try_recv`.
//
// The caller vouches:
// As for `rf_lossy_reader_try_recv`.
int32_t rf_lossy_reader_recv(rf_lossy_reader reader,
                             void *event,
                             size_t event_size,
                             int64_t timeout_ns,
                             uint64_t *missed);

// Makes a stream of exactly `capacity` bytes. `options` may be NULL; nothing waits here, so its wait strategies mean nothing.
//
// The caller vouches:
// `options` is NULL or valid, `stream` may be written.
int32_t rf_stream_create(size_t capacity,
                         const rf_options *options,
                         rf_stream *stream);

// Frees the stream with all that is in it. To end it for a reader, `rf_stream_end`.
int32_t rf_stream_close(rf_stream stream);

// Ends the stream: what is in it can still be read, then reading is `RF_ERROR_CLOSED`, as writing is at once.
int32_t rf_stream_end(rf_stream stream);

// Copies as much of `size` bytes in as fits; `written`, which may be NULL, says how much. `RF_ERROR_FULL` if nothing fits,
// `RF_ERROR_CLOSED` if the stream has ended.
//
// The caller vouches:
// `data` is NULL or the start of `size` bytes, none of them in the stream itself (what lies there already is published by
// `rf_stream_produce`); `written` is NULL or may be written.
int32_t rf_stream_write(rf_stream stream,
                        const void *data,
                        size_t size,
                        size_t *written);

// Copies as much out as there is, at most `size` bytes; `read`, which may be NULL, says how much. `RF_ERROR_EMPTY` if there is nothing,
// `RF_ERROR_CLOSED` if there will never be.
//
// The caller vouches:
// `data` is NULL or has room for `size` bytes, none of them in the stream itself; `read` is NULL or may be written.
int32_t rf_stream_read(rf_stream stream,
                       void *data,
                       size_t size,
                       size_t *read);

// Shows all that can be read, in place; perhaps nothing.
//
// The caller vouches:
// `view` is NULL or may be written.
int32_t rf_stream_readable(rf_stream stream, rf_view *view);

// Gives the first `size` readable bytes back. `RF_ERROR_CLAIM` if there are fewer: then nothing was done.
int32_t rf_stream_consume(rf_stream stream, size_t size);

// Lends all the room there is, to be written in place; perhaps none. What is in it is old or zero, and nothing of it can be read
// before `rf_stream_produce`.
//
// The caller vouches:
// `span` is NULL or may be written.
int32_t rf_stream_writable(rf_stream stream,
                           rf_span *span);

// Makes the first `size` bytes of the room readable. `RF_ERROR_CLAIM` if there is less: then nothing was done.
int32_t rf_stream_produce(rf_stream stream, size_t size);

// How many bytes can be read, how many can be written, and whether the stream has ended (1 or 0). Each may be NULL.
//
// The caller vouches:
// Each is NULL or may be written.
int32_t rf_stream_state(rf_stream stream, size_t *readable, size_t *writable, int32_t *has_ended);

// Makes a pool, with all its memory. `options` may be NULL. `RF_ERROR_INVALID`, `RF_ERROR_MEMORY`.
//
// The caller vouches:
// `options` is NULL or valid, `pool` may be written.
int32_t rf_pool_create(const rf_pool_options *options, rf_pool *pool);

// Another handle of the same pool, for another thread.
//
// The caller vouches:
// `another` may be written.
int32_t rf_pool_clone(rf_pool pool, rf_pool *another);

// Closes this handle of the pool. Its memory goes when all of them, and all references to payloads, are closed.
int32_t rf_pool_close(rf_pool pool);

// Copies `size` bytes into a slot, without waiting. `RF_ERROR_EXHAUSTED` if there is none, `RF_ERROR_TOO_LARGE`, `RF_ERROR_MEMORY`.
//
// The caller vouches:
// `data` is NULL or the start of `size` bytes; `event` may be written.
int32_t rf_pool_try_alloc(rf_pool pool,
                          const void *data,
                          size_t size,
                          uint32_t tag,
                          rf_event *event);

// Copies `size` bytes into a slot, waiting for one for at most `timeout_ns` if the pool was made with `RF_EXHAUSTED_WAIT`; for a class
// without slots `RF_ERROR_EXHAUSTED` at once. Otherwise as `rf_pool_try_alloc`.
//
// The caller vouches:
// As for `rf_pool_try_alloc`.
int32_t rf_pool_alloc(rf_pool pool,
                      const void *data,
                      size_t size,
                      uint32_t tag,
                      int64_t timeout_ns,
                      rf_event *event);

// A slot for `size` bytes that are written in place, and then shared or closed; never waits. What is in them is old or zero.
//
// The caller vouches:
// `draft` and `span` may be written.
int32_t rf_pool_draft(rf_pool pool,
                      size_t size,
                      rf_draft *draft,
                      rf_span *span);

// Makes a payload of the first `size` bytes of the draft, which must not be written any more. `RF_ERROR_CLAIM` if they are more than were asked
// for: then nothing was done.
//
// The caller vouches:
// `event` may be written.
int32_t rf_draft_share(rf_draft draft,
                       size_t size,
                       uint32_t tag,
                       rf_event *event);

// Gives the draft back.
int32_t rf_draft_close(rf_draft draft);

// Shows the payload in place, and its tag; each may be NULL. The bytes stay until this reference is closed.
//
// The caller vouches:
// `view` and `tag` are NULL or may be written.
int32_t rf_event_read(rf_event event, rf_view *view, uint32_t *tag);

// Another reference to the payload, for another thread.
//
// The caller vouches:
// `another` may be written.
int32_t rf_event_clone(rf_event event, rf_event *another);

// Closes this reference; the last one frees the slot.
int32_t rf_event_close(rf_event event);

// A reference that does not keep the payload.
//
// The caller vouches:
// `weak` may be written.
int32_t rf_event_downgrade(rf_event event, rf_weak_event *weak);

// A reference to the very payload, if it is still there: `RF_ERROR_CLOSED` if not.
//
// The caller vouches:
// `event` may be written.
int32_t rf_weak_event_upgrade(rf_weak_event weak, rf_event *event);

// Closes the weak reference.
int32_t rf_weak_event_close(rf_weak_event weak);

// What the pool has done so far. `struct_size` is set by the caller.
//
// The caller vouches:
// `stats` is NULL or may be written, and its `struct_size` is set.
int32_t rf_pool_stats(rf_pool pool, rf_pool_figures *stats);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* RINGFOLD_H */
