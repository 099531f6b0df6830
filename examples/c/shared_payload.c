/* Payloads that are copied once into a pool and shared by three actors, each with a ring of its own. Prints what
 * `cargo run -p ringfold-examples --bin shared_payload` prints. */
#include <inttypes.h>
#include <pthread.h>
#include <ringfold.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAYLOADS = 5000, LONGEST = 1000, ACTORS = 3 };

typedef uint64_t Step(uint64_t result, const unsigned char *bytes, size_t size, uint32_t tag);

typedef struct {
    rf_producer outbox;
    rf_consumer inbox;
    Step *step;
    uint64_t result;
} Actor;

static void check(int32_t code, const char *what) {
    if (code != RF_OK) {
        fprintf(stderr, "%s: %s\n", what, rf_error_string(code));
        exit(1);
    }
}

static uint64_t count_bytes(uint64_t result, const unsigned char *bytes, size_t size, uint32_t tag) {
    (void)bytes, (void)tag;
    return result + size;
}

static uint64_t count_fives(uint64_t result, const unsigned char *bytes, size_t size, uint32_t tag) {
    (void)tag;
    for (size_t i = 0; i < size; i++) {
        result += bytes[i] == 5;
    }
    return result;
}

static uint64_t count_in_order(uint64_t result, const unsigned char *bytes, size_t size, uint32_t tag) {
    (void)bytes, (void)size;
    return result + (tag == result);
}

/* Folds all payloads that come in. */
static void *act(void *with) {
    Actor *actor = with;
    rf_event event;
    int32_t code;
    while ((code = rf_consumer_pop(actor->inbox, &event, sizeof event, RF_FOREVER)) == RF_OK) {
        rf_view bytes;
        uint32_t tag;
        check(rf_event_read(event, &bytes, &tag), "read");
        actor->result = actor->step(actor->result, bytes.data, bytes.count, tag);
        check(rf_event_close(event), "close");
    }
    if (code != RF_ERROR_CLOSED) {
        check(code, "pop");
    }
    check(rf_consumer_close(actor->inbox), "close");
    return NULL;
}

/* The payload of this number. */
static size_t fill(unsigned char *bytes, uint32_t number) {
    size_t length = (size_t)number * 37 % LONGEST + 1;
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)(number + i);
    }
    return length;
}

int main(void) {
    rf_pool pool;
    check(rf_pool_create(NULL, &pool), "pool");
    Actor actors[ACTORS] = {{.step = count_bytes}, {.step = count_fives}, {.step = count_in_order}};
    pthread_t threads[ACTORS];
    for (int i = 0; i < ACTORS; i++) {
        /* A reference is 8 bytes, so a ring carries it like any number. */
        check(rf_spsc_create(64, sizeof(rf_event), NULL, &actors[i].outbox, &actors[i].inbox), "ring");
        if (pthread_create(&threads[i], NULL, act, &actors[i]) != 0) {
            return 1;
        }
    }
    for (uint32_t number = 0; number < PAYLOADS; number++) {
        unsigned char bytes[LONGEST];
        size_t size = fill(bytes, number);
        rf_event event;
        check(rf_pool_alloc(pool, bytes, size, number, RF_FOREVER, &event), "alloc"); /* the only copy */
        for (int i = 0; i < ACTORS; i++) {
            rf_event shared;
            check(rf_event_clone(event, &shared), "clone");
            check(rf_producer_push(actors[i].outbox, &shared, sizeof shared, RF_FOREVER), "push");
        }
        check(rf_event_close(event), "close");
    }
    for (int i = 0; i < ACTORS; i++) {
        check(rf_producer_close(actors[i].outbox), "close");
    }
    for (int i = 0; i < ACTORS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("shared_payload: %" PRIu64 " bytes stored\n", actors[0].result);
    printf("shared_payload: %" PRIu64 " bytes of value 5 found\n", actors[1].result);
    printf("shared_payload: %" PRIu64 " payloads in order\n", actors[2].result);
    rf_pool_figures figures = {.struct_size = sizeof figures};
    check(rf_pool_stats(pool, &figures), "stats");
    check(rf_pool_close(pool), "close");
    if (figures.in_use != 0) {
        fprintf(stderr, "a payload was not freed\n");
        return 1;
    }
    return 0;
}
