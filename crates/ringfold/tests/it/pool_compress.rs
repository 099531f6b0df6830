//! Compressed events: smaller where that pays, the same again, and an error whenever a byte is not what it was.
#![cfg(any(feature = "lz4", feature = "zstd"))]

use ringfold::pool::{
    Config, Pool, PoolError, SizeClass, WhenExhausted,
    compress::{Compressor, DecompressError, Decompressor},
};

fn compressors() -> Vec<(&'static str, Compressor)> {
    vec![
        #[cfg(feature = "lz4")]
        ("lz4", Compressor::lz4()),
        #[cfg(feature = "zstd")]
        ("zstd", Compressor::zstd(1).unwrap()),
        #[cfg(feature = "zstd")]
        ("zstd, fast", Compressor::zstd(-5).unwrap()),
    ]
}

fn pool() -> Pool {
    Pool::new(Config::mobile().when_exhausted(WhenExhausted::Fail)).unwrap()
}

/// Words that come again, as in a log.
fn text(len: usize) -> Vec<u8> {
    let words = ["error ", "ok ", "GET /index.html ", "user 42 ", "\n"];
    let mut state = 7_u32;
    let mut text = Vec::new();
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.extend_from_slice(words[state as usize >> 16 & 3].as_bytes());
    }
    text.truncate(len);
    text
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let byte = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(byte).collect()
}

#[test]
fn events_of_every_size_come_back() {
    let pool = pool();
    let mut decompressor = Decompressor::new(1 << 22);
    for (name, mut compressor) in compressors() {
        for len in [0, 1, 2, 15, 16, 17, 63, 64, 100, 1000, 4096, 16_384, 65_534, 65_535, 65_536, 1_000_000] {
            for original in [text(len), noise(len), vec![0; len]] {
                let event = compressor.alloc(&pool, &original, 5).unwrap();
                assert!(event.len() <= len + 16, "{name}: {len} became {}", event.len());
                assert_eq!(event.tag(), 5);
                let again = decompressor.alloc(&pool, &event).unwrap();
                assert_eq!(*again, *original, "{name}, {len} bytes");
                let mut out = vec![9; len + 3];
                assert_eq!(decompressor.decompress_into(&event, &mut out), Ok(len));
                assert!(out[..len] == *original && out[len..] == [9; 3]);
            }
        }
    }
    assert_eq!((pool.stats().in_use(), pool.stats().heap.in_use), (0, 0));
}

#[test]
fn what_does_not_get_smaller_is_kept_as_it_is() {
    let pool = pool();
    for (name, mut compressor) in compressors() {
        assert_eq!(compressor.alloc(&pool, &noise(1000), 0).unwrap().len(), 1016, "{name}");
        let event = compressor.alloc(&pool, &text(16_000), 0).unwrap();
        assert!(event.len() < 8000 && event.class() < SizeClass::XL, "{name}: {}", event.len());
    }
}

#[test]
fn every_flipped_bit_and_every_missing_end_is_an_error() {
    let pool = pool();
    let mut decompressor = Decompressor::new(1 << 20);
    for (name, mut compressor) in compressors() {
        for original in [text(3000), noise(300), vec![]] {
            let event = compressor.alloc(&pool, &original, 0).unwrap();
            let mut bytes = event.to_vec();
            for bit in 0..8 * bytes.len() {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(decompressor.alloc(&pool, &bytes).is_err(), "{name}: bit {bit}");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            for len in 0..bytes.len() {
                assert!(decompressor.alloc(&pool, &bytes[..len]).is_err(), "{name}: first {len} bytes");
            }
            bytes.push(0);
            assert_eq!(decompressor.alloc(&pool, &bytes).unwrap_err(), DecompressError::Corrupted);
        }
    }
    assert_eq!((pool.stats().in_use(), pool.stats().heap.in_use), (0, 0));
}

/// A frame with a right checksum, whatever it says.
fn forged(codec: u8, decoded: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![codec, b'r', b'f', 1];
    bytes.extend(decoded.to_le_bytes());
    let seed = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    bytes.extend(twox_hash::XxHash3_64::oneshot_with_seed(seed, payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

#[test]
fn a_forged_length_allocates_nothing() {
    let pool = pool();
    let mut decompressor = Decompressor::new(1000);
    let too_large = DecompressError::TooLarge { len: u32::MAX as usize, most: 1000 };
    assert_eq!(decompressor.alloc(&pool, &forged(2, u32::MAX, b"x")).unwrap_err(), too_large);
    // Within the limit, but not what the payload decodes to.
    for decoded in [0, 1, 5, 999] {
        for codec in [0, 1, 2] {
            let error = decompressor.alloc(&pool, &forged(codec, decoded, &noise(20))).unwrap_err();
            assert!(
                matches!(error, DecompressError::Corrupted | DecompressError::UnknownCodec(_)),
                "{error}"
            );
        }
    }
    for codec in [3, 255] {
        let error = decompressor.alloc(&pool, &forged(codec, 4, b"what")).unwrap_err();
        assert_eq!(error, DecompressError::UnknownCodec(codec));
    }
    assert_eq!(
        decompressor.alloc(&pool, b"something else altogether").unwrap_err(),
        DecompressError::NotCompressed
    );
    let raw = forged(0, 4, b"what");
    assert_eq!(*decompressor.alloc(&pool, &raw).unwrap(), *b"what");
    assert_eq!(
        decompressor.decompress_into(&raw, &mut [0; 3]).unwrap_err(),
        DecompressError::TooLarge { len: 4, most: 3 }
    );
    let stats = pool.stats();
    assert_eq!((stats.heap.allocated, stats.in_use()), (0, 0), "{stats:?}");
}

#[test]
fn random_payloads_under_a_right_checksum_never_decode_beyond_what_they_say() {
    let pool = pool();
    let mut decompressor = Decompressor::new(4000);
    let bytes = noise(60_000);
    for (i, payload) in bytes.chunks(60).enumerate() {
        for codec in [1, 2] {
            // An error, or so many bytes.
            if let Ok(event) = decompressor.alloc(&pool, &forged(codec, i as u32 * 4, payload)) {
                assert_eq!(event.len(), i * 4);
            }
        }
    }
    assert_eq!(pool.stats().in_use(), 0);
}

#[test]
fn a_full_pool_is_told() {
    let pool =
        Pool::new(Config::with_capacities([1, 0, 0, 0, 0]).when_exhausted(WhenExhausted::Fail)).unwrap();
    for (_, mut compressor) in compressors() {
        let event = compressor.alloc(&pool, &text(40), 0).unwrap();
        let full = PoolError::Exhausted { len: 40, class: SizeClass::XS, capacity: 1 };
        let error = Decompressor::new(100).alloc(&pool, &event).unwrap_err();
        assert_eq!(error, DecompressError::Pool(full));
        assert!(compressor.alloc(&pool, b"one more", 0).is_err());
    }
}
