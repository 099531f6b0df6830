// ringfold through C and C++ against boost::lockfree::spsc_queue, moodycamel's readerwriterqueue, and ringfold in Rust: numbers of 8 bytes
// from one thread to another, every one checked. ringfold waits as it does by default, the others are tried in a loop, as they have to be. Rounds are interleaved, in an order that rotates; ratios are of the same round.
//
//     cargo xtask bench-bindings cpp
#include <ringfold.hpp>

#include <boost/lockfree/spsc_queue.hpp>
#include <readerwriterqueue/readerwriterqueue.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
static void relax() { _mm_pause(); }
#else
static void relax() { std::this_thread::yield(); }
#endif

// The same work in Rust, crates/ringfold-c/examples/rust_twin.rs: how many numbers came out right.
extern "C" std::uint64_t rust_twin_items(std::size_t capacity, std::uint64_t items);
extern "C" std::uint64_t rust_twin_batches(std::size_t capacity, std::uint64_t items, std::size_t batch);
extern "C" std::uint64_t rust_twin_spans(std::size_t capacity, std::uint64_t items, std::size_t batch);

using number = std::uint64_t;
constexpr std::size_t batch = 256;

static void require(bool is_right, const char *who) {
    if (is_right) return;
    std::fprintf(stderr, "%s: a number came out wrong\n", who);
    std::exit(1);
}

static void require(int32_t code) {
    if (code == RF_OK) return;
    std::fprintf(stderr, "%s\n", rf_error_string(code));
    std::exit(1);
}

// Runs both sides and returns the seconds from start to end.
template <class Write, class Read>
static double measure(Write write, Read read) {
    auto start = std::chrono::steady_clock::now();
    std::thread writer(write);
    read();
    writer.join();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Writes numbers into `slots`, from `next` on.
static void fill(number *slots, std::size_t count, number next) {
    for (std::size_t i = 0; i < count; i++) slots[i] = next + i;
}

// How many are not as `fill` made them.
static std::size_t wrong(const number *slots, std::size_t count, number next) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < count; i++) wrong += slots[i] != next + i;
    return wrong;
}

// Pushes batches by `push(numbers, count) -> how many`, and pops them by `pop(target, count) -> how many`; either may wait, or return 0.
template <class Push, class Pop>
static double batches(std::uint64_t items, Push push, Pop pop) {
    auto write = [&] {
        std::vector<number> numbers(batch);
        for (number next = 0; next < items;) {
            std::size_t count = std::min<std::uint64_t>(batch, items - next), at = 0;
            fill(numbers.data(), count, next);
            while (at < count) {
                std::size_t pushed = push(numbers.data() + at, count - at);
                if (pushed == 0) relax();
                at += pushed;
            }
            next += count;
        }
    };
    auto read = [&] {
        std::vector<number> numbers(batch);
        std::size_t bad = 0;
        for (number next = 0; next < items;) {
            std::size_t count = pop(numbers.data(), batch);
            if (count == 0) relax();
            bad += wrong(numbers.data(), count, next);
            next += count;
        }
        require(bad == 0, "batches");
    };
    return measure(write, read);
}

struct c_ring {
    rf_producer producer;
    rf_consumer consumer;
    c_ring(std::size_t capacity) { require(rf_spsc_create(capacity, sizeof(number), nullptr, &producer, &consumer)); }
    ~c_ring() {
        rf_producer_close(producer);
        rf_consumer_close(consumer);
    }
};

static double c_items(std::size_t capacity, std::uint64_t items) {
    c_ring ring(capacity);
    auto write = [&] {
        for (number i = 0; i < items; i++) require(rf_producer_push(ring.producer, &i, sizeof i, RF_FOREVER));
    };
    auto read = [&] {
        number got = 0;
        std::size_t bad = 0;
        for (number i = 0; i < items; i++) {
            require(rf_consumer_pop(ring.consumer, &got, sizeof got, RF_FOREVER));
            bad += got != i;
        }
        require(bad == 0, "C items");
    };
    return measure(write, read);
}

