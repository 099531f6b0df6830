// Payloads that are copied once into a pool and shared by three actors, each with a ring of its own. Prints what
// `cargo run -p ringfold-examples --bin shared_payload` prints.
#include <ringfold.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <future>
#include <vector>

// The payload of this number, written in place.
static void fill(ringfold::span<std::byte> bytes, std::uint32_t number) {
    for (std::size_t i = 0; i < bytes.size(); i++) bytes[i] = std::byte(number + i);
}

// A thread that folds all payloads that come in, and the ring that leads to it.
struct actor {
    std::future<std::uint64_t> result;
    ringfold::producer<rf_event> outbox; // destroyed first, which ends the thread

    template <class Step>
    static actor start(Step step) {
        auto [outbox, inbox] = ringfold::spsc<rf_event>(64).value();
        auto act = [inbox = std::move(inbox), step]() mutable {
            std::uint64_t result = 0;
            while (auto handle = inbox.pop()) result = step(result, ringfold::event(*handle));
            return result;
        };
        return {std::async(std::launch::async, std::move(act)), std::move(outbox)};
    }
};

int main() try {
    using event = ringfold::event;
    auto pool = ringfold::pool::with_options().value();
    std::vector<actor> actors;
    actors.push_back(actor::start([](std::uint64_t bytes, const event &event) { return bytes + event.bytes().size(); }));
    actors.push_back(actor::start([](std::uint64_t fives, const event &event) {
        auto bytes = event.bytes();
        return fives + static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), std::byte{5}));
    }));
    actors.push_back(actor::start([](std::uint64_t next, const event &event) { return next + (event.tag() == next); }));
    for (std::uint32_t number = 0; number < 5000; number++) {
        auto draft = pool.draft(std::size_t{number} * 37 % 1000 + 1).value();
        fill(draft, number);
        event event = draft.share(draft.size(), number).value();
        for (auto &actor : actors) actor.outbox.push(event.clone().value().release()).value();
    }
    for (auto &actor : actors) actor.outbox.close();
    std::printf("shared_payload: %" PRIu64 " bytes stored\n", actors[0].result.get());
    std::printf("shared_payload: %" PRIu64 " bytes of value 5 found\n", actors[1].result.get());
    std::printf("shared_payload: %" PRIu64 " payloads in order\n", actors[2].result.get());
    if (pool.stats().value().in_use != 0) {
        std::fprintf(stderr, "a payload was not freed\n");
        return 1;
    }
} catch (const ringfold::error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
