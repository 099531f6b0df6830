/// ringfold for C++17: one header over ringfold.h.
///
/// Handles are objects that close themselves, move and do not copy. Nothing throws by itself: a call gives a `result`, which is asked
/// (`if (auto r = producer.try_push(x))`, `r.code()`) or opened (`r.value()`, which throws `ringfold::error`; without exceptions it aborts). Elements are
/// trivially copyable.
///
///     auto [producer, consumer] = ringfold::spsc<int>(1024).value();
///     producer.push(42).value();
///     int number = consumer.pop().value();
#ifndef RINGFOLD_HPP
#define RINGFOLD_HPP

#include <ringfold.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace ringfold {

/// Waits for as long as it takes.
inline constexpr std::chrono::nanoseconds forever{-1};

/// What `value()` throws: a code, and what it says.
class error : public std::runtime_error {
public:
    explicit error(int32_t code) : std::runtime_error(rf_error_string(code)), code_(code) {}
    error(int32_t code, const std::string &why) : std::runtime_error(why), code_(code) {}

    /// One of RF_ERROR_..
    int32_t code() const noexcept { return code_; }

private:
    int32_t code_;
};

namespace detail {

[[noreturn]] inline void fail(int32_t code, const char *why) {
#if defined(__cpp_exceptions)
    throw error(code, why);
#else
    std::fprintf(stderr, "ringfold: %s (%d)\n", why, static_cast<int>(code));
    std::abort();
#endif
}

/// At most what the library takes; whatever is negative is for ever.
inline int64_t nanos(std::chrono::nanoseconds timeout) noexcept { return static_cast<int64_t>(timeout.count()); }

} // namespace detail

/// A `T`, or the code that says why there is none.
template <class T>
class [[nodiscard]] result {
public:
    result(T value) : value_(std::move(value)) {}

    static result failed(int32_t code) { return result(code, 0); }

    explicit operator bool() const noexcept { return value_.has_value(); }
    /// RF_OK, or one of RF_ERROR_..
    int32_t code() const noexcept { return code_; }
    const char *message() const noexcept { return rf_error_string(code_); }

    T &value() & { return check(), *value_; }
    T &&value() && { return check(), std::move(*value_); }
    T &operator*() noexcept { return *value_; }
    T *operator->() noexcept { return &*value_; }

private:
    result(int32_t code, int) : code_(code) {}
    void check() const {
        if (!value_) detail::fail(code_, rf_error_string(code_));
    }

    std::optional<T> value_;
    int32_t code_ = RF_OK;
};

/// Whether it was done, and if not, why.
template <>
class [[nodiscard]] result<void> {
public:
    explicit result(int32_t code) noexcept : code_(code) {}

    explicit operator bool() const noexcept { return code_ == RF_OK; }
    int32_t code() const noexcept { return code_; }
    const char *message() const noexcept { return rf_error_string(code_); }
    void value() const {
        if (code_ != RF_OK) detail::fail(code_, rf_error_string(code_));
    }

private:
    int32_t code_;
};

/// How many elements a call has moved, and why not all.
struct [[nodiscard]] transfer {
    std::size_t count = 0;
    int32_t code = RF_OK;

    explicit operator bool() const noexcept { return code == RF_OK; }
    /// The count, if it was all that was asked for.
    std::size_t value() const {
        if (code != RF_OK) detail::fail(code, rf_error_string(code));
        return count;
    }
};

/// What was made, or why it could not be, in the library's words.
template <class T>
class [[nodiscard]] made {
public:
    made(T value) : value_(std::move(value)) {}
    made(int32_t code, std::string why) : why_(std::move(why)), code_(code) {
        if (why_.empty()) why_ = rf_error_string(code);
    }

