// The C++ rivals: boost::lockfree::spsc_queue and moodycamel::ReaderWriterQueue.
//
// Their loops run here, so that no call across the language boundary is paid per item: what is made and what is
// checked is the same as on the Rust side (word i of an item is its sequence plus i).

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <boost/lockfree/spsc_queue.hpp>
#include <readerwriterqueue/readerwriterqueue.h>

#include "signal.hpp"

namespace {

template <std::size_t Words>
struct Item {
    std::uint64_t words[Words];

    static Item make(std::uint64_t sequence) {
        Item item;
        for (std::size_t i = 0; i < Words; ++i) item.words[i] = sequence + i;
        return item;
    }

    std::uint64_t deviation(std::uint64_t sequence) const {
        std::uint64_t deviation = 0;
        for (std::size_t i = 0; i < Words; ++i) deviation |= words[i] ^ (sequence + i);
        return deviation;
    }
};

struct Check {
    std::uint64_t expected;
    std::uint64_t wrong;
};

// One queue for items of one size.
struct Queue {
    virtual ~Queue() = default;
    virtual Ended send(const void* item, Signal signal) = 0;
    virtual Ended recv(void* item, Signal signal) = 0;
    virtual Ended send_run(std::uint64_t first, std::uint64_t count, Signal signal) = 0;
    virtual Ended recv_all(Check& check, Signal signal) = 0;
    virtual Ended stream_run(std::uint64_t first, std::uint64_t count, Signal signal) = 0;
    virtual Ended stream_all(Check& check, Signal signal) = 0;
    virtual Ended send_many(const void* items, std::size_t count, Signal signal) = 0;
    virtual Ended recv_many(void* items, std::size_t room, std::size_t& count, Signal signal) = 0;
};

template <class Derived, class T>
struct ItemLoops : Queue {
    Ended send(const void* item, Signal signal) override {
        T copy;
        std::memcpy(&copy, item, sizeof(T));
        return signal.retry([&] { return self().push(copy); });
    }
    Ended recv(void* item, Signal signal) override {
        T copy;
        Ended ended = signal.retry([&] { return self().pop(copy); });
        if (ended == fine) std::memcpy(item, &copy, sizeof(T));
        return ended;
    }
    Ended send_run(std::uint64_t first, std::uint64_t count, Signal signal) override {
        for (std::uint64_t i = 0; i < count; ++i) {
            const T item = T::make(first + i);
            if (Ended ended = signal.retry([&] { return self().push(item); })) return ended;
        }
        return fine;
    }
    Ended recv_all(Check& check, Signal signal) override {
        T item;
        for (;;) {
            if (Ended ended = signal.retry([&] { return self().pop(item); })) return ended == ended_done ? fine : ended;
            see(check, item);
        }
    }
    Ended stream_run(std::uint64_t first, std::uint64_t count, Signal signal) override {
        return send_run(first, count, signal);
    }
    Ended stream_all(Check& check, Signal signal) override { return recv_all(check, signal); }
    Ended send_many(const void* items, std::size_t count, Signal signal) override {
        auto from = static_cast<const T*>(items);
        for (std::size_t i = 0; i < count; ++i) {
            if (Ended ended = signal.retry([&] { return self().push(from[i]); })) return ended;
        }
        return fine;
    }
    Ended recv_many(void* items, std::size_t room, std::size_t& count, Signal signal) override {
        (void)room;
        count = 1;
        return recv(items, signal);
    }

protected:
    static void see(Check& check, const T& item) {
        check.wrong |= item.deviation(check.expected);
        ++check.expected;
    }
    Derived& self() { return static_cast<Derived&>(*this); }
};

template <class T>
struct Boost final : ItemLoops<Boost<T>, T> {
    boost::lockfree::spsc_queue<T> queue;

    explicit Boost(std::size_t capacity) : queue(capacity) {}
    bool push(const T& item) { return queue.push(item); }
    bool pop(T& item) { return queue.pop(item); }

