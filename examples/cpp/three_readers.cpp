// One source of ticks, three readers that each see all of them. Prints what `cargo run -p ringfold-examples --bin three_readers` prints.
#include <ringfold.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <future>

constexpr std::uint64_t ticks_in_all = 100'000;

struct tick {
    std::uint64_t number, price;
};

// Folds all that the reader sees, on a thread of its own.
template <class Step>
static std::future<std::uint64_t> fold(ringfold::reader<tick> reader, Step step) {
    return std::async(std::launch::async, [reader = std::move(reader), step]() mutable {
        std::uint64_t result = 0;
        while (auto ticks = reader.peek()) {
            for (const tick &tick : *ticks) result = step(result, tick);
            ticks->release().value();
        }
        return result;
    });
}

int main() try {
    std::future<std::uint64_t> count, sum, highest; // destroyed after the broadcaster, whose end is theirs
    auto broadcaster = ringfold::broadcaster<tick>::with_capacity(1024).value();
    count = fold(broadcaster.join().value(), [](auto count, auto &tick) { return count + (tick.number == count); });
    sum = fold(broadcaster.join().value(), [](auto sum, auto &tick) { return sum + tick.price; });
    highest = fold(broadcaster.join().value(), [](auto highest, auto &tick) { return std::max(highest, tick.price); });
    for (std::uint64_t number = 0; number < ticks_in_all; number++) {
        broadcaster.publish({number, number * 7919 % 1'000'003}).value();
    }
    broadcaster.close();
    std::printf("three_readers: %" PRIu64 " ticks in order\n", count.get());
    std::printf("three_readers: sum of prices %" PRIu64 "\n", sum.get());
    std::printf("three_readers: highest price %" PRIu64 "\n", highest.get());
} catch (const ringfold::error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
