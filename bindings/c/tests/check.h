/* What the tests share: a check that says where it failed, and threads. */
#ifndef CHECK_H
#define CHECK_H

#include <pthread.h>
#include <ringfold.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                                    \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The code is the one that is expected. */
#define IS(code, expected)                                                                                             \
    do {                                                                                                               \
        int32_t code_ = (code);                                                                                        \
        if (code_ != (expected)) {                                                                                     \
            fprintf(stderr, "%s:%d: %s is %d (%s), expected %d\n", __FILE__, __LINE__, #code, (int)code_,              \
                    rf_error_string(code_), (int)(expected));                                                          \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

#define MILLISECOND 1000000

static inline pthread_t start(void *(*work)(void *), void *with) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, work, with) == 0);
    return thread;
}

static inline void join(pthread_t thread) {
    CHECK(pthread_join(thread, NULL) == 0);
}

/* Runs a test and says so, in the words of Rust's test runner. */
#define RUN(test)                                                                                                      \
    do {                                                                                                               \
        test();                                                                                                        \
        printf("test %s ... ok\n", #test);                                                                             \
        tests_run++;                                                                                                   \
    } while (0)

static int tests_run;

static inline int finish(void) {
    printf("test result: ok. %d passed; 0 failed; 0 ignored\n", tests_run);
    return 0;
}

#endif
