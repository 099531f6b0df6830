package ringfold

// #cgo pkg-config: ringfold
// #include <ringfold.h>
// #include <stdlib.h>
//
// // Results by value: a pointer to a Go variable would move it to the heap.
// typedef struct {
//     int32_t code;
//     size_t count;
//     void *data;
// } answer;
//
// typedef struct {
//     int32_t code;
//     uint64_t writing, reading;
// } pair;
//
// static pair open_ring(int is_mpsc, size_t capacity, size_t element_size, rf_options options) {
//     rf_producer producer = {0};
//     rf_consumer consumer = {0};
//     options.struct_size = sizeof options;
//     int32_t code = is_mpsc ? rf_mpsc_create(capacity, element_size, &options, &producer, &consumer)
//                            : rf_spsc_create(capacity, element_size, &options, &producer, &consumer);
//     return (pair){code, producer.id, consumer.id};
// }
//
// static answer clone_producer(uint64_t id) {
//     rf_producer another = {0};
//     int32_t code = rf_producer_clone((rf_producer){id}, &another);
//     return (answer){code, (size_t)another.id, NULL};
// }
//
// static int32_t try_push(uint64_t id, const void *element, size_t size) {
//     return rf_producer_try_push((rf_producer){id}, element, size);
// }
//
// static int32_t push(uint64_t id, const void *element, size_t size, int64_t timeout) {
//     return rf_producer_push((rf_producer){id}, element, size, timeout);
// }
//
// static answer push_slice(uint64_t id, const void *elements, size_t size, size_t count, int64_t timeout) {
//     answer result = {0};
//     result.code = rf_producer_push_slice((rf_producer){id}, elements, size, count, timeout, &result.count);
//     return result;
// }
//
// static answer claim(uint64_t id, size_t count, int64_t timeout, int is_exact) {
//     rf_span span = {0};
//     int32_t code = is_exact ? rf_producer_claim((rf_producer){id}, count, timeout, &span)
//                             : rf_producer_claim_up_to((rf_producer){id}, count, timeout, &span);
//     return (answer){code, span.count, span.data};
// }
//
// static answer pop_slice(uint64_t id, void *elements, size_t size, size_t count, int64_t timeout) {
//     answer result = {0};
//     result.code = rf_consumer_pop_slice((rf_consumer){id}, elements, size, count, timeout, &result.count);
//     return result;
// }
//
// static answer peek(uint64_t id, size_t count, int64_t timeout) {
//     rf_view view = {0};
//     int32_t code = rf_consumer_peek((rf_consumer){id}, count, timeout, &view);
//     return (answer){code, view.count, (void *)view.data};
// }
//
// static answer backlog(uint64_t id) {
//     answer result = {0};
//     result.code = rf_consumer_len((rf_consumer){id}, &result.count);
//     return result;
// }
//
// static answer vacant(uint64_t id) {
//     answer result = {0};
//     result.code = rf_producer_free((rf_producer){id}, &result.count);
//     return result;
// }
//
// static int32_t stats_of(uint64_t id, int is_producer, rf_stats *stats) {
//     stats->struct_size = sizeof *stats;
//     return is_producer ? rf_producer_stats((rf_producer){id}, stats) : rf_consumer_stats((rf_consumer){id}, stats);
// }
// static answer open_broadcast(size_t capacity, size_t event_size, rf_options options) {
//     rf_broadcaster broadcaster = {0};
//     options.struct_size = sizeof options;
//     int32_t code = rf_broadcast_create(capacity, event_size, &options, &broadcaster);
//     return (answer){code, (size_t)broadcaster.id, NULL};
// }
//
// static answer join_reader(uint64_t id, const uint64_t *after, size_t count) {
//     rf_reader reader = {0};
//     int32_t code = rf_reader_join((rf_broadcaster){id}, (const rf_reader *)after, count, &reader);
//     return (answer){code, (size_t)reader.id, NULL};
// }
//
// static answer join_lossy_reader(uint64_t id) {
//     rf_lossy_reader reader = {0};
//     int32_t code = rf_lossy_reader_join((rf_broadcaster){id}, &reader);
//     return (answer){code, (size_t)reader.id, NULL};
// }
//
// static int32_t publish(uint64_t id, const void *event, size_t size, int64_t timeout) {
//     return rf_broadcaster_publish((rf_broadcaster){id}, event, size, timeout);
// }
//
// static answer claim_events(uint64_t id, size_t count, int64_t timeout) {
//     rf_span span = {0};
//     int32_t code = rf_broadcaster_claim((rf_broadcaster){id}, count, timeout, &span);
//     return (answer){code, span.count, span.data};
// }
//
// static answer peek_events(uint64_t id, int64_t timeout) {
//     rf_view view = {0};
//     int32_t code = rf_reader_peek((rf_reader){id}, timeout, &view);
//     return (answer){code, view.count, (void *)view.data};
// }
//
// static answer recv_lossy(uint64_t id, void *event, size_t size, int64_t timeout) {
//     uint64_t missed = 0;
//     int32_t code = rf_lossy_reader_recv((rf_lossy_reader){id}, event, size, timeout, &missed);
//     return (answer){code, (size_t)missed, NULL};
// }
//
// static answer open_pool(rf_pool_options options) {
//     rf_pool pool = {0};
//     options.struct_size = sizeof options;
//     int32_t code = rf_pool_create(&options, &pool);
//     return (answer){code, (size_t)pool.id, NULL};
// }
//
// static answer alloc_event(uint64_t id, const void *data, size_t size, uint32_t tag, int64_t timeout) {
//     rf_event event = {0};
//     int32_t code = rf_pool_alloc((rf_pool){id}, data, size, tag, timeout, &event);
//     return (answer){code, (size_t)event.id, NULL};
// }
//
// static answer clone_event(uint64_t id) {
//     rf_event another = {0};
//     int32_t code = rf_event_clone((rf_event){id}, &another);
//     return (answer){code, (size_t)another.id, NULL};
// }
//
// static answer read_event(uint64_t id) {
//     rf_view view = {0};
//     int32_t code = rf_event_read((rf_event){id}, &view, NULL);
//     return (answer){code, view.count, (void *)view.data};
// }
//
// static uint32_t tag_of_event(uint64_t id) {
//     uint32_t tag = 0;
//     rf_event_read((rf_event){id}, NULL, &tag);
//     return tag;
// }
//
// static int32_t stats_of_pool(uint64_t id, rf_pool_figures *stats) {
//     stats->struct_size = sizeof *stats;
//     return rf_pool_stats((rf_pool){id}, stats);
// }
import "C"