    explicit operator bool() const noexcept { return value_.has_value(); }
    int32_t code() const noexcept { return code_; }
    const std::string &message() const noexcept { return why_; }
    T value() && {
        if (!value_) detail::fail(code_, why_.c_str());
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
    std::string why_;
    int32_t code_ = RF_OK;
};

/// A run of elements that belong to somebody else. With C++20 it becomes a `std::span` by itself.
template <class T>
class span {
public:
    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /// Whatever has `data()` and `size()`: vectors, arrays, strings.
    template <class Container, class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Container &>().data()), T *>>>
    constexpr span(Container &&container) noexcept : data_(container.data()), size_(container.size()) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t i) const noexcept { return data_[i]; }
    constexpr span first(std::size_t count) const noexcept { return {data_, count < size_ ? count : size_}; }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

/// How a ring is made; everything has a default.
struct options {
    uint32_t memory = RF_MEMORY_AUTO;
    uint32_t huge_pages = RF_HUGE_PAGES_NEVER;
    uint32_t producer_wait = RF_WAIT_PARK;
    uint32_t consumer_wait = RF_WAIT_PARK;
    /// RF_LOCK, RF_NO_POPULATE, RF_LOSSY, or-ed.
    uint32_t flags = 0;
};

namespace detail {

/// Calls `create` with the options and a place for the reason.
template <class Create>
std::pair<int32_t, std::string> create_with(const options &wanted, Create create) {
    char why[512] = "";
    rf_options all{};
    all.struct_size = sizeof all;
    all.memory = wanted.memory;
    all.huge_pages = wanted.huge_pages;
    all.producer_wait = wanted.producer_wait;
    all.consumer_wait = wanted.consumer_wait;
    all.flags = wanted.flags;
    all.message = why;
    all.message_size = sizeof why;
    int32_t code = create(&all);
    return {code, why};
}

/// A handle that closes itself.
template <class Handle, int32_t (*Close)(Handle)>
class owned {
public:
    owned() noexcept = default;
    explicit owned(Handle handle) noexcept : handle_(handle) {}
    owned(owned &&other) noexcept : handle_(std::exchange(other.handle_, Handle{})) {}
    owned &operator=(owned &&other) noexcept {
        if (this != &other) {
            close();
            handle_ = std::exchange(other.handle_, Handle{});
        }
        return *this;
    }
    ~owned() { close(); }

    void close() noexcept {
        if (handle_.id != 0) Close(std::exchange(handle_, Handle{}));
    }
    Handle get() const noexcept { return handle_; }
    Handle release() noexcept { return std::exchange(handle_, Handle{}); }

private:
    Handle handle_{};
};

} // namespace detail

/// Slots that were claimed, to be written in place. Destroying it aborts. It does not outlive its producer.
template <class T>
class claim : public span<T> {
public:
    claim(rf_producer producer, rf_span slots) noexcept
        : span<T>(static_cast<T *>(slots.data), slots.count), producer_(producer) {}
    claim(claim &&other) noexcept : span<T>(other), producer_(std::exchange(other.producer_, rf_producer{})) {}
    claim &operator=(claim &&) = delete;
    ~claim() { abort(); }

    /// Publishes all slots.
    result<void> commit() noexcept { return commit(this->size()); }
    /// Publishes the first `count` slots; the others go back. If they are more than were claimed, nothing is done.
    result<void> commit(std::size_t count) noexcept {
        int32_t code = rf_producer_commit(producer_, count);
        if (code == RF_OK) producer_ = {};
        return result<void>(code);
    }
    /// Gives the slots back.
    void abort() noexcept {
        if (producer_.id != 0) rf_producer_abort(std::exchange(producer_, rf_producer{}));
    }

private:
    rf_producer producer_;
};

/// Elements seen in place, and not yet consumed. Destroying it keeps them in the ring. It does not outlive its consumer, and ends
/// with the consumer's next call.
template <class T>
class view : public span<const T> {
public:
    view(rf_consumer consumer, rf_view elements) noexcept
        : span<const T>(static_cast<const T *>(elements.data), elements.count), consumer_(consumer) {}
    view(view &&) noexcept = default;
    view(const view &) = delete;

