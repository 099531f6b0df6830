/* Each mistake that C lets a program make, as far as a library can notice it: a code, no crash, and nothing is changed. */
#include "check.h"

static rf_producer producer;
static rf_consumer consumer;
static uint64_t word;
static rf_span span;
static rf_view view;
static size_t count;

static void open_ring(void) {
    IS(rf_spsc_create(4, 8, NULL, &producer, &consumer), RF_OK);
}

static void close_ring(void) {
    IS(rf_producer_close(producer), RF_OK);
    IS(rf_consumer_close(consumer), RF_OK);
}

/* Every call of a producer. */
static void every_call_of_a_producer_is(rf_producer p, int32_t code) {
    rf_stats stats = {.struct_size = sizeof stats};
    rf_producer another;
    int32_t is_closed;
    IS(rf_producer_try_push(p, &word, 8), code);
    IS(rf_producer_push(p, &word, 8, RF_FOREVER), code);
    IS(rf_producer_try_push_slice(p, &word, 8, 1, &count), code);
    IS(rf_producer_push_slice(p, &word, 8, 1, RF_FOREVER, &count), code);
    IS(rf_producer_try_claim(p, 1, &span), code);
    IS(rf_producer_claim(p, 1, RF_FOREVER, &span), code);
    IS(rf_producer_claim_up_to(p, 1, RF_FOREVER, &span), code);
    IS(rf_producer_free(p, &count), code);
    IS(rf_producer_is_closed(p, &is_closed), code);
    IS(rf_producer_stats(p, &stats), code);
    IS(rf_producer_clone(p, &another), code);
}

/* Every call of a consumer. */
static void every_call_of_a_consumer_is(rf_consumer c, int32_t code) {
    rf_stats stats = {.struct_size = sizeof stats};
    int32_t is_closed;
    IS(rf_consumer_try_pop(c, &word, 8), code);
    IS(rf_consumer_pop(c, &word, 8, RF_FOREVER), code);
    IS(rf_consumer_try_pop_slice(c, &word, 8, 1, &count), code);
    IS(rf_consumer_pop_slice(c, &word, 8, 1, RF_FOREVER, &count), code);
    IS(rf_consumer_try_peek(c, &view), code);
    IS(rf_consumer_peek(c, 1, RF_FOREVER, &view), code);
    IS(rf_consumer_consume(c, 0), code);
    IS(rf_consumer_len(c, &count), code);
    IS(rf_consumer_is_closed(c, &is_closed), code);
    IS(rf_consumer_stats(c, &stats), code);
}

static void handles_that_were_never_opened(void) {
    const uint64_t numbers[] = {0, 1, 42, UINT64_MAX, UINT64_MAX >> 1, (uint64_t)1 << 63};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        rf_producer p = {numbers[i]};
        rf_consumer c = {numbers[i]};
        rf_stream s = {numbers[i]};
        every_call_of_a_producer_is(p, RF_ERROR_HANDLE);
        every_call_of_a_consumer_is(c, RF_ERROR_HANDLE);
        IS(rf_producer_commit(p, 0), RF_ERROR_HANDLE);
        IS(rf_producer_abort(p), RF_ERROR_HANDLE);
        IS(rf_producer_close(p), RF_ERROR_HANDLE);
        IS(rf_consumer_close(c), RF_ERROR_HANDLE);
        IS(rf_stream_close(s), RF_ERROR_HANDLE);
        IS(rf_stream_end(s), RF_ERROR_HANDLE);
        IS(rf_stream_write(s, "x", 1, &count), RF_ERROR_HANDLE);
        IS(rf_stream_read(s, &word, 1, &count), RF_ERROR_HANDLE);
        IS(rf_stream_readable(s, &view), RF_ERROR_HANDLE);
        IS(rf_stream_writable(s, &span), RF_ERROR_HANDLE);
        IS(rf_stream_consume(s, 0), RF_ERROR_HANDLE);
        IS(rf_stream_produce(s, 0), RF_ERROR_HANDLE);
        IS(rf_stream_state(s, NULL, NULL, NULL), RF_ERROR_HANDLE);
    }
}

static void use_after_close_and_closing_twice(void) {
    open_ring();
    rf_producer old_producer = producer;
    rf_consumer old_consumer = consumer;
    close_ring();
    every_call_of_a_producer_is(old_producer, RF_ERROR_HANDLE);
    every_call_of_a_consumer_is(old_consumer, RF_ERROR_HANDLE);
    IS(rf_producer_close(old_producer), RF_ERROR_HANDLE);
    IS(rf_consumer_close(old_consumer), RF_ERROR_HANDLE);
    /* Also when the place of the old ones has been taken since. */
    open_ring();
    every_call_of_a_producer_is(old_producer, RF_ERROR_HANDLE);
    every_call_of_a_consumer_is(old_consumer, RF_ERROR_HANDLE);
    IS(rf_producer_close(old_producer), RF_ERROR_HANDLE);
    IS(rf_producer_try_push(producer, &word, 8), RF_OK);
    close_ring();
}

