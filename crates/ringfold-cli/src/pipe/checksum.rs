//! Checksums of what was delivered.

use std::hash::Hasher;

use clap::ValueEnum;
use twox_hash::XxHash3_64;

/// Which checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Algorithm {
    /// XXH3, 64 bits: the fastest; as `xxhsum -H3` prints it
    Xxh3,
    /// CRC-32C (Castagnoli), as storage and network protocols use it
    Crc32c,
    /// BLAKE3, 256 bits: cryptographic; as `b3sum` prints it
    Blake3,
}

impl Algorithm {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Xxh3 => "xxh3",
            Algorithm::Crc32c => "crc32c",
            Algorithm::Blake3 => "blake3",
        }
    }
}

/// A checksum under way.
pub enum Checksum {
    Xxh3(Box<XxHash3_64>),
    Crc32c(u32),
    Blake3(Box<blake3::Hasher>),
}

impl Checksum {
    /// Of no bytes yet.
    pub fn new(algorithm: Algorithm) -> Checksum {
        match algorithm {
            Algorithm::Xxh3 => Checksum::Xxh3(Box::new(XxHash3_64::new())),
            Algorithm::Crc32c => Checksum::Crc32c(0),
            Algorithm::Blake3 => Checksum::Blake3(Box::new(blake3::Hasher::new())),
        }
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Checksum::Xxh3(hasher) => hasher.write(bytes),
            Checksum::Crc32c(crc) => *crc = crc32c::crc32c_append(*crc, bytes),
            Checksum::Blake3(hasher) => {
                hasher.update(bytes);
            }
        }
    }

    /// Of all bytes so far, in hexadecimal.
    pub fn hex(&self) -> String {
        match self {
            Checksum::Xxh3(hasher) => format!("{:016x}", hasher.finish()),
            Checksum::Crc32c(crc) => format!("{crc:08x}"),
            Checksum::Blake3(hasher) => hasher.finalize().to_hex().to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, pieces: &[&[u8]]) -> String {
        let mut checksum = Checksum::new(algorithm);
        pieces.iter().for_each(|piece| checksum.update(piece));
        checksum.hex()
    }

    /// Expected values from `xxhsum -H3`, RFC 3720 B.4 and `b3sum`.
    #[test]
    fn known_answers() {
        assert_eq!(of(Algorithm::Xxh3, &[]), "2d06800538d394c2");
        assert_eq!(of(Algorithm::Crc32c, &[b"123456789"]), "e3069283");
        assert_eq!(of(Algorithm::Crc32c, &[&[0; 32]]), "8a9136aa");
        assert_eq!(
            of(Algorithm::Blake3, &[b"abc"]),
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
        );
    }

    #[test]
    fn how_the_bytes_are_cut_does_not_matter() {
        let bytes: Vec<u8> = (0..100_000u32).map(|i| (i * 7 + i / 251) as u8).collect();
        for algorithm in [Algorithm::Xxh3, Algorithm::Crc32c, Algorithm::Blake3] {
            let whole = of(algorithm, &[&bytes]);
            for piece in [1, 13, 1024, 65_536] {
                assert_eq!(of(algorithm, &bytes.chunks(piece).collect::<Vec<_>>()), whole);
            }
        }
    }
}