    /// Gives all of them back.
    result<void> consume() noexcept { return consume(this->size()); }
    /// Gives the first `count` back.
    result<void> consume(std::size_t count) noexcept { return result<void>(rf_consumer_consume(consumer_, count)); }

private:
    rf_consumer consumer_;
};

/// The writing half of a ring of `T`. Destroying it closes it. For one thread at a time.
template <class T>
class producer {
    static_assert(std::is_trivially_copyable_v<T>, "elements are copied as bytes");

public:
    explicit producer(rf_producer handle) noexcept : handle_(handle) {}

    /// Copies one element in, if there is room now.
    result<void> try_push(const T &element) noexcept {
        return result<void>(rf_producer_try_push(handle_.get(), &element, sizeof(T)));
    }
    /// Copies one element in, waiting for room.
    result<void> push(const T &element, std::chrono::nanoseconds timeout = forever) noexcept {
        return result<void>(rf_producer_push(handle_.get(), &element, sizeof(T), detail::nanos(timeout)));
    }
    /// Copies as many in as there is room for now.
    transfer try_push_slice(span<const T> elements) noexcept {
        transfer done;
        done.code = rf_producer_try_push_slice(handle_.get(), elements.data(), sizeof(T), elements.size(), &done.count);
        return done;
    }
    /// Copies all in, waiting for room as often as needed.
    transfer push_slice(span<const T> elements, std::chrono::nanoseconds timeout = forever) noexcept {
        transfer done;
        done.code = rf_producer_push_slice(handle_.get(), elements.data(), sizeof(T), elements.size(), detail::nanos(timeout),
                                           &done.count);
        return done;
    }
    /// Claims exactly `count` slots, if there is room now.
    result<ringfold::claim<T>> try_claim(std::size_t count) noexcept {
        rf_span slots;
        return claimed(rf_producer_try_claim(handle_.get(), count, &slots), slots);
    }
    /// Claims exactly `count` slots, waiting for room.
    result<ringfold::claim<T>> claim(std::size_t count, std::chrono::nanoseconds timeout = forever) noexcept {
        rf_span slots;
        return claimed(rf_producer_claim(handle_.get(), count, detail::nanos(timeout), &slots), slots);
    }
    /// Claims at least one slot and at most `count`, waiting for the first.
    result<ringfold::claim<T>> claim_up_to(std::size_t count, std::chrono::nanoseconds timeout = forever) noexcept {
        rf_span slots;
        return claimed(rf_producer_claim_up_to(handle_.get(), count, detail::nanos(timeout), &slots), slots);
    }

    /// Another producer of an mpsc ring, for another thread.
    result<producer> clone() const {
        rf_producer another;
        int32_t code = rf_producer_clone(handle_.get(), &another);
        return code == RF_OK ? result<producer>(producer(another)) : result<producer>::failed(code);
    }
    /// How many slots are vacant.
    std::size_t free() const noexcept {
        std::size_t count = 0;
        rf_producer_free(handle_.get(), &count);
        return count;
    }
    /// Whether the consumer is gone, or this half was closed.
    bool is_closed() const noexcept {
        int32_t answer = 1;
        rf_producer_is_closed(handle_.get(), &answer);
        return answer != 0;
    }
    result<rf_stats> stats() const {
        rf_stats stats{};
        stats.struct_size = sizeof stats;
        int32_t code = rf_producer_stats(handle_.get(), &stats);
        return code == RF_OK ? result<rf_stats>(stats) : result<rf_stats>::failed(code);
    }
    /// Closes the ring for this producer: the consumer reads what is there.
    void close() noexcept { handle_.close(); }
    /// The handle, for calls of ringfold.h.
    rf_producer get() const noexcept { return handle_.get(); }

private:
    result<ringfold::claim<T>> claimed(int32_t code, const rf_span &slots) const noexcept {
        using claim_t = ringfold::claim<T>;
        return code == RF_OK ? result<claim_t>(claim_t(handle_.get(), slots)) : result<claim_t>::failed(code);
    }