static double cpp_items(std::size_t capacity, std::uint64_t items) {
    auto [producer, consumer] = ringfold::spsc<number>(capacity).value();
    auto &writing = producer;
    auto &reading = consumer;
    auto write = [&] {
        for (number i = 0; i < items; i++) writing.push(i).value();
    };
    auto read = [&] {
        std::size_t bad = 0;
        for (number i = 0; i < items; i++) bad += reading.pop().value() != i;
        require(bad == 0, "C++ items");
    };
    return measure(write, read);
}

static double boost_items(std::size_t capacity, std::uint64_t items) {
    boost::lockfree::spsc_queue<number> queue(capacity);
    auto write = [&] {
        for (number i = 0; i < items; i++) {
            while (!queue.push(i)) relax();
        }
    };
    auto read = [&] {
        number got = 0;
        std::size_t bad = 0;
        for (number i = 0; i < items; i++) {
            while (!queue.pop(got)) relax();
            bad += got != i;
        }
        require(bad == 0, "boost items");
    };
    return measure(write, read);
}

static double moodycamel_items(std::size_t capacity, std::uint64_t items) {
    moodycamel::ReaderWriterQueue<number> queue(capacity);
    auto write = [&] {
        for (number i = 0; i < items; i++) {
            while (!queue.try_enqueue(i)) relax();
        }
    };
    auto read = [&] {
        number got = 0;
        std::size_t bad = 0;
        for (number i = 0; i < items; i++) {
            while (!queue.try_dequeue(got)) relax();
            bad += got != i;
        }
        require(bad == 0, "moodycamel items");
    };
    return measure(write, read);
}

static double c_batches(std::size_t capacity, std::uint64_t items) {
    c_ring ring(capacity);
    auto push = [&](const number *numbers, std::size_t count) {
        std::size_t pushed = 0;
        rf_producer_push_slice(ring.producer, numbers, sizeof(number), count, RF_FOREVER, &pushed);
        return pushed;
    };
    auto pop = [&](number *numbers, std::size_t count) {
        std::size_t popped = 0;
        rf_consumer_pop_slice(ring.consumer, numbers, sizeof(number), count, RF_FOREVER, &popped);
        return popped;
    };
    return batches(items, push, pop);
}

static double cpp_batches(std::size_t capacity, std::uint64_t items) {
    auto [producer, consumer] = ringfold::spsc<number>(capacity).value();
    auto &writing = producer;
    auto &reading = consumer;
    auto push = [&](const number *numbers, std::size_t count) { return writing.push_slice({numbers, count}).count; };
    auto pop = [&](number *numbers, std::size_t count) { return reading.pop_slice({numbers, count}).count; };
    return batches(items, push, pop);
}

static double boost_batches(std::size_t capacity, std::uint64_t items) {
    boost::lockfree::spsc_queue<number> queue(capacity);
    auto push = [&](const number *numbers, std::size_t count) { return queue.push(numbers, count); };
    auto pop = [&](number *numbers, std::size_t count) { return queue.pop(numbers, count); };
    return batches(items, push, pop);
}

static double c_spans(std::size_t capacity, std::uint64_t items) {
    c_ring ring(capacity);
    auto write = [&] {
        for (number next = 0; next < items;) {
            std::size_t count = std::min<std::uint64_t>(batch, items - next);
            rf_span span;
            require(rf_producer_claim(ring.producer, count, RF_FOREVER, &span));
            fill(static_cast<number *>(span.data), count, next);
            rf_producer_commit(ring.producer, count);
            next += count;
        }
    };
    auto read = [&] {
        std::size_t bad = 0;
        for (number next = 0; next < items;) {
            rf_view view;
            require(rf_consumer_peek(ring.consumer, 1, RF_FOREVER, &view));
            bad += wrong(static_cast<const number *>(view.data), view.count, next);
            next += view.count;
            rf_consumer_consume(ring.consumer, view.count);
        }
        require(bad == 0, "C spans");
    };
    return measure(write, read);
}

static double cpp_spans(std::size_t capacity, std::uint64_t items) {
    auto [producer, consumer] = ringfold::spsc<number>(capacity).value();
    auto &writing = producer;
    auto &reading = consumer;
    auto write = [&] {
        for (number next = 0; next < items;) {
            auto claim = writing.claim(std::min<std::uint64_t>(batch, items - next)).value();
            fill(claim.data(), claim.size(), next);
            next += claim.size();
            claim.commit().value();
        }
    };
    auto read = [&] {
        std::size_t bad = 0;
        for (number next = 0; next < items;) {
            auto view = reading.peek().value();
            bad += wrong(view.data(), view.size(), next);
            next += view.size();
            view.consume().value();
        }
        require(bad == 0, "C++ spans");
    };
    return measure(write, read);
}