static void handles_of_another_kind(void) {
    open_ring();
    every_call_of_a_producer_is((rf_producer){consumer.id}, RF_ERROR_HANDLE);
    every_call_of_a_consumer_is((rf_consumer){producer.id}, RF_ERROR_HANDLE);
    IS(rf_stream_close((rf_stream){producer.id}), RF_ERROR_HANDLE);
    close_ring();
}

static void null_pointers(void) {
    open_ring();
    IS(rf_spsc_create(4, 8, NULL, NULL, &consumer), RF_ERROR_NULL);
    IS(rf_spsc_create(4, 8, NULL, &producer, NULL), RF_ERROR_NULL);
    IS(rf_mpsc_create(4, 8, NULL, NULL, NULL), RF_ERROR_NULL);
    IS(rf_producer_try_push(producer, NULL, 8), RF_ERROR_NULL);
    IS(rf_producer_push(producer, NULL, 8, RF_FOREVER), RF_ERROR_NULL);
    IS(rf_producer_try_push_slice(producer, NULL, 8, 1, NULL), RF_ERROR_NULL);
    IS(rf_producer_push_slice(producer, NULL, 8, 1, RF_FOREVER, NULL), RF_ERROR_NULL);
    IS(rf_producer_push_slice(producer, NULL, 8, 0, RF_FOREVER, NULL), RF_OK);
    IS(rf_producer_try_claim(producer, 1, NULL), RF_ERROR_NULL);
    IS(rf_producer_free(producer, NULL), RF_ERROR_NULL);
    IS(rf_producer_is_closed(producer, NULL), RF_ERROR_NULL);
    IS(rf_producer_stats(producer, NULL), RF_ERROR_NULL);
    IS(rf_producer_clone(producer, NULL), RF_ERROR_NULL);
    /* There is something to take, so that NULL is what is wrong. */
    IS(rf_producer_try_push(producer, &word, 8), RF_OK);
    IS(rf_consumer_try_pop(consumer, NULL, 8), RF_ERROR_NULL);
    IS(rf_consumer_pop(consumer, NULL, 8, RF_FOREVER), RF_ERROR_NULL);
    IS(rf_consumer_try_pop_slice(consumer, NULL, 8, 1, NULL), RF_ERROR_NULL);
    IS(rf_consumer_try_peek(consumer, NULL), RF_ERROR_NULL);
    IS(rf_consumer_len(consumer, NULL), RF_ERROR_NULL);
    IS(rf_consumer_stats(consumer, NULL), RF_ERROR_NULL);
    IS(rf_consumer_len(consumer, &count), RF_OK);
    CHECK(count == 1);
    IS(rf_stream_create(4, NULL, NULL), RF_ERROR_NULL);
    close_ring();
}

static void elements_of_another_size(void) {
    open_ring();
    IS(rf_producer_try_push(producer, &word, 4), RF_ERROR_ELEMENT_SIZE);
    IS(rf_producer_push(producer, &word, 0, RF_FOREVER), RF_ERROR_ELEMENT_SIZE);
    IS(rf_producer_push_slice(producer, &word, 16, 1, RF_FOREVER, NULL), RF_ERROR_ELEMENT_SIZE);
    IS(rf_producer_try_push(producer, &word, 8), RF_OK);
    IS(rf_consumer_try_pop(consumer, &word, 1), RF_ERROR_ELEMENT_SIZE);
    IS(rf_consumer_pop_slice(consumer, &word, 24, 1, RF_FOREVER, NULL), RF_ERROR_ELEMENT_SIZE);
    IS(rf_consumer_try_pop(consumer, &word, 8), RF_OK);
    close_ring();
}

static void commits_beyond_the_claim(void) {
    open_ring();
    IS(rf_producer_commit(producer, 0), RF_ERROR_CLAIM);
    IS(rf_producer_abort(producer), RF_ERROR_CLAIM);
    IS(rf_producer_try_claim(producer, 0, &span), RF_ERROR_INVALID);
    IS(rf_producer_try_claim(producer, 2, &span), RF_OK);
    IS(rf_producer_commit(producer, 3), RF_ERROR_CLAIM);
    IS(rf_producer_commit(producer, SIZE_MAX), RF_ERROR_CLAIM);
    /* It is still open, and keeps everything else out. */
    every_call_of_a_producer_is(producer, RF_ERROR_BUSY);
    memset(span.data, 1, 16);
    IS(rf_producer_commit(producer, 1), RF_OK);
    IS(rf_producer_commit(producer, 1), RF_ERROR_CLAIM);
    IS(rf_consumer_len(consumer, &count), RF_OK);
    CHECK(count == 1);
    /* Closing with a claim open aborts it. */
    IS(rf_producer_try_claim(producer, 2, &span), RF_OK);
    close_ring();
}