    detail::owned<rf_producer, rf_producer_close> handle_;
};

/// The reading half of a ring of `T`. Destroying it closes it. For one thread at a time.
template <class T>
class consumer {
    static_assert(std::is_trivially_copyable_v<T>, "elements are copied as bytes");

public:
    explicit consumer(rf_consumer handle) noexcept : handle_(handle) {}

    /// The oldest element, if there is one now.
    result<T> try_pop() noexcept {
        alignas(T) unsigned char element[sizeof(T)];
        return popped(rf_consumer_try_pop(handle_.get(), element, sizeof(T)), element);
    }
    /// The oldest element, waiting for one.
    result<T> pop(std::chrono::nanoseconds timeout = forever) noexcept {
        alignas(T) unsigned char element[sizeof(T)];
        return popped(rf_consumer_pop(handle_.get(), element, sizeof(T), detail::nanos(timeout)), element);
    }
    /// Copies as many out as there are now.
    transfer try_pop_slice(span<T> target) noexcept {
        transfer done;
        done.code = rf_consumer_try_pop_slice(handle_.get(), target.data(), sizeof(T), target.size(), &done.count);
        return done;
    }
    /// Copies at least one out, as many as there are, waiting for the first.
    transfer pop_slice(span<T> target, std::chrono::nanoseconds timeout = forever) noexcept {
        transfer done;
        done.code = rf_consumer_pop_slice(handle_.get(), target.data(), sizeof(T), target.size(), detail::nanos(timeout),
                                          &done.count);
        return done;
    }
    /// All there is now, in place.
    result<view<T>> try_peek() noexcept {
        rf_view elements;
        return seen(rf_consumer_try_peek(handle_.get(), &elements), elements);
    }
    /// At least `count` elements in place, waiting for them.
    result<view<T>> peek(std::size_t count = 1, std::chrono::nanoseconds timeout = forever) noexcept {
        rf_view elements;
        return seen(rf_consumer_peek(handle_.get(), count, detail::nanos(timeout), &elements), elements);
    }

    /// How many elements can be read.
    std::size_t len() noexcept {
        std::size_t count = 0;
        rf_consumer_len(handle_.get(), &count);
        return count;
    }
    /// Whether nothing will follow what is there.
    bool is_closed() const noexcept {
        int32_t answer = 1;
        rf_consumer_is_closed(handle_.get(), &answer);
        return answer != 0;
    }
    result<rf_stats> stats() const {
        rf_stats stats{};
        stats.struct_size = sizeof stats;
        int32_t code = rf_consumer_stats(handle_.get(), &stats);
        return code == RF_OK ? result<rf_stats>(stats) : result<rf_stats>::failed(code);
    }
    /// Closes the ring: producers are told, and what was not read is gone.
    void close() noexcept { handle_.close(); }
    /// The handle, for calls of ringfold.h.
    rf_consumer get() const noexcept { return handle_.get(); }

private:
    static result<T> popped(int32_t code, const unsigned char *element) noexcept {
        if (code != RF_OK) return result<T>::failed(code);
        return result<T>(*std::launder(reinterpret_cast<const T *>(element)));
    }
    result<view<T>> seen(int32_t code, const rf_view &elements) const noexcept {
        if (code != RF_OK) return result<view<T>>::failed(code);
        return result<view<T>>(view<T>(handle_.get(), elements));
    }

    detail::owned<rf_consumer, rf_consumer_close> handle_;
};

/// Both halves of a ring.
template <class T>
using halves = std::pair<producer<T>, consumer<T>>;