import (
	"time"
	"unsafe"
)

// The calls of the library, as Go sees them: no C types leave this file, so that generic code can use them.

type answer struct {
	code  int32
	count int
	data  unsafe.Pointer
}

func fromC(a C.answer) answer {
	return answer{int32(a.code), int(a.count), unsafe.Pointer(a.data)}
}

// withOptions calls create with the options, and turns the code and the reason that it leaves into an error.
func withOptions(wanted settings, create func(C.rf_options) C.int32_t) error {
	const size = 512
	why := (*C.char)(C.calloc(1, size))
	defer C.free(unsafe.Pointer(why))
	code := create(C.rf_options{
		memory:        C.uint32_t(wanted.memory),
		huge_pages:    C.uint32_t(wanted.hugePages),
		producer_wait: C.uint32_t(wanted.producerWait),
		consumer_wait: C.uint32_t(wanted.consumerWait),
		flags:         C.uint32_t(wanted.flags),
		message:       why,
		message_size:  size,
	})
	return creationError(int32(code), C.GoString(why))
}

func openRing(isMPSC bool, capacity int, elementSize uintptr, wanted settings) (writing, reading uint64, err error) {
	err = withOptions(wanted, func(options C.rf_options) C.int32_t {
		made := C.open_ring(boolToC(isMPSC), C.size_t(capacity), C.size_t(elementSize), options)
		writing, reading = uint64(made.writing), uint64(made.reading)
		return made.code
	})
	return writing, reading, err
}