static void consuming_beyond_the_view(void) {
    open_ring();
    IS(rf_producer_try_push_slice(producer, (uint64_t[]){1, 2, 3}, 8, 3, NULL), RF_OK);
    IS(rf_consumer_consume(consumer, 1), RF_ERROR_CLAIM);
    IS(rf_consumer_try_peek(consumer, &view), RF_OK);
    IS(rf_consumer_consume(consumer, 4), RF_ERROR_CLAIM);
    IS(rf_consumer_consume(consumer, 2), RF_OK);
    IS(rf_consumer_consume(consumer, 2), RF_ERROR_CLAIM);
    /* Another call has ended the view. */
    IS(rf_consumer_try_peek(consumer, &view), RF_OK);
    IS(rf_consumer_try_pop(consumer, &word, 8), RF_OK);
    CHECK(word == 3);
    IS(rf_consumer_consume(consumer, 1), RF_ERROR_CLAIM);
    close_ring();
}

static void sizes_that_make_no_sense(void) {
    rf_options options = {.struct_size = sizeof options};
    IS(rf_spsc_create(0, 8, NULL, &producer, &consumer), RF_ERROR_INVALID);
    IS(rf_spsc_create(8, 0, NULL, &producer, &consumer), RF_ERROR_INVALID);
    IS(rf_spsc_create(SIZE_MAX, 3, NULL, &producer, &consumer), RF_ERROR_INVALID);
    IS(rf_spsc_create(SIZE_MAX / 8, 8, NULL, &producer, &consumer), RF_ERROR_INVALID);
    IS(rf_mpsc_create(0, 8, NULL, &producer, &consumer), RF_ERROR_INVALID);
    options.struct_size = 4;
    IS(rf_spsc_create(8, 8, &options, &producer, &consumer), RF_ERROR_INVALID);
    options = (rf_options){.struct_size = sizeof options, .memory = 9};
    IS(rf_spsc_create(8, 8, &options, &producer, &consumer), RF_ERROR_INVALID);
    options = (rf_options){.struct_size = sizeof options, .consumer_wait = 9};
    IS(rf_spsc_create(8, 8, &options, &producer, &consumer), RF_ERROR_INVALID);
    options = (rf_options){.struct_size = sizeof options, .flags = 1u << 31};
    IS(rf_spsc_create(8, 8, &options, &producer, &consumer), RF_ERROR_INVALID);
    options = (rf_options){.struct_size = sizeof options, .flags = RF_LOSSY};
    IS(rf_spsc_create(8, 8, &options, &producer, &consumer), RF_ERROR_UNSUPPORTED);
    open_ring();
    rf_stats stats = {.struct_size = 3};
    rf_producer another;
    IS(rf_producer_stats(producer, &stats), RF_ERROR_INVALID);
    IS(rf_producer_clone(producer, &another), RF_ERROR_UNSUPPORTED);
    IS(rf_producer_try_push_slice(producer, &word, 8, SIZE_MAX, NULL), RF_ERROR_INVALID);
    close_ring();
}

static void *wait_for_an_element(void *unused) {
    (void)unused;
    uint64_t element;
    IS(rf_consumer_pop(consumer, &element, 8, RF_FOREVER), RF_OK);
    return NULL;
}

static void a_handle_that_another_thread_waits_with(void) {
    open_ring();
    pthread_t waiting = start(wait_for_an_element, NULL);
    /* Asks without touching the consumer, until the other thread is in its call. */
    while (rf_consumer_consume(consumer, 0) != RF_ERROR_BUSY) {
        sched_yield();
    }
    every_call_of_a_consumer_is(consumer, RF_ERROR_BUSY);
    IS(rf_consumer_close(consumer), RF_ERROR_BUSY);
    IS(rf_producer_try_push(producer, &word, 8), RF_OK);
    join(waiting);
    close_ring();
}

static void streams(void) {
    rf_stream stream;
    IS(rf_stream_create(0, NULL, &stream), RF_ERROR_INVALID);
    IS(rf_stream_create(4, NULL, &stream), RF_OK);
    IS(rf_stream_write(stream, NULL, 1, NULL), RF_ERROR_NULL);
    IS(rf_stream_read(stream, NULL, 1, NULL), RF_ERROR_NULL);
    IS(rf_stream_readable(stream, NULL), RF_ERROR_NULL);
    IS(rf_stream_writable(stream, NULL), RF_ERROR_NULL);
    IS(rf_stream_produce(stream, 5), RF_ERROR_CLAIM);
    IS(rf_stream_consume(stream, 1), RF_ERROR_CLAIM);
    IS(rf_stream_close(stream), RF_OK);
    IS(rf_stream_close(stream), RF_ERROR_HANDLE);
}

int main(void) {
    RUN(handles_that_were_never_opened);
    RUN(use_after_close_and_closing_twice);
    RUN(handles_of_another_kind);
    RUN(null_pointers);
    RUN(elements_of_another_size);
    RUN(commits_beyond_the_claim);
    RUN(consuming_beyond_the_view);
    RUN(sizes_that_make_no_sense);
    RUN(a_handle_that_another_thread_waits_with);
    RUN(streams);
    return finish();
}