/// A ring for two threads.
template <class T>
made<halves<T>> spsc(std::size_t capacity, const options &wanted = {}) {
    rf_producer writing;
    rf_consumer reading;
    auto [code, why] = detail::create_with(wanted, [&](const rf_options *all) {
        return rf_spsc_create(capacity, sizeof(T), all, &writing, &reading);
    });
    if (code != RF_OK) return {code, why};
    return halves<T>(producer<T>(writing), consumer<T>(reading));
}

/// A ring for many threads to one; `producer::clone` makes more producers.
template <class T>
made<halves<T>> mpsc(std::size_t capacity, const options &wanted = {}) {
    rf_producer writing;
    rf_consumer reading;
    auto [code, why] = detail::create_with(wanted, [&](const rf_options *all) {
        return rf_mpsc_create(capacity, sizeof(T), all, &writing, &reading);
    });
    if (code != RF_OK) return {code, why};
    return halves<T>(producer<T>(writing), consumer<T>(reading));
}

/// Events that were claimed, to be written in place and published together. Destroying it aborts. It does not outlive its broadcaster.
template <class E>
class event_claim : public span<E> {
public:
    event_claim(rf_broadcaster broadcaster, rf_span events) noexcept
        : span<E>(static_cast<E *>(events.data), events.count), broadcaster_(broadcaster) {}
    event_claim(event_claim &&other) noexcept
        : span<E>(other), broadcaster_(std::exchange(other.broadcaster_, rf_broadcaster{})) {}
    event_claim &operator=(event_claim &&) = delete;
    ~event_claim() { abort(); }

    /// Publishes all events.
    result<void> commit() noexcept { return commit(this->size()); }
    /// Publishes the first `count` events. If they are more than were claimed, nothing is done.
    result<void> commit(std::size_t count) noexcept {
        int32_t code = rf_broadcaster_commit(broadcaster_, count);
        if (code == RF_OK) broadcaster_ = {};
        return result<void>(code);
    }
    /// Gives the events back.
    void abort() noexcept {
        if (broadcaster_.id != 0) rf_broadcaster_abort(std::exchange(broadcaster_, rf_broadcaster{}));
    }

private:
    rf_broadcaster broadcaster_;
};

/// Events seen in place, and not yet released. Destroying it keeps them. It does not outlive its reader, and ends with the reader's next call.
template <class E>
class batch : public span<const E> {
public:
    batch(rf_reader reader, rf_view events) noexcept
        : span<const E>(static_cast<const E *>(events.data), events.count), reader_(reader) {}
    batch(batch &&) noexcept = default;
    batch(const batch &) = delete;

    /// Gives all of them back.
    result<void> release() noexcept { return release(this->size()); }
    /// Gives the first `count` back.
    result<void> release(std::size_t count) noexcept { return result<void>(rf_reader_release(reader_, count)); }

private:
    rf_reader reader_;
};

/// A reader that sees every event, and for which the broadcaster waits. Destroying it leaves. For one thread at a time.
template <class E>
class reader {
public:
    explicit reader(rf_reader handle) noexcept : handle_(handle) {}

    /// All there is now, in place.
    result<batch<E>> try_peek() noexcept {
        rf_view events;
        return seen(rf_reader_try_peek(handle_.get(), &events), events);
    }
    /// At least one event in place, and all else there is, waiting for the first.
    result<batch<E>> peek(std::chrono::nanoseconds timeout = forever) noexcept {
        rf_view events;
        return seen(rf_reader_peek(handle_.get(), detail::nanos(timeout), &events), events);
    }
    result<rf_reader_figures> stats() const {
        rf_reader_figures stats{};
        stats.struct_size = sizeof stats;
        int32_t code = rf_reader_stats(handle_.get(), &stats);
        return code == RF_OK ? result<rf_reader_figures>(stats) : result<rf_reader_figures>::failed(code);
    }
    /// Leaves: nobody waits for it any more.
    void close() noexcept { handle_.close(); }
    rf_reader get() const noexcept { return handle_.get(); }

private:
    result<batch<E>> seen(int32_t code, const rf_view &events) const noexcept {
        if (code != RF_OK) return result<batch<E>>::failed(code);
        return result<batch<E>>(batch<E>(handle_.get(), events));
    }