func openBroadcast(capacity int, eventSize uintptr, wanted settings) (id uint64, err error) {
	err = withOptions(wanted, func(options C.rf_options) C.int32_t {
		made := C.open_broadcast(C.size_t(capacity), C.size_t(eventSize), options)
		id = uint64(made.count)
		return made.code
	})
	return id, err
}

func nativeJoin(id uint64, after []uint64) (uint64, int32) {
	var first *C.uint64_t
	if len(after) > 0 {
		first = (*C.uint64_t)(unsafe.Pointer(&after[0]))
	}
	a := C.join_reader(C.uint64_t(id), first, C.size_t(len(after)))
	return uint64(a.count), int32(a.code)
}

func nativeJoinLossy(id uint64) (uint64, int32) {
	a := C.join_lossy_reader(C.uint64_t(id))
	return uint64(a.count), int32(a.code)
}

func nativePublish(id uint64, event unsafe.Pointer, size uintptr, timeout time.Duration) int32 {
	return int32(C.publish(C.uint64_t(id), event, C.size_t(size), C.int64_t(timeout)))
}

func nativeClaimEvents(id uint64, count int, timeout time.Duration) answer {
	return fromC(C.claim_events(C.uint64_t(id), C.size_t(count), C.int64_t(timeout)))
}

func nativeCommitEvents(id uint64, count int) int32 {
	return int32(C.rf_broadcaster_commit(C.rf_broadcaster{id: C.uint64_t(id)}, C.size_t(count)))
}

func nativeAbortEvents(id uint64) int32 {
	return int32(C.rf_broadcaster_abort(C.rf_broadcaster{id: C.uint64_t(id)}))
}

func nativePeekEvents(id uint64, timeout time.Duration) answer {
	return fromC(C.peek_events(C.uint64_t(id), C.int64_t(timeout)))
}

func nativeRelease(id uint64, count int) int32 {
	return int32(C.rf_reader_release(C.rf_reader{id: C.uint64_t(id)}, C.size_t(count)))
}

func nativeRecvLossy(id uint64, event unsafe.Pointer, size uintptr, timeout time.Duration) answer {
	return fromC(C.recv_lossy(C.uint64_t(id), event, C.size_t(size), C.int64_t(timeout)))
}

func nativeCloseBroadcaster(id uint64) {
	C.rf_broadcaster_close(C.rf_broadcaster{id: C.uint64_t(id)})
}

func nativeCloseReader(id uint64) {
	C.rf_reader_close(C.rf_reader{id: C.uint64_t(id)})
}

func nativeCloseLossyReader(id uint64) {
	C.rf_lossy_reader_close(C.rf_lossy_reader{id: C.uint64_t(id)})
}

func boolToC(is bool) C.int {
	if is {
		return 1
	}
	return 0
}

func nativeClone(id uint64) (uint64, int32) {
	a := C.clone_producer(C.uint64_t(id))
	return uint64(a.count), int32(a.code)
}

func nativeTryPush(id uint64, element unsafe.Pointer, size uintptr) int32 {
	return int32(C.try_push(C.uint64_t(id), element, C.size_t(size)))
}

func nativePush(id uint64, element unsafe.Pointer, size uintptr, timeout time.Duration) int32 {
	return int32(C.push(C.uint64_t(id), element, C.size_t(size), C.int64_t(timeout)))
}

func nativePushSlice(id uint64, elements unsafe.Pointer, size uintptr, count int, timeout time.Duration) answer {
	return fromC(C.push_slice(C.uint64_t(id), elements, C.size_t(size), C.size_t(count), C.int64_t(timeout)))
}

func nativeClaim(id uint64, count int, timeout time.Duration, isExact bool) answer {
	return fromC(C.claim(C.uint64_t(id), C.size_t(count), C.int64_t(timeout), boolToC(isExact)))
}

func nativeCommit(id uint64, count int) int32 {
	return int32(C.rf_producer_commit(C.rf_producer{id: C.uint64_t(id)}, C.size_t(count)))
}

func nativeAbort(id uint64) int32 {
	return int32(C.rf_producer_abort(C.rf_producer{id: C.uint64_t(id)}))
}

