/* One broadcaster, many readers. */
#include "check.h"

enum { COUNT = 3000 };

/* Without padding: valgrind keeps its books per address, and would find the padding of one lap in the fields of another, which lie
 * at the same place in the other half of the mirror. */
typedef struct {
    uint64_t number, twice, thrice;
} Event;

static Event made(uint64_t number) {
    return (Event){number, number * 2, number * 3};
}

static int is_right(const Event *event, uint64_t number) {
    return event->number == number && event->twice == number * 2 && event->thrice == number * 3;
}

static void *read_all(void *with) {
    rf_reader reader = *(rf_reader *)with;
    uint64_t next = 0;
    rf_view view;
    int32_t code;
    while ((code = rf_reader_peek(reader, RF_FOREVER, &view)) == RF_OK) {
        const Event *events = view.data;
        size_t seen = view.count > 5 && next % 2 ? view.count - 2 : view.count;
        for (size_t i = 0; i < seen; i++) {
            CHECK(is_right(&events[i], next++));
        }
        IS(rf_reader_release(reader, seen), RF_OK);
    }
    IS(code, RF_ERROR_CLOSED);
    IS(rf_reader_try_peek(reader, &view), RF_ERROR_CLOSED);
    CHECK(next == COUNT);
    IS(rf_reader_close(reader), RF_OK);
    return NULL;
}

static void every_reader_sees_every_event(void) {
    rf_broadcaster broadcaster;
    rf_reader readers[3];
    pthread_t threads[3];
    IS(rf_broadcast_create(50, sizeof(Event), NULL, &broadcaster), RF_OK);
    IS(rf_reader_join(broadcaster, NULL, 0, &readers[0]), RF_OK);
    IS(rf_reader_join(broadcaster, NULL, 0, &readers[1]), RF_OK);
    IS(rf_reader_join(broadcaster, readers, 2, &readers[2]), RF_OK);
    for (int i = 0; i < 3; i++) {
        threads[i] = start(read_all, &readers[i]);
    }
    for (uint64_t next = 0; next < COUNT;) {
        if (next % 2) {
            Event event = made(next++);
            IS(rf_broadcaster_publish(broadcaster, &event, sizeof event, RF_FOREVER), RF_OK);
            continue;
        }
        rf_span span;
        size_t count = COUNT - next < 7 ? (size_t)(COUNT - next) : 7;
        IS(rf_broadcaster_claim(broadcaster, count, RF_FOREVER, &span), RF_OK);
        for (size_t i = 0; i < count; i++) {
            ((Event *)span.data)[i] = made(next + i);
        }
        IS(rf_broadcaster_commit(broadcaster, count), RF_OK);
        next += count;
    }
    rf_stats stats = {.struct_size = sizeof stats};
    IS(rf_broadcaster_stats(broadcaster, &stats), RF_OK);
    CHECK(stats.pushed == COUNT && stats.capacity == 50);
    IS(rf_broadcaster_close(broadcaster), RF_OK);
    for (int i = 0; i < 3; i++) {
        join(threads[i]);
    }
}

static void *read_lossily(void *with) {
    rf_lossy_reader reader = *(rf_lossy_reader *)with;
    uint64_t next = 0, lost = 0, missed;
    Event event;
    int32_t code;
    for (;;) {
        missed = 0;
        code = rf_lossy_reader_recv(reader, &event, sizeof event, RF_FOREVER, &missed);
        if (code == RF_ERROR_LAGGED) {
            CHECK(missed > 0);
            lost += missed;
            next += missed;
            continue;
        }
        if (code == RF_ERROR_CLOSED) {
            break;
        }
        IS(code, RF_OK);
        CHECK(is_right(&event, next++));
    }
    CHECK(next == 20 * COUNT);
    IS(rf_lossy_reader_close(reader), RF_OK);
    return NULL;
}