    detail::owned<rf_reader, rf_reader_close> handle_;
};

/// A reader for which nobody waits: `RF_ERROR_LAGGED` says that it has missed events, and `missed` how many, exactly.
template <class E>
class lossy_reader {
public:
    explicit lossy_reader(rf_lossy_reader handle) noexcept : handle_(handle) {}

    /// The next event, if there is one now.
    result<E> try_recv(std::uint64_t *missed = nullptr) noexcept {
        alignas(E) unsigned char event[sizeof(E)];
        return received(rf_lossy_reader_try_recv(handle_.get(), event, sizeof(E), missed), event);
    }
    /// The next event, waiting for it.
    result<E> recv(std::uint64_t *missed = nullptr, std::chrono::nanoseconds timeout = forever) noexcept {
        alignas(E) unsigned char event[sizeof(E)];
        return received(rf_lossy_reader_recv(handle_.get(), event, sizeof(E), detail::nanos(timeout), missed), event);
    }
    rf_lossy_reader get() const noexcept { return handle_.get(); }

private:
    static result<E> received(int32_t code, const unsigned char *event) noexcept {
        if (code != RF_OK) return result<E>::failed(code);
        return result<E>(*std::launder(reinterpret_cast<const E *>(event)));
    }

    detail::owned<rf_lossy_reader, rf_lossy_reader_close> handle_;
};

/// The writing side of a ring in which every reader sees every event. Destroying it closes it. For one thread at a time; readers join on that thread.
template <class E>
class broadcaster {
    static_assert(std::is_trivially_copyable_v<E>, "events are copied as bytes");

public:
    explicit broadcaster(rf_broadcaster handle) noexcept : handle_(handle) {}

    /// With RF_LOSSY in the flags lossy readers can join.
    static made<broadcaster> with_capacity(std::size_t capacity, const options &wanted = {}) {
        rf_broadcaster ring;
        auto [code, why] = detail::create_with(
            wanted, [&](const rf_options *all) { return rf_broadcast_create(capacity, sizeof(E), all, &ring); });
        if (code != RF_OK) return {code, why};
        return broadcaster(ring);
    }

    /// Publishes a copy, if there is room now.
    result<void> try_publish(const E &event) noexcept {
        return result<void>(rf_broadcaster_try_publish(handle_.get(), &event, sizeof(E)));
    }
    /// Publishes a copy, waiting for the slowest reader.
    result<void> publish(const E &event, std::chrono::nanoseconds timeout = forever) noexcept {
        return result<void>(rf_broadcaster_publish(handle_.get(), &event, sizeof(E), detail::nanos(timeout)));
    }
    /// Claims exactly `count` events, if there is room now.
    result<event_claim<E>> try_claim(std::size_t count) noexcept {
        rf_span events;
        return claimed(rf_broadcaster_try_claim(handle_.get(), count, &events), events);
    }
    /// Claims exactly `count` events, waiting for the slowest reader.
    result<event_claim<E>> claim(std::size_t count, std::chrono::nanoseconds timeout = forever) noexcept {
        rf_span events;
        return claimed(rf_broadcaster_claim(handle_.get(), count, detail::nanos(timeout), &events), events);
    }
    /// A reader of what is published from now on.
    result<reader<E>> join() { return join_after(span<const rf_reader>()); }
    /// A reader that sees an event once all of `others` have released it.
    template <class... Readers>
    result<reader<E>> join_after(const reader<E> &first, const Readers &...others) {
        const rf_reader before[] = {first.get(), others.get()...};
        return join_after(span<const rf_reader>(before, sizeof...(others) + 1));
    }
    /// A lossy reader of what is published from now on.
    result<lossy_reader<E>> join_lossy() {
        rf_lossy_reader joined;
        int32_t code = rf_lossy_reader_join(handle_.get(), &joined);
        if (code != RF_OK) return result<lossy_reader<E>>::failed(code);
        return result<lossy_reader<E>>(lossy_reader<E>(joined));
    }
    result<rf_stats> stats() const {
        rf_stats stats{};
        stats.struct_size = sizeof stats;
        int32_t code = rf_broadcaster_stats(handle_.get(), &stats);
        return code == RF_OK ? result<rf_stats>(stats) : result<rf_stats>::failed(code);
    }
    /// Closes the ring: readers see what was published.
    void close() noexcept { handle_.close(); }
    rf_broadcaster get() const noexcept { return handle_.get(); }

private:
    result<event_claim<E>> claimed(int32_t code, const rf_span &events) const noexcept {
        if (code != RF_OK) return result<event_claim<E>>::failed(code);
        return result<event_claim<E>>(event_claim<E>(handle_.get(), events));
    }
    result<reader<E>> join_after(span<const rf_reader> before) {
        rf_reader joined;
        int32_t code = rf_reader_join(handle_.get(), before.data(), before.size(), &joined);
        if (code != RF_OK) return result<reader<E>>::failed(code);
        return result<reader<E>>(reader<E>(joined));
    }

