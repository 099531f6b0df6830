/* A pipe of bytes between two threads. Prints what `cargo run -p ringfold-examples --bin byte_pipe` prints.
 *
 *     cc byte_pipe.c $(pkg-config --cflags --libs ringfold) -lpthread
 */
#include <inttypes.h>
#include <pthread.h>
#include <ringfold.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES = 1000003, CAPACITY = 65536 };

static void check(int32_t code, const char *what) {
    if (code != RF_OK) {
        fprintf(stderr, "%s: %s\n", what, rf_error_string(code));
        exit(1);
    }
}

/* Byte i of the stream. */
static unsigned char byte(size_t i) {
    return (unsigned char)((uint64_t)i * UINT64_C(0x9E3779B97F4A7C15) >> 56);
}

static void *write_all(void *with) {
    rf_producer producer = *(rf_producer *)with;
    for (size_t written = 0; written < BYTES;) {
        rf_span room; /* in place, as much as there is room for */
        check(rf_producer_claim_up_to(producer, BYTES - written, RF_FOREVER, &room), "claim");
        for (size_t i = 0; i < room.count; i++) {
            ((unsigned char *)room.data)[i] = byte(written + i);
        }
        check(rf_producer_commit(producer, room.count), "commit");
        written += room.count;
    }
    check(rf_producer_close(producer), "close");
    return NULL;
}

int main(void) {
    rf_producer producer;
    rf_consumer consumer;
    check(rf_spsc_create(CAPACITY, 1, NULL, &producer, &consumer), "create");
    pthread_t writer;
    if (pthread_create(&writer, NULL, write_all, &producer) != 0) {
        return 1;
    }
    size_t count = 0;
    uint64_t checksum = UINT64_C(0xCBF29CE484222325);
    rf_view bytes;
    int32_t code;
    while ((code = rf_consumer_peek(consumer, 1, RF_FOREVER, &bytes)) == RF_OK) {
        for (size_t i = 0; i < bytes.count; i++) {
            checksum = (checksum ^ ((const unsigned char *)bytes.data)[i]) * UINT64_C(0x100000001B3); /* FNV-1a */
        }
        count += bytes.count;
        check(rf_consumer_consume(consumer, bytes.count), "consume");
    }
    if (code != RF_ERROR_CLOSED) {
        check(code, "peek");
    }
    pthread_join(writer, NULL);
    check(rf_consumer_close(consumer), "close");
    if (count != BYTES) {
        fprintf(stderr, "%zu bytes came out, %d went in\n", count, BYTES);
        return 1;
    }
    printf("byte_pipe: %zu bytes through a ring of %d, checksum %016" PRIx64 "\n", count, CAPACITY, checksum);
    return 0;
}