static void lossy_readers_are_told_what_they_missed(void) {
    rf_broadcaster broadcaster;
    rf_lossy_reader reader;
    rf_options options = {.struct_size = sizeof options, .flags = RF_LOSSY};
    IS(rf_broadcast_create(16, sizeof(Event), &options, &broadcaster), RF_OK);
    IS(rf_lossy_reader_join(broadcaster, &reader), RF_OK);
    pthread_t thread = start(read_lossily, &reader);
    for (uint64_t next = 0; next < 20 * COUNT; next++) {
        Event event = made(next);
        IS(rf_broadcaster_publish(broadcaster, &event, sizeof event, RF_FOREVER), RF_OK);
    }
    IS(rf_broadcaster_close(broadcaster), RF_OK);
    join(thread);
}

static void a_lap_behind_is_missed_exactly(void) {
    rf_broadcaster broadcaster;
    rf_lossy_reader reader;
    rf_options options = {.struct_size = sizeof options, .flags = RF_LOSSY};
    IS(rf_broadcast_create(16, sizeof(Event), &options, &broadcaster), RF_OK);
    IS(rf_lossy_reader_join(broadcaster, &reader), RF_OK);
    Event event;
    uint64_t missed = 0;
    IS(rf_lossy_reader_try_recv(reader, &event, sizeof event, &missed), RF_ERROR_EMPTY);
    IS(rf_lossy_reader_recv(reader, &event, sizeof event, MILLISECOND, &missed), RF_ERROR_TIMEOUT);
    for (uint64_t next = 0; next < 100; next++) {
        event = made(next);
        IS(rf_broadcaster_try_publish(broadcaster, &event, sizeof event), RF_OK);
    }
    IS(rf_lossy_reader_try_recv(reader, &event, sizeof event, &missed), RF_ERROR_LAGGED);
    CHECK(missed >= 84 && missed < 100);
    IS(rf_lossy_reader_try_recv(reader, &event, sizeof event, NULL), RF_OK);
    CHECK(is_right(&event, missed));
    IS(rf_lossy_reader_close(reader), RF_OK);
    IS(rf_broadcaster_close(broadcaster), RF_OK);
}

static void readers_gate_and_leave(void) {
    rf_broadcaster broadcaster;
    rf_reader first, second;
    rf_span span;
    rf_view view;
    uint64_t word = 7;
    IS(rf_broadcast_create(2, 8, NULL, &broadcaster), RF_OK);
    IS(rf_reader_join(broadcaster, NULL, 0, &first), RF_OK);
    IS(rf_reader_join(broadcaster, &first, 1, &second), RF_OK);
    IS(rf_reader_try_peek(first, &view), RF_ERROR_EMPTY);
    IS(rf_reader_peek(first, MILLISECOND, &view), RF_ERROR_TIMEOUT);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_OK);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_OK);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_ERROR_FULL);
    IS(rf_broadcaster_publish(broadcaster, &word, 8, MILLISECOND), RF_ERROR_TIMEOUT);
    IS(rf_broadcaster_try_claim(broadcaster, 1, &span), RF_ERROR_FULL);
    IS(rf_broadcaster_claim(broadcaster, 1, MILLISECOND, &span), RF_ERROR_TIMEOUT);
    /* The second comes after the first. */
    IS(rf_reader_try_peek(second, &view), RF_ERROR_EMPTY);
    IS(rf_reader_try_peek(first, &view), RF_OK);
    CHECK(view.count == 2);
    IS(rf_reader_release(first, 1), RF_OK);
    IS(rf_reader_try_peek(second, &view), RF_OK);
    CHECK(view.count == 1);
    rf_reader_figures stats = {.struct_size = sizeof stats};
    IS(rf_reader_stats(second, &stats), RF_OK);
    CHECK(stats.lag == 2 && stats.pressure == 1.0f && stats.is_closed == 0);
    IS(rf_reader_close(second), RF_OK);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_OK);
    IS(rf_reader_close(first), RF_OK);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_ERROR_CLOSED);
    IS(rf_broadcaster_close(broadcaster), RF_OK);
}