    detail::owned<rf_broadcaster, rf_broadcaster_close> handle_;
};

/// One thread's stream of bytes: all that is readable is one span, all room another.
class byte_stream {
public:
    explicit byte_stream(rf_stream handle) noexcept : handle_(handle) {}

    static made<byte_stream> with_capacity(std::size_t capacity, const options &wanted = {}) {
        rf_stream stream;
        auto [code, why] = detail::create_with(
            wanted, [&](const rf_options *all) { return rf_stream_create(capacity, all, &stream); });
        if (code != RF_OK) return {code, why};
        return byte_stream(stream);
    }

    /// Copies as much in as fits.
    transfer write(span<const std::byte> bytes) noexcept {
        transfer done;
        done.code = rf_stream_write(handle_.get(), bytes.data(), bytes.size(), &done.count);
        return done;
    }
    /// Copies as much out as there is.
    transfer read(span<std::byte> bytes) noexcept {
        transfer done;
        done.code = rf_stream_read(handle_.get(), bytes.data(), bytes.size(), &done.count);
        return done;
    }
    /// All that can be read, in place, until the next call that changes the stream.
    span<const std::byte> readable() const noexcept {
        rf_view view{};
        rf_stream_readable(handle_.get(), &view);
        return {static_cast<const std::byte *>(view.data), view.count};
    }
    result<void> consume(std::size_t count) noexcept { return result<void>(rf_stream_consume(handle_.get(), count)); }
    /// All the room there is, to be written in place.
    span<std::byte> writable() noexcept {
        rf_span room{};
        rf_stream_writable(handle_.get(), &room);
        return {static_cast<std::byte *>(room.data), room.count};
    }
    result<void> produce(std::size_t count) noexcept { return result<void>(rf_stream_produce(handle_.get(), count)); }
    /// Ends the stream: what is in it can still be read.
    void end() noexcept { rf_stream_end(handle_.get()); }
    bool has_ended() const noexcept {
        int32_t answer = 1;
        rf_stream_state(handle_.get(), nullptr, nullptr, &answer);
        return answer != 0;
    }
    rf_stream get() const noexcept { return handle_.get(); }

private:
    detail::owned<rf_stream, rf_stream_close> handle_;
};

/// A reference to a payload in a pool: its bytes, which do not change, and a tag. `clone` makes another reference; the last one frees the slot.
class event {
public:
    explicit event(rf_event handle) noexcept : handle_(handle) {}

