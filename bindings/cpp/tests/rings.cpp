// Rings and streams through ringfold.hpp.
#include <ringfold.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                               \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (0)

static int tests_run = 0;
#define RUN(test) (test(), std::printf("test %s ... ok\n", #test), tests_run++)

static_assert(std::is_move_constructible_v<ringfold::producer<int>> && !std::is_copy_constructible_v<ringfold::producer<int>>);
static_assert(std::is_move_assignable_v<ringfold::consumer<int>> && !std::is_copy_assignable_v<ringfold::consumer<int>>);
static_assert(!std::is_copy_constructible_v<ringfold::claim<int>> && !std::is_copy_constructible_v<ringfold::view<int>>);

struct Point {
    double x, y;
    int label;
};

static void structs_go_through_two_threads() {
    auto [producer, consumer] = ringfold::spsc<Point>(7).value();
    std::thread writer([producer = std::move(producer)]() mutable {
        for (int i = 0; i < 1000; i++) producer.push({i * 0.5, -i * 1.0, i}).value();
    });
    for (int i = 0; i < 1000; i++) {
        Point point = consumer.pop().value();
        CHECK(point.x == i * 0.5 && point.y == -i && point.label == i);
    }
    writer.join();
    CHECK(consumer.pop().code() == RF_ERROR_CLOSED);
}

static void claims_and_views_are_spans() {
    auto [producer, consumer] = ringfold::spsc<int>(1000).value();
    {
        auto claim = producer.try_claim(900).value();
        std::iota(claim.begin(), claim.end(), 0);
        CHECK(claim.commit(800));
    }
    {
        auto dropped = producer.try_claim(10).value();
        dropped[0] = -1;
    }
    auto view = consumer.try_peek().value();
    CHECK(view.size() == 800 && std::accumulate(view.begin(), view.end(), 0) == 800 * 799 / 2);
    CHECK(view.consume(801).code() == RF_ERROR_CLAIM);
    CHECK(view.consume(795));
    std::array<int, 10> rest{};
    CHECK(consumer.pop_slice(rest).count == 5 && rest[4] == 799);
    CHECK(producer.claim(1001, 1ms).code() == RF_ERROR_TOO_LARGE);
    CHECK(producer.claim_up_to(5000)->size() == 1000);
}

static void many_producers() {
    auto [first, consumer] = ringfold::mpsc<std::uint64_t>(64).value();
    std::vector<std::thread> threads;
    for (std::uint64_t from = 0; from < 3; from++) {
        threads.emplace_back([producer = first.clone().value(), from]() mutable {
            for (std::uint64_t i = 0; i < 500; i++) producer.push(from * 1000 + i).value();
        });
    }
    first.close();
    std::uint64_t sum = 0, count = 0;
    while (auto number = consumer.pop()) sum += *number, count++;
    for (auto &thread : threads) thread.join();
    CHECK(count == 1500 && sum == 3 * (500 * 499 / 2) + 500 * (1000 + 2000));
}

static void errors_are_codes_or_exceptions() {
    auto [producer, consumer] = ringfold::spsc<char>(1).value();
    CHECK(consumer.try_pop().code() == RF_ERROR_EMPTY);
    CHECK(consumer.pop(1ms).code() == RF_ERROR_TIMEOUT);
    CHECK(producer.try_push('a') && producer.try_push('b').code() == RF_ERROR_FULL);
    auto refused = ringfold::spsc<char>(0);
    CHECK(!refused && refused.code() == RF_ERROR_INVALID && refused.message().size() > 20);
#if defined(__cpp_exceptions)
    try {
        producer.try_push('b').value();
        CHECK(false);
    } catch (const ringfold::error &error) {
        CHECK(error.code() == RF_ERROR_FULL);
    }
    try {
        (void)std::move(refused).value();
        CHECK(false);
    } catch (const ringfold::error &error) {
        CHECK(std::string(error.what()).find("at least 1") != std::string::npos);
    }
#endif
}

static void handles_move_and_close_themselves() {
    auto [producer, consumer] = ringfold::spsc<int>(4).value();
    auto moved = std::move(producer);
    CHECK(moved.push(1));
    CHECK(producer.try_push(1).code() == RF_ERROR_HANDLE);
    CHECK(producer.is_closed() && !moved.is_closed());
    { auto gone = std::move(consumer); }
    CHECK(moved.is_closed() && moved.try_push(2).code() == RF_ERROR_CLOSED);
    auto other = ringfold::spsc<int>(4).value();
    moved = std::move(other.first);
    CHECK(moved.push(3) && other.second.pop().value() == 3);
    CHECK(moved.stats()->pushed == 1);
}

