// How the harness tells the C++ rivals to wait, to end and to stop.

#pragma once

#include <cstdint>
#include <thread>

enum Phase : std::uint8_t { running = 0, winding_down = 1, done = 2, aborted = 3 };
enum Wait : std::uint8_t { pause_hint = 0, busy = 1, yield = 2 };
enum Ended : std::uint8_t { fine = 0, ended_done = 1, ended_aborted = 2 };

// The phase lives in Rust as an AtomicU8.
struct Signal {
    const std::uint8_t* phase;
    std::uint8_t wait;

    std::uint8_t load() const { return __atomic_load_n(phase, __ATOMIC_ACQUIRE); }

    void rest() const {
        if (wait == yield) {
            std::this_thread::yield();
        } else if (wait == pause_hint) {
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#elif defined(__aarch64__)
            __asm__ __volatile__("isb" ::: "memory");
#endif
        }
    }

    // Tries until it works; `ended_done` only if it failed once more after the producer's end.
    template <class Attempt>
    Ended retry(Attempt attempt) const {
        for (;;) {
            if (attempt()) return fine;
            switch (load()) {
                case aborted: return ended_aborted;
                case done: return attempt() ? fine : ended_done;
                default: rest();
            }
        }
    }
};
