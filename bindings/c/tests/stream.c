/* One thread's stream of bytes. */
#include "check.h"

static void bytes_come_out_as_they_went_in(void) {
    rf_stream stream;
    IS(rf_stream_create(100, NULL, &stream), RF_OK);
    unsigned char in = 0, out = 0;
    for (int round = 0; round < 200; round++) {
        unsigned char chunk[60];
        size_t size = (size_t)(round * 7 % 60) + 1, written = 0, got = 0;
        for (size_t i = 0; i < size; i++) {
            chunk[i] = (unsigned char)(in + i);
        }
        int32_t code = rf_stream_write(stream, chunk, size, &written);
        CHECK((code == RF_OK && written > 0) || (code == RF_ERROR_FULL && written == 0));
        in = (unsigned char)(in + written);
        code = rf_stream_read(stream, chunk, 31, &got);
        CHECK((code == RF_OK && got > 0) || (code == RF_ERROR_EMPTY && got == 0));
        for (size_t i = 0; i < got; i++) {
            CHECK(chunk[i] == out++);
        }
    }
    IS(rf_stream_close(stream), RF_OK);
}

static void room_and_content_are_one_run_of_memory_each(void) {
    rf_stream stream;
    rf_span room;
    rf_view content;
    IS(rf_stream_create(4096, NULL, &stream), RF_OK);
    for (int lap = 0; lap < 3; lap++) {
        IS(rf_stream_writable(stream, &room), RF_OK);
        CHECK(room.count == 4096);
        memset(room.data, 'a' + lap, room.count);
        IS(rf_stream_produce(stream, 4096), RF_OK);
        IS(rf_stream_readable(stream, &content), RF_OK);
        CHECK(content.count == 4096 && ((const char *)content.data)[4095] == 'a' + lap);
        IS(rf_stream_consume(stream, 4000), RF_OK);
        size_t readable = 0, writable = 0;
        int32_t has_ended = 99;
        IS(rf_stream_state(stream, &readable, &writable, &has_ended), RF_OK);
        CHECK(readable == 96 && writable == 4000 && has_ended == 0);
        IS(rf_stream_consume(stream, 96), RF_OK);
    }
    IS(rf_stream_close(stream), RF_OK);
}

static void the_end_comes_after_what_is_left(void) {
    rf_stream stream;
    char byte;
    IS(rf_stream_create(2, NULL, &stream), RF_OK);
    IS(rf_stream_read(stream, &byte, 1, NULL), RF_ERROR_EMPTY);
    IS(rf_stream_write(stream, "xy", 2, NULL), RF_OK);
    IS(rf_stream_write(stream, "z", 1, NULL), RF_ERROR_FULL);
    IS(rf_stream_end(stream), RF_OK);
    IS(rf_stream_write(stream, "z", 1, NULL), RF_ERROR_CLOSED);
    IS(rf_stream_read(stream, &byte, 1, NULL), RF_OK);
    IS(rf_stream_read(stream, &byte, 1, NULL), RF_OK);
    CHECK(byte == 'y');
    IS(rf_stream_read(stream, &byte, 1, NULL), RF_ERROR_CLOSED);
    IS(rf_stream_close(stream), RF_OK);
}

int main(void) {
    RUN(bytes_come_out_as_they_went_in);
    RUN(room_and_content_are_one_run_of_memory_each);
    RUN(the_end_comes_after_what_is_left);
    return finish();
}