    /// The payload, in place, for as long as this reference is there.
    span<const std::byte> bytes() const noexcept {
        rf_view view{};
        rf_event_read(handle_.get(), &view, nullptr);
        return {static_cast<const std::byte *>(view.data), view.count};
    }
    std::uint32_t tag() const noexcept {
        std::uint32_t tag = 0;
        rf_event_read(handle_.get(), nullptr, &tag);
        return tag;
    }
    /// Another reference, for another thread.
    result<event> clone() const {
        rf_event another;
        int32_t code = rf_event_clone(handle_.get(), &another);
        return code == RF_OK ? result<event>(event(another)) : result<event>::failed(code);
    }
    /// Gives the reference up, as a number of 8 bytes that goes through a ring: who takes it out makes an `event` of it again.
    rf_event release() noexcept { return handle_.release(); }
    rf_event get() const noexcept { return handle_.get(); }

private:
    detail::owned<rf_event, rf_event_close> handle_;
};

/// A payload that is being written in place. Destroying it gives it back.
class draft : public span<std::byte> {
public:
    draft(rf_draft handle, rf_span room) noexcept
        : span<std::byte>(static_cast<std::byte *>(room.data), room.count), handle_(handle) {}

    /// Makes a payload of the first `size` bytes. They must not be written any more.
    result<event> share(std::size_t size, std::uint32_t tag = 0) {
        rf_event shared;
        int32_t code = rf_draft_share(handle_.get(), size, tag, &shared);
        if (code != RF_OK) return result<event>::failed(code);
        handle_.release();
        return result<event>(event(shared));
    }

private:
    detail::owned<rf_draft, rf_draft_close> handle_;
};

/// Slots of 64 bytes to 16 KiB that are used again, and the heap for what is larger. For one thread at a time; `clone` for others.
class pool {
public:
    explicit pool(rf_pool handle) noexcept : handle_(handle) {}

    static result<pool> with_options(rf_pool_options options = {}) {
        options.struct_size = sizeof options;
        rf_pool made;
        int32_t code = rf_pool_create(&options, &made);
        return code == RF_OK ? result<pool>(pool(made)) : result<pool>::failed(code);
    }

    /// Copies the bytes into a slot, without waiting.
    result<event> try_alloc(span<const std::byte> bytes, std::uint32_t tag = 0) {
        rf_event made;
        return allocated(rf_pool_try_alloc(handle_.get(), bytes.data(), bytes.size(), tag, &made), made);
    }
    /// Copies the bytes into a slot; waits for one if the pool was made with RF_EXHAUSTED_WAIT.
    result<event> alloc(span<const std::byte> bytes, std::uint32_t tag = 0, std::chrono::nanoseconds timeout = forever) {
        rf_event made;
        return allocated(
            rf_pool_alloc(handle_.get(), bytes.data(), bytes.size(), tag, detail::nanos(timeout), &made), made);
    }
    /// A slot for `size` bytes, to be written in place.
    result<ringfold::draft> draft(std::size_t size) {
        rf_draft made;
        rf_span room;
        int32_t code = rf_pool_draft(handle_.get(), size, &made, &room);
        if (code != RF_OK) return result<ringfold::draft>::failed(code);
        return result<ringfold::draft>(ringfold::draft(made, room));
    }
    /// Another handle of the same pool, for another thread.
    result<pool> clone() const {
        rf_pool another;
        int32_t code = rf_pool_clone(handle_.get(), &another);
        return code == RF_OK ? result<pool>(pool(another)) : result<pool>::failed(code);
    }
    result<rf_pool_figures> stats() const {
        rf_pool_figures stats{};
        stats.struct_size = sizeof stats;
        int32_t code = rf_pool_stats(handle_.get(), &stats);
        return code == RF_OK ? result<rf_pool_figures>(stats) : result<rf_pool_figures>::failed(code);
    }

private:
    static result<event> allocated(int32_t code, rf_event made) {
        return code == RF_OK ? result<event>(event(made)) : result<event>::failed(code);
    }

    detail::owned<rf_pool, rf_pool_close> handle_;
};

} // namespace ringfold

#endif