    Ended stream_run(std::uint64_t first, std::uint64_t count, Signal signal) override {
        constexpr std::size_t most = 256;
        T batch[most];
        while (count > 0) {
            const std::size_t now = count < most ? count : most;
            for (std::size_t i = 0; i < now; ++i) batch[i] = T::make(first + i);
            if (Ended ended = send_many(batch, now, signal)) return ended;
            first += now;
            count -= now;
        }
        return fine;
    }
    Ended stream_all(Check& check, Signal signal) override {
        for (;;) {
            Check local = check;
            auto drain = [&] { return queue.consume_all([&](const T& item) { ItemLoops<Boost<T>, T>::see(local, item); }) > 0; };
            Ended ended = signal.retry(drain);
            check = local;
            if (ended) return ended == ended_done ? fine : ended;
        }
    }
    Ended send_many(const void* items, std::size_t count, Signal signal) override {
        auto from = static_cast<const T*>(items);
        while (count > 0) {
            std::size_t pushed = 0;
            if (Ended ended = signal.retry([&] { return (pushed = queue.push(from, count)) > 0; })) return ended;
            from += pushed;
            count -= pushed;
        }
        return fine;
    }
    Ended recv_many(void* items, std::size_t room, std::size_t& count, Signal signal) override {
        auto to = static_cast<T*>(items);
        return signal.retry([&] { return (count = queue.pop(to, room)) > 0; });
    }
};

template <class T>
struct Moodycamel final : ItemLoops<Moodycamel<T>, T> {
    moodycamel::ReaderWriterQueue<T> queue;

    explicit Moodycamel(std::size_t capacity) : queue(capacity) {}
    bool push(const T& item) { return queue.try_enqueue(item); }
    bool pop(T& item) { return queue.try_dequeue(item); }
};

template <template <class> class Kind>
Queue* open(std::size_t words, std::size_t capacity) {
    switch (words) {
        case 1: return new Kind<Item<1>>(capacity);
        case 2: return new Kind<Item<2>>(capacity);
        case 8: return new Kind<Item<8>>(capacity);
        case 32: return new Kind<Item<32>>(capacity);
        default: return nullptr;
    }
}

}  // namespace

extern "C" {

// Items of `words` words; null for a size that was not compiled, or out of memory.
Queue* ringfold_bench_open(std::uint8_t kind, std::size_t words, std::size_t capacity) noexcept {
    try {
        return kind == 0 ? open<Boost>(words, capacity) : open<Moodycamel>(words, capacity);
    } catch (...) {
        return nullptr;
    }
}
void ringfold_bench_close(Queue* queue) noexcept { delete queue; }

std::uint8_t ringfold_bench_send(Queue* queue, const void* item, Signal signal) noexcept { return queue->send(item, signal); }
std::uint8_t ringfold_bench_recv(Queue* queue, void* item, Signal signal) noexcept { return queue->recv(item, signal); }
std::uint8_t ringfold_bench_send_run(Queue* queue, std::uint64_t first, std::uint64_t count, Signal signal) noexcept {
    return queue->send_run(first, count, signal);
}
std::uint8_t ringfold_bench_recv_all(Queue* queue, Check* check, Signal signal) noexcept { return queue->recv_all(*check, signal); }
std::uint8_t ringfold_bench_stream_run(Queue* queue, std::uint64_t first, std::uint64_t count, Signal signal) noexcept {
    return queue->stream_run(first, count, signal);
}
std::uint8_t ringfold_bench_stream_all(Queue* queue, Check* check, Signal signal) noexcept {
    return queue->stream_all(*check, signal);
}
std::uint8_t ringfold_bench_send_many(Queue* queue, const void* items, std::size_t count, Signal signal) noexcept {
    return queue->send_many(items, count, signal);
}
std::uint8_t ringfold_bench_recv_many(Queue* queue, void* items, std::size_t room, std::size_t* count, Signal signal) noexcept {
    return queue->recv_many(items, room, *count, signal);
}
}
