/* Rings for two threads and for many to one. */
#include "check.h"

/* What element `number` of `size` bytes looks like. */
static void fill(unsigned char *element, size_t size, uint64_t number) {
    for (size_t i = 0; i < size; i++) {
        element[i] = (unsigned char)(number * 31 + i * 7 + (number >> 8));
    }
}

static int is_right(const unsigned char *element, size_t size, uint64_t number) {
    unsigned char expected[4096];
    fill(expected, size, number);
    return memcmp(element, expected, size) == 0;
}

typedef struct {
    rf_producer producer;
    rf_consumer consumer;
    size_t size;
    uint64_t count;
    uint64_t from;
} Job;

/* Every way to write, in turn. */
static void *write_in_every_way(void *with) {
    Job *job = with;
    unsigned char *elements = malloc(job->size * 3);
    uint64_t next = 0;
    while (next < job->count) {
        uint64_t left = job->count - next;
        size_t count = left < 3 ? (size_t)left : 3;
        for (size_t i = 0; i < count; i++) {
            fill(elements + i * job->size, job->size, next + i);
        }
        switch (next % 5) {
        case 0:
            IS(rf_producer_push(job->producer, elements, job->size, RF_FOREVER), RF_OK);
            count = 1;
            break;
        case 1: {
            size_t pushed = 99;
            IS(rf_producer_push_slice(job->producer, elements, job->size, count, RF_FOREVER, &pushed), RF_OK);
            CHECK(pushed == count);
            break;
        }
        case 2: {
            rf_span span;
            IS(rf_producer_claim(job->producer, count, RF_FOREVER, &span), RF_OK);
            CHECK(span.count == count);
            memcpy(span.data, elements, count * job->size);
            IS(rf_producer_commit(job->producer, count), RF_OK);
            break;
        }
        case 3: {
            rf_span span;
            IS(rf_producer_claim_up_to(job->producer, count, RF_FOREVER, &span), RF_OK);
            CHECK(span.count >= 1 && span.count <= count);
            memcpy(span.data, elements, job->size);
            IS(rf_producer_commit(job->producer, 1), RF_OK);
            count = 1;
            break;
        }
        default: {
            size_t pushed = 0;
            int32_t code = rf_producer_push_slice(job->producer, elements, job->size, count, 100 * MILLISECOND, &pushed);
            CHECK(code == RF_OK || code == RF_ERROR_TIMEOUT);
            count = pushed;
        }
        }
        next += count;
    }
    free(elements);
    IS(rf_producer_close(job->producer), RF_OK);
    return NULL;
}

/* Every way to read, in turn. */
static void read_in_every_way(Job *job) {
    unsigned char *elements = malloc(job->size * 4);
    uint64_t next = 0;
    while (next < job->count) {
        size_t count = 1;
        const unsigned char *seen = elements;
        rf_view view = {NULL, 0};
        switch (next % 4) {
        case 0:
            IS(rf_consumer_pop(job->consumer, elements, job->size, RF_FOREVER), RF_OK);
            break;
        case 1:
            IS(rf_consumer_pop_slice(job->consumer, elements, job->size, 4, RF_FOREVER, &count), RF_OK);
            CHECK(count >= 1 && count <= 4);
            break;
        case 2:
            IS(rf_consumer_peek(job->consumer, 1, RF_FOREVER, &view), RF_OK);
            seen = view.data;
            count = view.count;
            break;
        default: {
            int32_t code = rf_consumer_pop(job->consumer, elements, job->size, 100 * MILLISECOND);
            if (code == RF_ERROR_TIMEOUT) {
                continue;
            }
            IS(code, RF_OK);
        }
        }
        for (size_t i = 0; i < count; i++) {
            CHECK(is_right(seen + i * job->size, job->size, next + i));
        }
        if (view.count > 0) {
            IS(rf_consumer_consume(job->consumer, count), RF_OK);
        }
        next += count;
    }
    IS(rf_consumer_pop(job->consumer, elements, job->size, RF_FOREVER), RF_ERROR_CLOSED);
    IS(rf_consumer_try_pop(job->consumer, elements, job->size), RF_ERROR_CLOSED);
    IS(rf_consumer_try_peek(job->consumer, &(rf_view){0}), RF_ERROR_CLOSED);
    free(elements);
    IS(rf_consumer_close(job->consumer), RF_OK);
}

typedef int32_t Create(size_t, size_t, const rf_options *, rf_producer *, rf_consumer *);

static const size_t SIZES[] = {1, 2, 3, 7, 8, 12, 16, 24, 64, 100, 128, 4095};

