/* The layout that programs are compiled with: a change here breaks every one of them, so RF_ABI_VERSION must be raised with it. */
#include "check.h"

#include <stddef.h>

_Static_assert(sizeof(rf_producer) == 8 && sizeof(rf_consumer) == 8 && sizeof(rf_stream) == 8, "handles are 64 bits");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_span) == 16, "rf_span");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_view) == 16, "rf_view");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_options) == 48, "rf_options");
_Static_assert(sizeof(size_t) != 8 || offsetof(rf_options, message) == 32, "rf_options.message");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_stats) == 80, "rf_stats");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_reader_figures) == 56, "rf_reader_figures");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_pool_options) == 56, "rf_pool_options");
_Static_assert(sizeof(size_t) != 8 || sizeof(rf_pool_figures) == 80, "rf_pool_figures");
_Static_assert(offsetof(rf_stats, struct_size) == 0 && offsetof(rf_options, struct_size) == 0, "the size comes first");
_Static_assert(RF_OK == 0 && RF_ERROR_FULL == -1 && RF_ERROR_INTERNAL == -16, "codes keep their numbers");

static void the_library_is_the_one_of_the_header(void) {
    CHECK(rf_abi_version() == RF_ABI_VERSION);
    CHECK(strlen(rf_version_string()) >= strlen("0.1.0"));
}

static void every_code_has_words(void) {
    for (int32_t code = RF_ERROR_INTERNAL - 1; code <= 1; code++) {
        CHECK(strlen(rf_error_string(code)) > 5);
    }
}

int main(void) {
    RUN(the_library_is_the_one_of_the_header);
    RUN(every_code_has_words);
    return finish();
}