func nativeVacant(id uint64) answer {
	return fromC(C.vacant(C.uint64_t(id)))
}

func nativeCloseProducer(id uint64) {
	C.rf_producer_close(C.rf_producer{id: C.uint64_t(id)})
}

func nativePopSlice(id uint64, elements unsafe.Pointer, size uintptr, count int, timeout time.Duration) answer {
	return fromC(C.pop_slice(C.uint64_t(id), elements, C.size_t(size), C.size_t(count), C.int64_t(timeout)))
}

func nativePeek(id uint64, count int, timeout time.Duration) answer {
	return fromC(C.peek(C.uint64_t(id), C.size_t(count), C.int64_t(timeout)))
}

func nativeConsume(id uint64, count int) int32 {
	return int32(C.rf_consumer_consume(C.rf_consumer{id: C.uint64_t(id)}, C.size_t(count)))
}

func nativeBacklog(id uint64) answer {
	return fromC(C.backlog(C.uint64_t(id)))
}

func nativeCloseConsumer(id uint64) {
	C.rf_consumer_close(C.rf_consumer{id: C.uint64_t(id)})
}

func nativeStats(id uint64, isProducer bool) (Stats, int32) {
	var s C.rf_stats
	code := int32(C.stats_of(C.uint64_t(id), boolToC(isProducer), &s))
	return Stats{
		Pushed:          uint64(s.pushed),
		Popped:          uint64(s.popped),
		TimesFull:       uint64(s.times_full),
		TimesEmpty:      uint64(s.times_empty),
		ProducerStalled: time.Duration(s.producer_stalled_ns),
		ConsumerStalled: time.Duration(s.consumer_stalled_ns),
		Capacity:        int(s.capacity),
		MemoryBytes:     int(s.memory_bytes),
		IsMirrored:      s.is_mirrored != 0,
	}, code
}

func nativeText(code int32) string {
	return C.GoString(C.rf_error_string(C.int32_t(code)))
}

func openPool(wanted PoolConfig) (uint64, int32) {
	options := C.rf_pool_options{profile: C.uint32_t(wanted.Profile), when_exhausted: C.uint32_t(wanted.WhenExhausted)}
	for i, capacity := range wanted.Capacities {
		options.capacities[i] = C.size_t(capacity)
	}
	a := C.open_pool(options)
	return uint64(a.count), int32(a.code)
}

func nativeAlloc(id uint64, data unsafe.Pointer, size int, tag uint32, timeout time.Duration) (uint64, int32) {
	a := C.alloc_event(C.uint64_t(id), data, C.size_t(size), C.uint32_t(tag), C.int64_t(timeout))
	return uint64(a.count), int32(a.code)
}

func nativeCloneEvent(id uint64) (uint64, int32) {
	a := C.clone_event(C.uint64_t(id))
	return uint64(a.count), int32(a.code)
}

func nativeReadEvent(id uint64) answer {
	return fromC(C.read_event(C.uint64_t(id)))
}

func nativeTag(id uint64) uint32 {
	return uint32(C.tag_of_event(C.uint64_t(id)))
}

func nativePoolStats(id uint64) (PoolStats, int32) {
	var s C.rf_pool_figures
	code := int32(C.stats_of_pool(C.uint64_t(id), &s))
	return PoolStats{
		Capacity:    uint64(s.capacity),
		InUse:       uint64(s.in_use),
		Allocated:   uint64(s.allocated),
		Exhausted:   uint64(s.exhausted),
		Fallbacks:   uint64(s.fallbacks),
		HeapInUse:   uint64(s.heap_in_use),
		HeapBytes:   uint64(s.heap_bytes),
		MemoryBytes: uint64(s.memory_bytes),
	}, code
}

func nativeClosePool(id uint64) {
	C.rf_pool_close(C.rf_pool{id: C.uint64_t(id)})
}

func nativeCloseEvent(id uint64) {
	C.rf_event_close(C.rf_event{id: C.uint64_t(id)})
}

// abiFits tells whether the library that was loaded is the one of the header.
func abiFits() bool {
	return C.rf_abi_version() == C.RF_ABI_VERSION
}
