// The C++ rivals for many threads: boost::lockfree::queue and moodycamel::ConcurrentQueue, bounded, for words.
//
// A run of words is one call across the language boundary, and one by one for the queue.

#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/lockfree/queue.hpp>
#include <concurrentqueue/concurrentqueue.h>

#include "signal.hpp"

namespace {

using Word = std::uint64_t;

// What one thread holds.
struct Handle {
    virtual ~Handle() = default;
    virtual bool push(Word word) = 0;
    virtual bool pop(Word& word) = 0;
};

struct Queue {
    virtual ~Queue() = default;
    virtual std::unique_ptr<Handle> handle(bool sends) = 0;
};

struct Boost final : Queue {
    boost::lockfree::queue<Word> queue;

    struct Both final : Handle {
        boost::lockfree::queue<Word>& queue;
        explicit Both(Boost& owner) : queue(owner.queue) {}
        // Without growing: what was reserved is the capacity.
        bool push(Word word) override { return queue.bounded_push(word); }
        bool pop(Word& word) override { return queue.pop(word); }
    };

    explicit Boost(std::size_t capacity) : queue(capacity) {}
    std::unique_ptr<Handle> handle(bool) override { return std::make_unique<Both>(*this); }
};

struct Moodycamel final : Queue {
    moodycamel::ConcurrentQueue<Word> queue;
    std::size_t capacity;

    struct Sending final : Handle {
        static constexpr std::size_t run = 32;
        Moodycamel& owner;
        moodycamel::ProducerToken token;
        std::size_t left = 0;
        explicit Sending(Moodycamel& owner) : owner(owner), token(owner.queue) {}
        // The queue grows, and `try_enqueue` would leave a producer without a block for ever once others have them all:
        // so every now and then its size is looked at.
        bool push(Word word) override {
            if (left == 0) {
                if (owner.queue.size_approx() >= owner.capacity) return false;
                left = run;
            }
            --left;
            return owner.queue.enqueue(token, word);
        }
        bool pop(Word&) override { return false; }
    };
    struct Receiving final : Handle {
        moodycamel::ConcurrentQueue<Word>& queue;
        moodycamel::ConsumerToken token;
        explicit Receiving(Moodycamel& owner) : queue(owner.queue), token(owner.queue) {}
        bool push(Word) override { return false; }
        bool pop(Word& word) override { return queue.try_dequeue(token, word); }
    };

    Moodycamel(std::size_t slots, std::size_t producers) : queue(slots, producers, 0), capacity(slots) {}
    std::unique_ptr<Handle> handle(bool sends) override {
        if (sends) return std::make_unique<Sending>(*this);
        return std::make_unique<Receiving>(*this);
    }
};

}  // namespace

extern "C" {

Queue* ringfold_bench_crowd_open(std::uint8_t kind, std::size_t capacity, std::size_t producers) noexcept {
    try {
        if (kind == 0) return new Boost(capacity);
        return new Moodycamel(capacity, producers);
    } catch (...) {
        return nullptr;
    }
}
void ringfold_bench_crowd_close(Queue* queue) noexcept { delete queue; }

Handle* ringfold_bench_crowd_join(Queue* queue, bool sends) noexcept {
    try {
        return queue->handle(sends).release();
    } catch (...) {
        return nullptr;
    }
}
void ringfold_bench_crowd_leave(Handle* handle) noexcept { delete handle; }

std::uint8_t ringfold_bench_crowd_send(Handle* handle, const Word* words, std::size_t count, Signal signal) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        if (Ended ended = signal.retry([&] { return handle->push(words[i]); })) return ended;
    }
    return fine;
}

// Waits for one word, then takes those that are there, one by one, up to `room`.
std::uint8_t ringfold_bench_crowd_recv(Handle* handle, Word* words, std::size_t room, std::size_t* count, Signal signal) noexcept {
    if (Ended ended = signal.retry([&] { return handle->pop(words[0]); })) return ended;
    std::size_t there = 1;
    while (there < room && handle->pop(words[there])) ++there;
    *count = there;
    return fine;
}
}