static void elements_of_every_size_go_through(Create *create, uint32_t memory) {
    rf_options options = {.struct_size = sizeof options, .memory = memory};
    for (size_t s = 0; s < sizeof SIZES / sizeof *SIZES; s++) {
        Job job = {.size = SIZES[s], .count = 200};
        IS(create(5, job.size, &options, &job.producer, &job.consumer), RF_OK);
        pthread_t writer = start(write_in_every_way, &job);
        read_in_every_way(&job);
        join(writer);
    }
}

static void elements_of_every_size_between_two_threads(void) {
    elements_of_every_size_go_through(rf_spsc_create, RF_MEMORY_AUTO);
}

static void elements_of_every_size_on_the_soft_mirror(void) {
    elements_of_every_size_go_through(rf_spsc_create, RF_MEMORY_SOFT);
}

static void elements_of_every_size_in_an_mpsc_ring(void) {
    elements_of_every_size_go_through(rf_mpsc_create, RF_MEMORY_AUTO);
}

/* Three words, so that an element that came apart would show. */
typedef struct {
    uint64_t from, number, sum;
} Message;

static void *send_messages(void *with) {
    Job *job = with;
    for (uint64_t i = 0; i < job->count; i++) {
        Message message = {job->from, i, job->from + i};
        if (i % 7 == 3) {
            rf_span span;
            IS(rf_producer_claim(job->producer, 2, RF_FOREVER, &span), RF_OK);
            IS(rf_producer_abort(job->producer), RF_OK);
        }
        IS(rf_producer_push(job->producer, &message, sizeof message, RF_FOREVER), RF_OK);
    }
    IS(rf_producer_close(job->producer), RF_OK);
    return NULL;
}

static void many_producers_keep_their_order(void) {
    enum { PRODUCERS = 3, COUNT = 2000 };
    Job jobs[PRODUCERS];
    rf_producer first;
    rf_consumer consumer;
    IS(rf_mpsc_create(16, sizeof(Message), NULL, &first, &consumer), RF_OK);
    pthread_t threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) {
        jobs[i] = (Job){.count = COUNT, .from = (uint64_t)i};
        IS(rf_producer_clone(first, &jobs[i].producer), RF_OK);
        threads[i] = start(send_messages, &jobs[i]);
    }
    IS(rf_producer_close(first), RF_OK);
    uint64_t next[PRODUCERS] = {0};
    Message message;
    int32_t code;
    while ((code = rf_consumer_pop(consumer, &message, sizeof message, RF_FOREVER)) == RF_OK) {
        CHECK(message.from < PRODUCERS && message.sum == message.from + message.number);
        CHECK(message.number == next[message.from]++);
    }
    IS(code, RF_ERROR_CLOSED);
    for (int i = 0; i < PRODUCERS; i++) {
        join(threads[i]);
        CHECK(next[i] == COUNT);
    }
    IS(rf_consumer_close(consumer), RF_OK);
}

static void a_span_and_a_view_are_one_run_of_memory_across_the_end(void) {
    rf_producer producer;
    rf_consumer consumer;
    IS(rf_spsc_create(4096, 1, NULL, &producer, &consumer), RF_OK);
    char bytes[4096] = {0};
    IS(rf_producer_try_push_slice(producer, bytes, 1, 4000, NULL), RF_OK);
    IS(rf_consumer_try_pop_slice(consumer, bytes, 1, 4000, NULL), RF_OK);
    rf_span span;
    IS(rf_producer_try_claim(producer, 4096, &span), RF_OK);
    for (size_t i = 0; i < span.count; i++) {
        ((unsigned char *)span.data)[i] = (unsigned char)(i % 251);
    }
    IS(rf_producer_commit(producer, 4096), RF_OK);
    rf_view view;
    IS(rf_consumer_try_peek(consumer, &view), RF_OK);
    CHECK(view.count == 4096);
    for (size_t i = 0; i < view.count; i++) {
        CHECK(((const unsigned char *)view.data)[i] == i % 251);
    }
    IS(rf_consumer_consume(consumer, 1), RF_OK);
    size_t len = 0;
    IS(rf_consumer_len(consumer, &len), RF_OK);
    CHECK(len == 4095);
    IS(rf_consumer_close(consumer), RF_OK);
    IS(rf_producer_close(producer), RF_OK);
}