static void mistakes_are_codes(void) {
    rf_broadcaster broadcaster, other;
    rf_reader reader, foreign;
    rf_lossy_reader lossy;
    rf_span span;
    rf_view view;
    uint64_t word = 7;
    IS(rf_broadcast_create(4, 8, NULL, NULL), RF_ERROR_NULL);
    IS(rf_broadcast_create(0, 8, NULL, &broadcaster), RF_ERROR_INVALID);
    IS(rf_broadcast_create(4, 0, NULL, &broadcaster), RF_ERROR_INVALID);
    IS(rf_broadcast_create(4, 8, NULL, &broadcaster), RF_OK);
    IS(rf_broadcast_create(4, 8, NULL, &other), RF_OK);
    IS(rf_reader_join(other, NULL, 0, &foreign), RF_OK);
    IS(rf_reader_join(broadcaster, &foreign, 1, &reader), RF_ERROR_INVALID);
    IS(rf_reader_join(broadcaster, NULL, 1, &reader), RF_ERROR_NULL);
    IS(rf_reader_join(broadcaster, NULL, 0, NULL), RF_ERROR_NULL);
    IS(rf_lossy_reader_join(broadcaster, &lossy), RF_ERROR_UNSUPPORTED);
    IS(rf_reader_join(broadcaster, NULL, 0, &reader), RF_OK);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 4), RF_ERROR_ELEMENT_SIZE);
    IS(rf_broadcaster_try_publish(broadcaster, NULL, 8), RF_ERROR_NULL);
    IS(rf_broadcaster_try_claim(broadcaster, 0, &span), RF_ERROR_INVALID);
    IS(rf_broadcaster_try_claim(broadcaster, 5, &span), RF_ERROR_TOO_LARGE);
    IS(rf_broadcaster_try_claim(broadcaster, 2, NULL), RF_ERROR_NULL);
    IS(rf_broadcaster_commit(broadcaster, 1), RF_ERROR_CLAIM);
    IS(rf_broadcaster_try_claim(broadcaster, 2, &span), RF_OK);
    IS(rf_broadcaster_commit(broadcaster, 3), RF_ERROR_CLAIM);
    IS(rf_broadcaster_commit(broadcaster, SIZE_MAX), RF_ERROR_CLAIM);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_ERROR_BUSY);
    IS(rf_reader_join(broadcaster, NULL, 0, &foreign), RF_ERROR_BUSY);
    memset(span.data, 0, 16);
    IS(rf_broadcaster_commit(broadcaster, 2), RF_OK);
    IS(rf_reader_release(reader, 1), RF_ERROR_CLAIM);
    IS(rf_reader_try_peek(reader, NULL), RF_ERROR_NULL);
    IS(rf_reader_try_peek(reader, &view), RF_OK);
    IS(rf_reader_release(reader, 3), RF_ERROR_CLAIM);
    IS(rf_reader_release(reader, 2), RF_OK);
    IS(rf_broadcaster_try_claim(broadcaster, 2, &span), RF_OK);
    IS(rf_broadcaster_close(broadcaster), RF_OK);
    IS(rf_broadcaster_close(broadcaster), RF_ERROR_HANDLE);
    IS(rf_broadcaster_try_publish(broadcaster, &word, 8), RF_ERROR_HANDLE);
    IS(rf_reader_close(reader), RF_OK);
    IS(rf_reader_close(reader), RF_ERROR_HANDLE);
    IS(rf_reader_try_peek(reader, &view), RF_ERROR_HANDLE);
    IS(rf_lossy_reader_close((rf_lossy_reader){0}), RF_ERROR_HANDLE);
    IS(rf_lossy_reader_try_recv((rf_lossy_reader){7}, &word, 8, NULL), RF_ERROR_HANDLE);
    IS(rf_broadcaster_close(other), RF_OK);
    IS(rf_reader_close(foreign), RF_OK);
}

int main(void) {
    RUN(every_reader_sees_every_event);
    RUN(lossy_readers_are_told_what_they_missed);
    RUN(a_lap_behind_is_missed_exactly);
    RUN(readers_gate_and_leave);
    RUN(mistakes_are_codes);
    return finish();
}
