// A pipe of bytes between two threads. Prints what `cargo run -p ringfold-examples --bin byte_pipe` prints.
#include <ringfold.hpp>

#include <cinttypes>
#include <cstdio>
#include <thread>

constexpr std::size_t bytes_in_all = 1'000'003, capacity = 65'536;

// Byte i of the stream.
static unsigned char byte(std::size_t i) {
    return static_cast<unsigned char>(std::uint64_t{i} * 0x9E3779B97F4A7C15u >> 56);
}

int main() try {
    auto [producer, consumer] = ringfold::spsc<unsigned char>(capacity).value();
    std::thread writer([producer = std::move(producer)]() mutable {
        for (std::size_t written = 0; written < bytes_in_all;) {
            // In place, as much as there is room for.
            auto claim = producer.claim_up_to(bytes_in_all - written).value();
            for (auto &slot : claim) slot = byte(written++);
            claim.commit().value();
        }
    });
    std::size_t count = 0;
    std::uint64_t checksum = 0xCBF29CE484222325u;
    while (auto bytes = consumer.peek()) {
        for (unsigned char byte : *bytes) checksum = (checksum ^ byte) * 0x100000001B3u; // FNV-1a
        count += bytes->size();
        bytes->consume().value();
    }
    writer.join();
    if (count != bytes_in_all) {
        std::fprintf(stderr, "%zu bytes came out, %zu went in\n", count, bytes_in_all);
        return 1;
    }
    std::printf("byte_pipe: %zu bytes through a ring of %zu, checksum %016" PRIx64 "\n", count, capacity, checksum);
} catch (const ringfold::error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