static void full_empty_closed_and_late_are_told_apart(void) {
    rf_producer producer;
    rf_consumer consumer;
    IS(rf_spsc_create(2, 8, NULL, &producer, &consumer), RF_OK);
    uint64_t word = 1, words[4] = {0};
    size_t count = 99;
    rf_span span;
    rf_view view;
    IS(rf_consumer_try_pop(consumer, &word, 8), RF_ERROR_EMPTY);
    IS(rf_consumer_try_pop_slice(consumer, words, 8, 4, &count), RF_ERROR_EMPTY);
    CHECK(count == 0);
    IS(rf_consumer_try_peek(consumer, &view), RF_ERROR_EMPTY);
    IS(rf_consumer_pop(consumer, &word, 8, MILLISECOND), RF_ERROR_TIMEOUT);
    IS(rf_consumer_pop(consumer, &word, 8, 0), RF_ERROR_EMPTY);
    IS(rf_consumer_peek(consumer, 2, MILLISECOND, &view), RF_ERROR_TIMEOUT);
    IS(rf_consumer_peek(consumer, 3, MILLISECOND, &view), RF_ERROR_TOO_LARGE);
    IS(rf_producer_try_push_slice(producer, words, 8, 4, &count), RF_ERROR_FULL);
    CHECK(count == 2);
    IS(rf_producer_try_push(producer, &word, 8), RF_ERROR_FULL);
    IS(rf_producer_push(producer, &word, 8, MILLISECOND), RF_ERROR_TIMEOUT);
    IS(rf_producer_push_slice(producer, words, 8, 4, MILLISECOND, &count), RF_ERROR_TIMEOUT);
    CHECK(count == 0);
    IS(rf_producer_try_claim(producer, 1, &span), RF_ERROR_FULL);
    IS(rf_producer_claim(producer, 1, MILLISECOND, &span), RF_ERROR_TIMEOUT);
    IS(rf_producer_claim_up_to(producer, 1, MILLISECOND, &span), RF_ERROR_TIMEOUT);
    IS(rf_producer_claim(producer, 3, MILLISECOND, &span), RF_ERROR_TOO_LARGE);
    rf_stats stats = {.struct_size = sizeof stats};
    IS(rf_producer_stats(producer, &stats), RF_OK);
    CHECK(stats.pushed == 2 && stats.popped == 0 && stats.capacity == 2);
    CHECK(stats.times_full > 0 && stats.times_empty > 0 && stats.memory_bytes >= 16);
    int32_t is_closed = 99;
    IS(rf_producer_is_closed(producer, &is_closed), RF_OK);
    CHECK(is_closed == 0);
    IS(rf_consumer_close(consumer), RF_OK);
    IS(rf_producer_is_closed(producer, &is_closed), RF_OK);
    CHECK(is_closed == 1);
    IS(rf_producer_try_push(producer, &word, 8), RF_ERROR_CLOSED);
    IS(rf_producer_push(producer, &word, 8, RF_FOREVER), RF_ERROR_CLOSED);
    IS(rf_producer_try_claim(producer, 1, &span), RF_ERROR_CLOSED);
    IS(rf_producer_push_slice(producer, words, 8, 4, RF_FOREVER, &count), RF_ERROR_CLOSED);
    IS(rf_producer_close(producer), RF_OK);
}

static void *close_consumer_soon(void *with) {
    struct timespec soon = {0, 20 * MILLISECOND};
    nanosleep(&soon, NULL);
    IS(rf_consumer_close(*(rf_consumer *)with), RF_OK);
    return NULL;
}

static void closing_one_side_ends_the_wait_of_the_other(void) {
    rf_producer producer;
    rf_consumer consumer;
    IS(rf_spsc_create(1, 1, NULL, &producer, &consumer), RF_OK);
    IS(rf_producer_try_push(producer, "a", 1), RF_OK);
    pthread_t closer = start(close_consumer_soon, &consumer);
    IS(rf_producer_push(producer, "b", 1, RF_FOREVER), RF_ERROR_CLOSED);
    join(closer);
    IS(rf_producer_close(producer), RF_OK);
}

static void memory_that_cannot_be_had_is_explained(void) {
    char why[400] = "";
    rf_options options = {.struct_size = sizeof options, .message = why, .message_size = sizeof why};
    rf_producer producer;
    rf_consumer consumer;
    int32_t code = rf_spsc_create((size_t)1 << 50, 1, &options, &producer, &consumer);
    CHECK(code == RF_ERROR_MEMORY || code == RF_ERROR_INVALID);
    CHECK(strlen(why) > 20);
    options.message_size = 5;
    CHECK(rf_spsc_create((size_t)1 << 50, 1, &options, &producer, &consumer) == code);
    CHECK(strlen(why) == 4);
}

int main(void) {
    RUN(elements_of_every_size_between_two_threads);
    RUN(elements_of_every_size_on_the_soft_mirror);
    RUN(elements_of_every_size_in_an_mpsc_ring);
    RUN(many_producers_keep_their_order);
    RUN(a_span_and_a_view_are_one_run_of_memory_across_the_end);
    RUN(full_empty_closed_and_late_are_told_apart);
    RUN(closing_one_side_ends_the_wait_of_the_other);
    RUN(memory_that_cannot_be_had_is_explained);
    return finish();
}
