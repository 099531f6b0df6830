/* One source of ticks, three readers that each see all of them. Prints what `cargo run -p ringfold-examples --bin three_readers` prints. */
#include <inttypes.h>
#include <pthread.h>
#include <ringfold.h>
#include <stdio.h>
#include <stdlib.h>

enum { TICKS = 100000, CAPACITY = 1024, READERS = 3 };

typedef struct {
    uint64_t number, price;
} Tick;

typedef uint64_t Step(uint64_t result, const Tick *tick);

typedef struct {
    rf_reader reader;
    Step *step;
    uint64_t result;
} Fold;

static void check(int32_t code, const char *what) {
    if (code != RF_OK) {
        fprintf(stderr, "%s: %s\n", what, rf_error_string(code));
        exit(1);
    }
}

static uint64_t count(uint64_t result, const Tick *tick) {
    return result + (tick->number == result);
}

static uint64_t sum(uint64_t result, const Tick *tick) {
    return result + tick->price;
}

static uint64_t highest(uint64_t result, const Tick *tick) {
    return tick->price > result ? tick->price : result;
}

/* Folds all that the reader sees. */
static void *fold(void *with) {
    Fold *fold = with;
    rf_view ticks;
    int32_t code;
    while ((code = rf_reader_peek(fold->reader, RF_FOREVER, &ticks)) == RF_OK) {
        for (size_t i = 0; i < ticks.count; i++) {
            fold->result = fold->step(fold->result, (const Tick *)ticks.data + i);
        }
        check(rf_reader_release(fold->reader, ticks.count), "release");
    }
    if (code != RF_ERROR_CLOSED) {
        check(code, "peek");
    }
    check(rf_reader_close(fold->reader), "close");
    return NULL;
}

int main(void) {
    rf_broadcaster broadcaster;
    check(rf_broadcast_create(CAPACITY, sizeof(Tick), NULL, &broadcaster), "create");
    Fold folds[READERS] = {{.step = count}, {.step = sum}, {.step = highest}};
    pthread_t threads[READERS];
    for (int i = 0; i < READERS; i++) {
        check(rf_reader_join(broadcaster, NULL, 0, &folds[i].reader), "join");
        if (pthread_create(&threads[i], NULL, fold, &folds[i]) != 0) {
            return 1;
        }
    }
    for (uint64_t number = 0; number < TICKS; number++) {
        Tick tick = {number, number * 7919 % 1000003};
        check(rf_broadcaster_publish(broadcaster, &tick, sizeof tick, RF_FOREVER), "publish");
    }
    check(rf_broadcaster_close(broadcaster), "close");
    for (int i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("three_readers: %" PRIu64 " ticks in order\n", folds[0].result);
    printf("three_readers: sum of prices %" PRIu64 "\n", folds[1].result);
    printf("three_readers: highest price %" PRIu64 "\n", folds[2].result);
    return 0;
}