static void a_claim_that_was_moved_is_committed_once() {
    auto [producer, consumer] = ringfold::spsc<int>(4).value();
    auto claim = producer.try_claim(2).value();
    auto moved = std::move(claim);
    moved[0] = 5;
    moved[1] = 6;
    CHECK(moved.commit());
    CHECK(moved.commit().code() == RF_ERROR_HANDLE);
    CHECK(consumer.len() == 2);
}

static void a_stream_of_bytes() {
    auto stream = ringfold::byte_stream::with_capacity(16).value();
    const std::array<std::byte, 20> bytes{std::byte{7}};
    CHECK(stream.write(bytes).count == 16);
    CHECK(stream.readable().size() == 16 && stream.readable()[0] == std::byte{7});
    CHECK(stream.consume(10) && stream.writable().size() == 10);
    stream.writable()[0] = std::byte{9};
    CHECK(stream.produce(1) && stream.readable()[6] == std::byte{9});
    stream.end();
    std::array<std::byte, 20> target{};
    CHECK(stream.read(target).count == 7 && target[6] == std::byte{9});
    CHECK(stream.read(target).code == RF_ERROR_CLOSED && stream.has_ended());
}

static void every_reader_sees_every_event() {
    auto ring = ringfold::broadcaster<Point>::with_capacity(8).value();
    auto first = ring.join().value();
    auto second = ring.join_after(first).value();
    auto read = [](ringfold::reader<Point> &reader) {
        int next = 0;
        while (auto batch = reader.peek()) {
            for (const Point &point : *batch) CHECK(point.label == next++);
            CHECK(batch->release());
        }
        CHECK(next == 1000);
    };
    std::thread one(read, std::ref(first)), two(read, std::ref(second));
    for (int i = 0; i < 1000; i += 4) {
        ring.publish({0, 0, i}).value();
        auto claim = ring.claim(3).value();
        for (int j = 0; j < 3; j++) claim[j] = {0, 0, i + 1 + j};
        CHECK(claim.commit());
    }
    CHECK(ring.stats()->pushed == 1000);
    ring.close();
    one.join();
    two.join();
    CHECK(second.stats()->sequence == 1000 && first.peek().code() == RF_ERROR_CLOSED);
}

static void lossy_readers_are_told() {
    ringfold::options options;
    options.flags = RF_LOSSY;
    auto ring = ringfold::broadcaster<std::uint64_t>::with_capacity(8, options).value();
    auto reader = ring.join_lossy().value();
    CHECK(reader.try_recv().code() == RF_ERROR_EMPTY);
    for (std::uint64_t i = 0; i < 50; i++) CHECK(ring.try_publish(i));
    std::uint64_t missed = 0;
    CHECK(reader.recv(&missed).code() == RF_ERROR_LAGGED && missed >= 42);
    CHECK(reader.recv().value() == missed);
}

static void payloads_are_shared() {
    auto pool = ringfold::pool::with_options().value();
    auto [outbox, inbox] = ringfold::spsc<rf_event>(4).value();
    std::thread actor([inbox = std::move(inbox)]() mutable {
        for (std::uint32_t i = 0; i < 100; i++) {
            ringfold::event event(inbox.pop().value());
            CHECK(event.tag() == i && event.bytes().size() == i + 1 && event.bytes()[i] == std::byte(i));
        }
    });
    for (std::uint32_t i = 0; i < 100; i++) {
        auto draft = pool.draft(200).value();
        for (auto &byte : draft) byte = std::byte(i);
        CHECK(draft.share(201).code() == RF_ERROR_CLAIM);
        auto event = draft.share(i + 1, i).value();
        outbox.push(event.clone().value().release()).value();
    }
    actor.join();
    CHECK(pool.stats()->in_use == 0 && pool.stats()->allocated >= 100);
    const std::array<std::byte, 3> bytes{};
    auto event = pool.try_alloc(bytes, 9).value();
    CHECK(pool.stats()->in_use == 1 && event.tag() == 9);
}

int main() {
    RUN(structs_go_through_two_threads);
    RUN(claims_and_views_are_spans);
    RUN(many_producers);
    RUN(errors_are_codes_or_exceptions);
    RUN(handles_move_and_close_themselves);
    RUN(a_claim_that_was_moved_is_committed_once);
    RUN(a_stream_of_bytes);
    RUN(every_reader_sees_every_event);
    RUN(lossy_readers_are_told);
    RUN(payloads_are_shared);
    std::printf("test result: ok. %d passed; 0 failed; 0 ignored\n", tests_run);
}