static double rust(std::uint64_t items, std::uint64_t right, std::chrono::steady_clock::time_point start) {
    require(right == items, "Rust");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct contender {
    const char *name;
    std::function<double(std::size_t, std::uint64_t)> run;
    std::uint64_t items;
    std::vector<double> rates = {}; // numbers a second, one a round
};

static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// The ratio of two contenders, round by round: median, smallest, largest.
static std::string ratio(const contender &ours, const contender &theirs) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.rates.size(); i++) ratios.push_back(ours.rates[i] / theirs.rates[i]);
    char text[80];
    std::snprintf(text, sizeof text, "%.2f (%.2f..%.2f)", median(ratios), *std::min_element(ratios.begin(), ratios.end()),
                  *std::max_element(ratios.begin(), ratios.end()));
    return text;
}

static void report(const std::vector<contender> &all, std::size_t capacity) {
    auto find = [&](const char *name) -> const contender & {
        for (auto &each : all) {
            if (std::strcmp(each.name, name) == 0) return each;
        }
        std::abort();
    };
    std::printf("\n%zu slots of 8 bytes, %zu rounds: median of million numbers a second\n\n", capacity, all[0].rates.size());
    for (auto &each : all) std::printf("  %-28s %8.1f\n", each.name, median(each.rates) / 1e6);
    std::printf("\n| %zu slots | ratio, median (min..max) |\n|---|---|\n", capacity);
    const char *pairs[][2] = {
        {"C, item by item", "boost, item by item"},     {"C, item by item", "moodycamel, item by item"},
        {"C++, item by item", "boost, item by item"},   {"C++, item by item", "moodycamel, item by item"},
        {"C, item by item", "Rust, item by item"},      {"C, batches of 256", "Rust, batches of 256"},
        {"C++, batches of 256", "Rust, batches of 256"}, {"C, batches of 256", "boost, batches of 256"},
        {"C, spans of 256", "Rust, spans of 256"},      {"C++, spans of 256", "Rust, spans of 256"},
        {"C, spans of 256", "boost, item by item"},     {"C, spans of 256", "moodycamel, item by item"},
        {"C, spans of 256", "boost, batches of 256"},   {"C++, spans of 256", "boost, batches of 256"},
    };
    for (auto &[ours, theirs] : pairs) {
        std::printf("| %s ÷ %s | %s |\n", ours, theirs, ratio(find(ours), find(theirs)).c_str());
    }
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 9;
    for (std::size_t capacity : {std::size_t{1} << 10, std::size_t{1} << 16}) {
        constexpr std::uint64_t few = 1'000'000, many = 10'000'000;
        auto timed = [](auto twin) {
            return [twin](std::size_t capacity, std::uint64_t items) {
                auto start = std::chrono::steady_clock::now();
                return rust(items, twin(capacity, items), start);
            };
        };
        std::vector<contender> all = {
            {"C, item by item", c_items, few},
            {"C++, item by item", cpp_items, few},
            {"boost, item by item", boost_items, few},
            {"moodycamel, item by item", moodycamel_items, few},
            {"Rust, item by item", timed(rust_twin_items), few},
            {"C, batches of 256", c_batches, many},
            {"C++, batches of 256", cpp_batches, many},
            {"Rust, batches of 256", timed([](auto c, auto i) { return rust_twin_batches(c, i, batch); }), many},
            {"boost, batches of 256", boost_batches, many},
            {"C, spans of 256", c_spans, many},
            {"C++, spans of 256", cpp_spans, many},
            {"Rust, spans of 256", timed([](auto c, auto i) { return rust_twin_spans(c, i, batch); }), many},
        };
        for (auto &each : all) each.run(capacity, each.items / 10); // warm
        for (int round = 0; round < rounds; round++) {
            for (std::size_t i = 0; i < all.size(); i++) {
                auto &each = all[(i + round) % all.size()];
                each.rates.push_back(each.items / each.run(capacity, each.items));
            }
        }
        report(all, capacity);
    }
}
