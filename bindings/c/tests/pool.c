/* Payloads in pooled slots. */
#include "check.h"

enum { PAYLOADS = 400, ACTORS = 3 };

static size_t length_of(uint32_t number) {
    return (size_t)number * 37 % 6000 + 1;
}

static int is_right(const unsigned char *bytes, size_t size, uint32_t number) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)(number + i)) {
            return 0;
        }
    }
    return size == length_of(number);
}

static void *act(void *with) {
    rf_consumer inbox = *(rf_consumer *)with;
    rf_event event;
    rf_view bytes;
    uint32_t number, next = 0;
    while (rf_consumer_pop(inbox, &event, sizeof event, RF_FOREVER) == RF_OK) {
        IS(rf_event_read(event, &bytes, &number), RF_OK);
        CHECK(number == next++ && is_right(bytes.data, bytes.count, number));
        IS(rf_event_close(event), RF_OK);
    }
    CHECK(next == PAYLOADS);
    IS(rf_consumer_close(inbox), RF_OK);
    return NULL;
}

static void payloads_are_shared_by_actors(void) {
    rf_pool pool;
    IS(rf_pool_create(NULL, &pool), RF_OK);
    rf_producer outboxes[ACTORS];
    rf_consumer inboxes[ACTORS];
    pthread_t threads[ACTORS];
    for (int i = 0; i < ACTORS; i++) {
        IS(rf_spsc_create(8, sizeof(rf_event), NULL, &outboxes[i], &inboxes[i]), RF_OK);
        threads[i] = start(act, &inboxes[i]);
    }
    static unsigned char bytes[6001];
    for (uint32_t number = 0; number < PAYLOADS; number++) {
        size_t size = length_of(number);
        rf_event event, copy;
        unsigned char *target = bytes;
        rf_draft draft;
        rf_span span;
        if (number % 2) {
            IS(rf_pool_draft(pool, size + 10, &draft, &span), RF_OK);
            CHECK(span.count == size + 10);
            target = span.data;
        }
        for (size_t i = 0; i < size; i++) {
            target[i] = (unsigned char)(number + i);
        }
        if (number % 2) {
            IS(rf_draft_share(draft, size + 11, number, &event), RF_ERROR_CLAIM);
            IS(rf_draft_share(draft, size, number, &event), RF_OK);
        } else {
            IS(rf_pool_alloc(pool, bytes, size, number, RF_FOREVER, &event), RF_OK);
        }
        for (int i = 0; i < ACTORS; i++) {
            IS(rf_event_clone(event, &copy), RF_OK);
            IS(rf_producer_push(outboxes[i], &copy, sizeof copy, RF_FOREVER), RF_OK);
        }
        IS(rf_event_close(event), RF_OK);
    }
    for (int i = 0; i < ACTORS; i++) {
        IS(rf_producer_close(outboxes[i]), RF_OK);
        join(threads[i]);
    }
    rf_pool_figures figures = {.struct_size = sizeof figures};
    IS(rf_pool_stats(pool, &figures), RF_OK);
    CHECK(figures.in_use == 0 && figures.allocated >= PAYLOADS && figures.health == 0 && figures.memory_bytes > 1000000);
    IS(rf_pool_close(pool), RF_OK);
}

static void weak_references_find_the_payload_or_nothing(void) {
    rf_pool pool;
    rf_event event, again;
    rf_weak_event weak;
    rf_view bytes;
    IS(rf_pool_create(&(rf_pool_options){.struct_size = sizeof(rf_pool_options), .profile = RF_POOL_MOBILE}, &pool), RF_OK);
    IS(rf_pool_try_alloc(pool, "hello", 5, 7, &event), RF_OK);
    IS(rf_event_downgrade(event, &weak), RF_OK);
    IS(rf_weak_event_upgrade(weak, &again), RF_OK);
    IS(rf_event_close(event), RF_OK);
    IS(rf_event_read(again, &bytes, NULL), RF_OK);
    CHECK(bytes.count == 5 && memcmp(bytes.data, "hello", 5) == 0);
    IS(rf_event_close(again), RF_OK);
    IS(rf_weak_event_upgrade(weak, &again), RF_ERROR_CLOSED);
    IS(rf_weak_event_close(weak), RF_OK);
    IS(rf_pool_close(pool), RF_OK);
}

static void a_payload_outlives_its_pool(void) {
    rf_pool pool;
    rf_event event;
    rf_view bytes;
    IS(rf_pool_create(NULL, &pool), RF_OK);
    IS(rf_pool_try_alloc(pool, "still", 5, 0, &event), RF_OK);
    IS(rf_pool_close(pool), RF_OK);
    IS(rf_event_read(event, &bytes, NULL), RF_OK);
    CHECK(memcmp(bytes.data, "still", 5) == 0);
    IS(rf_event_close(event), RF_OK);
}

static void mistakes_are_codes(void) {
    rf_pool_options options = {.struct_size = sizeof options, .profile = RF_POOL_CUSTOM, .when_exhausted = RF_EXHAUSTED_FAIL,
                               .capacities = {1, 0, 0, 0, 0}};
    rf_pool pool, another;
    rf_event event, other;
    rf_weak_event weak;
    rf_draft draft;
    rf_span span;
    IS(rf_pool_create(&options, NULL), RF_ERROR_NULL);
    IS(rf_pool_create(&options, &pool), RF_OK);
    IS(rf_pool_clone(pool, &another), RF_OK);
    IS(rf_pool_close(another), RF_OK);
    IS(rf_pool_try_alloc(pool, NULL, 1, 0, &event), RF_ERROR_NULL);
    IS(rf_pool_try_alloc(pool, "x", 1, 0, NULL), RF_ERROR_NULL);
    IS(rf_pool_try_alloc(pool, "x", 1, 0, &event), RF_OK);
    IS(rf_pool_try_alloc(pool, "y", 1, 0, &other), RF_ERROR_EXHAUSTED);
    IS(rf_pool_alloc(pool, "y", 1, 0, MILLISECOND, &other), RF_ERROR_EXHAUSTED);
    IS(rf_pool_draft(pool, 1, &draft, &span), RF_ERROR_EXHAUSTED);
    IS(rf_event_close(event), RF_OK);
    IS(rf_event_close(event), RF_ERROR_HANDLE);
    IS(rf_event_read(event, NULL, NULL), RF_ERROR_HANDLE);
    IS(rf_event_clone(event, &other), RF_ERROR_HANDLE);
    IS(rf_event_downgrade(event, &weak), RF_ERROR_HANDLE);
    IS(rf_pool_draft(pool, 4, &draft, &span), RF_OK);
    IS(rf_draft_close(draft), RF_OK);
    IS(rf_draft_close(draft), RF_ERROR_HANDLE);
    IS(rf_draft_share(draft, 0, 0, &event), RF_ERROR_HANDLE);
    IS(rf_weak_event_close((rf_weak_event){0}), RF_ERROR_HANDLE);
    IS(rf_pool_close(pool), RF_OK);
    IS(rf_pool_close(pool), RF_ERROR_HANDLE);
    IS(rf_pool_try_alloc(pool, "x", 1, 0, &event), RF_ERROR_HANDLE);
    options.profile = 9;
    IS(rf_pool_create(&options, &pool), RF_ERROR_INVALID);
    options = (rf_pool_options){.struct_size = 1};
    IS(rf_pool_create(&options, &pool), RF_ERROR_INVALID);
}

int main(void) {
    RUN(payloads_are_shared_by_actors);
    RUN(weak_references_find_the_payload_or_nothing);
    RUN(a_payload_outlives_its_pool);
    RUN(mistakes_are_codes);
    return finish();
}
